"""From the tables to counts of customers who bought alike."""
