"""Runs at the start of each Python that has this folder on its path; see `begin`.

Any Python may be started with it: this file has to be one that Python 2.7 reads, and there it does nothing.
"""

import os
import sys

_ours = sys.modules.pop("sitecustomize", None)  # Python 2 ends a module that nobody holds
_here = os.path.dirname(__file__)
sys.path[:] = [place for place in sys.path if place != _here]
if sys.version_info >= (3, 10) and os.environ.get("TRACETUI_RECORD"):
    try:
        from tracetui.recorder.startup.begin import record_if_asked

        record_if_asked()
    except Exception:  # a Python without tracetui, started from one with it: a word only if it is the script itself
        if os.environ.get("TRACETUI_TELLS") == str(os.getpid()) and sys.stderr:
            sys.stderr.write("tracetui: recorded nothing: this Python does not find tracetui\n")
# The one that this one hides. What it raises, also that there is none, `site` takes as it would without us.
__import__("sitecustomize")
