"""One packed row: where its parts lie, and what is written in them."""
