"""Where each customer stands with the company, and how customers move on from month to month."""
