"""From answers to counts of scores."""
