"""What the page of loyalty says and judges."""
