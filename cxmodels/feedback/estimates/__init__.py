"""From counts to scores with their doubt."""
