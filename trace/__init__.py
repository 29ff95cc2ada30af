"""The .mpk file: values, records, writer, reader, packing, recovery. Knows only msgpack, numpy and zstd."""
