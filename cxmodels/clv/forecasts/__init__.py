"""What customers will buy and be worth."""
