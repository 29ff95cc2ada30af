"""A trace as columns: chunks, and the questions that are answered from them."""
