"""What the constructs say of customers: loyalty classes, and what they did later."""
