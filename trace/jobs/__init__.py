"""Work on whole files: pack, recover."""
