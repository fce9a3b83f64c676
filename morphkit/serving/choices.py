"""What a study is served with unless it is said, for those who serve nothing."""

#: Always the same, so that a page that is open reaches a server that was started again.
PORT = 8765
