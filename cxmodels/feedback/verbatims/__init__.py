"""What customers write: whose language, which personal data to mask, which themes, and which of them rise."""
