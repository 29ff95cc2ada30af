"""Files that are damaged, or made to deceive, by chance or on purpose."""
