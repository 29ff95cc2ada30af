"""Several traces of one run, or of several: the same moment in each, and the places where they part."""
