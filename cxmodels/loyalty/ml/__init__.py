"""Covariance structures by maximum likelihood."""
