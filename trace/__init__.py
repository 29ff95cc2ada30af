"""The .mpk file: values, records, writer, reader, recovery. Knows only msgpack and numpy."""
