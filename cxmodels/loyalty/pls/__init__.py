"""Partial least squares path modelling: composites weighted to explain one another."""
