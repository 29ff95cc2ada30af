"""A small real training on a small real data set, for `tracetui demo` and for the samples."""
