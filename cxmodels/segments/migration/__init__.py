"""How customers moved between segments from one month to the next."""
