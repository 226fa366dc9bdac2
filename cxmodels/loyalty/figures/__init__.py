"""The figures of the page of loyalty."""
