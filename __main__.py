"""`python -m tracetui` is the command `tracetui`."""

from __future__ import annotations

import sys

from tracetui.cli.main import main

sys.exit(main())
