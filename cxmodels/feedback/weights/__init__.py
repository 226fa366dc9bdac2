"""Who was asked and did not answer, and what that does to a score."""
