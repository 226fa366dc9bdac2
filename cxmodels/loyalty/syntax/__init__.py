"""The text of a path model, read."""
