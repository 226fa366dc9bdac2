"""Covariance structures by a posterior, from moments."""
