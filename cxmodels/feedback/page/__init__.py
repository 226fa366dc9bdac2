"""The page of feedback: its figures, sentences, tables and verdict, from what the other parts of the room found."""
