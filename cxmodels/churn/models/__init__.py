"""Models of the hazard of leaving."""
