"""Where customers are met, and where they are asked."""
