"""The recorder's frames are taken out of tracebacks, wherever they stand, and nothing else is."""

from __future__ import annotations

import builtins
import itertools
import random
import sys
import threading
import traceback
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracetui.recorder import tracebacks
from tracetui.recorder.tracebacks import MAX_EXCEPTIONS, clean, is_own, on_the_way_out, without_own

OWN = Path(tracebacks.__file__).parent
CALLS = "def call(next): return next()"


def caller(file: Path) -> Callable[[Callable[[], Any]], Any]:
    """Return a function that calls another, with its code in a file."""
    fields: dict[str, Any] = {}
    exec(compile(CALLS, str(file), "exec"), fields)
    return fields["call"]  # type: ignore[no-any-return]


ours, theirs = caller(OWN / "doors.py"), caller(Path("/opt/theirs/recorder/doors.py"))


def raised(pattern: str, error: BaseException, inner: BaseException | None = None) -> BaseException:
    """Return an exception that passed frames of ours and theirs: ``"otoo"``, the outermost first."""

    def leave() -> None:
        if inner is None:
            raise error
        raise error from inner

    step: Callable[[], Any] = leave
    for letter in reversed(pattern):
        step = (lambda call, following: lambda: call(following))(ours if letter == "o" else theirs, step)
    try:
        step()
    except BaseException as caught:
        return caught
    raise AssertionError


def frames(error: BaseException) -> str:
    """Return the pattern of the frames that an exception shows."""
    letters = {str(OWN / "doors.py"): "o", "/opt/theirs/recorder/doors.py": "t"}
    return "".join(letters.get(frame.filename, "") for frame in traceback.extract_tb(error.__traceback__))


def test_what_is_own() -> None:
    """The recorder's files are its own; the demo's training, and a folder of the same name, are a user's."""
    assert is_own(compile("1", str(OWN / "startup" / "begin.py"), "exec"))
    others = (OWN / "demo" / "training.py", OWN.with_name("recorder2") / "doors.py", "recorder/doors.py", "<string>")
    for file in others:
        assert not is_own(compile("1", str(file), "exec"))


@pytest.mark.parametrize("seed", range(50))
def test_our_frames_go_and_theirs_stay(seed: int) -> None:
    """In any order of frames, those of ours go, and the others stay in their order, lines and functions."""
    choose = random.Random(seed)
    pattern = "".join(choose.choices("ot", k=choose.randrange(12)))
    error = raised(pattern, ValueError())
    before = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(str(OWN))]
    clean(error)
    assert frames(error) == pattern.replace("o", "")
    assert list(traceback.extract_tb(error.__traceback__)) == before


def test_all_that_is_linked_is_cleaned() -> None:
    """Causes, contexts, and what is in groups, also in circles."""
    parts = [raised("oto", KeyError()) for _ in range(5)]
    parts[0].__context__ = parts[1]
    parts[1].__cause__ = parts[2]
    parts[2].__context__ = parts[0]
    error = raised("too", RuntimeError(), parts[0])
    group = getattr(builtins, "BaseExceptionGroup", None)  # Python 3.11
    if group is not None:
        parts[2].__cause__ = group("several", [parts[3], group("more", [parts[4]])])
    else:
        parts[2].__cause__, parts[3].__cause__ = parts[3], parts[4]
    clean(error)
    assert [frames(item) for item in (error, *parts)] == ["t"] * 6


def test_a_long_chain_costs_no_more_than_it_may() -> None:
    """A chain without an end is left after a while, not followed by recursion."""
    chain = [raised("ot", ValueError()) for _ in range(2 * MAX_EXCEPTIONS)]
    for outer, inner in itertools.pairwise(chain):
        outer.__context__ = inner
    clean(chain[0])
    assert frames(chain[0]) == frames(chain[MAX_EXCEPTIONS - 1]) == "t"


def test_an_exception_of_ours_alone_has_no_frames() -> None:
    """What has no frame but ours, has none."""
    assert without_own(None) is None
    trace = raised("oo", KeyboardInterrupt()).__traceback__
    assert trace is not None
    assert without_own(trace.tb_next.tb_next if trace.tb_next else None) is not trace  # the test's own frames stay


def test_properties_of_the_users_are_not_asked() -> None:
    """A class that hides its links behind properties that raise is cleaned all the same."""

    class Odd(Exception):
        @property
        def __cause__(self) -> Any:  # type: ignore[override]
            raise RuntimeError("asked")

        exceptions = property(lambda self: 1 / 0)

    error = raised("oto", Odd())
    clean(error)
    assert frames(error) == "t"


def test_frames_that_go_keep_nothing_alive() -> None:
    """What a frame of ours held is free once it is out of the traceback."""
    fields: dict[str, Any] = {}
    holds = "def hold(kind, keep):\n    held = kind()\n    keep(held)\n    raise ValueError"
    exec(compile(holds, str(OWN / "doors.py"), "exec"), fields)
    references: list[weakref.ref[Any]] = []
    with pytest.raises(ValueError) as caught:
        fields["hold"](type("Held", (), {}), lambda held: references.append(weakref.ref(held)))
    assert references[0]() is not None
    clean(caught.value)
    assert references[0]() is None


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Hooks of a user's, in a process that prints clean; returns what they see."""
    seen: list[BaseException] = []
    monkeypatch.setattr(tracebacks, "_printing_clean", True)
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: seen.append(error.with_traceback(trace)))
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(args.exc_value))
    return seen


def test_a_users_hooks_see_clean_tracebacks(hooks: list[BaseException]) -> None:
    """Frames that come after the last cleaning are gone before a hook of the user's is called, in threads, too."""
    on_the_way_out(ValueError())
    on_the_way_out(ValueError())  # once is enough
    error = raised("otot", ValueError())
    sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=lambda: ours(lambda: theirs(lambda: 1 / 0)))
    thread.start()
    thread.join()
    assert [frames(item) for item in hooks] == ["tt", "t"]


def test_nobodys_hooks_are_touched_where_the_user_put_the_recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the script itself records, its hooks stay as they are."""
    monkeypatch.setattr(tracebacks, "_printing_clean", False)
    before = sys.excepthook, threading.excepthook
    on_the_way_out(ValueError())
    assert (sys.excepthook, threading.excepthook) == before
