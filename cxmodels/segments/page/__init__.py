"""What the page of segments says."""
