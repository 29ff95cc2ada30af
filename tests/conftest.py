"""What holds for every test: no model hub, no clock in the properties."""

from __future__ import annotations

import os

from hypothesis import settings

# Before anything imports transformers, which reads it once: a test that needs a network fails at once.
os.environ["HF_HUB_OFFLINE"] = "1"

# A shared machine stalls at times: an example's duration says nothing about the code.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
