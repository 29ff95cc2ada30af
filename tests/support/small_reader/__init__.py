"""A second reader, written after docs/format.md alone: msgpack, zlib, and nothing of tracetui."""
