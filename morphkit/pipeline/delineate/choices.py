"""What placing landmarks assumes, for those who place none."""

#: How photographs of a folder are named.
PATTERN = "{identity}_{label}"
