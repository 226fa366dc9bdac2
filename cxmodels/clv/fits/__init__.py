"""Models fitted to counts."""
