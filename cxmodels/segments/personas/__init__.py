"""A card a segment: how large it is, what it is worth, how it comes to order, what it says."""
