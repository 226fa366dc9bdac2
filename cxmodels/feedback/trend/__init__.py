"""What moved from month to month, noise set apart."""
