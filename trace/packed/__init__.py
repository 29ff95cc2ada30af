"""The packed form: blocks of columns, and the index at the end of the file."""
