"""What the numbers mean for who decides."""
