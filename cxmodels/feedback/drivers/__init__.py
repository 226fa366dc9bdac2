"""What goes with a score: importance, penalty and reward, what to improve first, and which score tells who leaves."""
