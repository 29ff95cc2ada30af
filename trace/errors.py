"""What can be wrong with a trace, one type per cause."""

from __future__ import annotations


class TraceError(Exception):
    """Base of all errors about a trace file; its text is one clear line."""


class NotATrace(TraceError):
    """The file is something else, or holds nothing that can be read as a trace."""


class NewerVersion(TraceError):
    """The file was written by a newer tracetui, in a version of the format that this one does not know."""


class Replaced(TraceError):
    """A trace that was being followed was cut, or another file has taken its place: open it anew."""


class BadRecord(TraceError):
    """A record's checksum is right, but its content breaks the specification."""


class TooLarge(TraceError):
    """A record would be larger than the format allows; it was not written."""
