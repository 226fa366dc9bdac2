"""What the churn page says."""
