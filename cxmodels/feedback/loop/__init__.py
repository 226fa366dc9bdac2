"""Closing the loop: whom to call back, and what became of those who were."""
