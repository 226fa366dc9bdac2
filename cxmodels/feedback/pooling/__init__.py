"""Groups of one attribute together: each borrows from the others what it lacks in answers."""
