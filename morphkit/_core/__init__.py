"""Words and borders that every package stands on; nothing here knows a face."""
