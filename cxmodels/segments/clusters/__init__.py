"""Segments: how many, who is in which, and the model that is kept."""
