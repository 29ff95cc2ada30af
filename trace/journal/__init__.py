"""The journal: records, and how they are appended."""
