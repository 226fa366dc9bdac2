"""What follows from the paths: effects, comparisons, importance."""
