"""Answers of a study, a frame or a matrix, as the engines take them."""
