"""What each customer does, in numbers: one row a customer, in the engine."""
