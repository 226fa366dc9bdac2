"""From the tables of a study to counts of time at risk."""
