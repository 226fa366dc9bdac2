"""Whether items measure what they are meant to, and constructs are distinct."""
