"""The likelihoods: what each model says of a customer given its parameters."""
