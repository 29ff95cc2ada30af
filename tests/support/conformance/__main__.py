"""Writes docs/conformance and tests/trace/hostile.jsonl anew: `python -m support.conformance`, in `tests`."""

from __future__ import annotations

from support.conformance.committed import write
from support.conformance.every import cases, is_listed

if __name__ == "__main__":
    made = cases()
    write([case for case in made if not is_listed(case)], [case for case in made if is_listed(case)])
