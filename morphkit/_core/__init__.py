"""The foundations of every package: arrays, files, tables, findings; no faces."""
