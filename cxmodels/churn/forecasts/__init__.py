"""Who leaves in the next months: chances of cells and customers, by cause."""
