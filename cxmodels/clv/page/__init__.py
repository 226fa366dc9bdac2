"""What the page of customer value says."""
