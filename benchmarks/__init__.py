"""Measurements side by side with the peers; ``python -m benchmarks`` runs them all and prints one table."""
