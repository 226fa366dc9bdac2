"""What sets each segment apart, in numbers, in a name and as a rule."""
