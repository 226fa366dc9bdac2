"""How many answers a question needs, and whom to ask for them."""
