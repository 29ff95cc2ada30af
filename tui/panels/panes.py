"""What the tabs show of an event, as Rich renderables. Pure functions: no widget, no terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...replay.ending.doing import calls
from ...replay.ending.ending import ending
from ...replay.events.event import Change, Event, ExceptionRecord, Message, Probed
from ...replay.text.display import lines
from ...replay.text.leaves import leaves
from ...replay.trace import Trace
from ...trace import paths
from ...trace.values import ABSENT, Plain
from ..safe_text import plain_text, value_text
from .event_line import duration_text

HISTORY_SHOWN = 12
"""Entries of the log history that are shown, from its end."""

TITLE = "bold"
OLD = "dim"
NEW = "bold"
CAUSE = "italic"

_TABS = (paths.STATE, paths.LR, paths.ARGS, paths.CONTROL, paths.LOGS, paths.METRICS, paths.CALLBACKS)
"""Kinds that a tab shows in its own way."""


def event_pane(event: Event, trace: Trace) -> RenderableType:
    """Show what happened at an event, and who did it."""
    parts: list[RenderableType] = [_about(event, trace)]
    between = (change for change in event.changes if not change.inside and change.path not in paths.OF_THE_EVENT)
    parts += _section("Changed before it", _changes(between))
    parts += _section("Changed inside it", _changes(change for change in event.changes if change.inside))
    parts += _carried(event)
    parts += _section("Warnings", (_message(message) for message in event.messages))
    for error in event.exceptions:
        parts += _section("Exception", _exception(error))
    parts += _section("Probes", (_probed(probed) for probed in event.probes))
    parts += _section("Calls", _calls(event))
    parts += _section("Not called, as one before them raised", map(plain_text, event.not_called))
    parts += _section("Missing", _missing(event, trace))
    return Group(*parts)


def state_pane(event: Event) -> RenderableType:
    """Show the state after the event, changed fields with old value, new value and cause."""
    lr = {} if event.after.lr is None else {"lr (per group)": event.after.lr}
    changed = _by_field(event.changes, paths.STATE)
    rates = [change for change in event.changes if change.path == paths.LR.name]
    table = _fields({**event.after.state, **lr}, {**changed, **({"lr (per group)": rates} if rates else {})})
    arguments = _changes(change for change in event.changes if paths.kind_of(change.path)[0] is paths.ARGS)
    return Group(table, *_section("Arguments changed", arguments), *_further(event))


def control_pane(event: Event, trace: Trace) -> RenderableType:
    """Show the flags after the event, and who changed them."""
    known = {name: event.after.control.get(name, ABSENT) for name in trace.framework.flag_names}
    table = _fields({**known, **event.after.control}, _by_field(event.changes, paths.CONTROL))
    replaced = [call.callback for call in event.calls if call.replaced_control]
    told = (plain_text(f"{name} returned another control object: its flags replace everyone's") for name in replaced)
    return Group(table, *_section("Replaced", told))


def logs_pane(event: Event, trace: Trace) -> RenderableType:
    """Show logs, metrics and other arguments, with what callbacks made of them, and the log history."""
    parts = _carried(event) or [plain_text("This event carries no logs or metrics.", "dim")]
    return Group(*parts, *_section("log history", _history(event.after.value(trace.framework.history))))


def callbacks_pane(event: Event, trace: Trace) -> RenderableType:
    """Show the callbacks in their order: which were called, for how long, and what each of them changed."""
    table = Table.grid(padding=(0, 1))
    described = _described_callbacks(trace)
    for position, name in enumerate(event.callbacks, 1):
        table.add_row(*_callback(event, position, name))
        for line in _callback_notes(event, name, described.get(name)):
            table.add_row("", "", line)
    handler = trace.framework.handler
    own = _changes(change for change in event.changes if change.by == handler)
    rest = {label: value for label, value in event.after.callbacks.items() if label not in event.callbacks}
    others = [_fields(rest, _by_field(event.changes, paths.CALLBACKS))] if rest else []
    return Group(table, *_section(f"{handler} (its own resets)", own), *_section("Not in the list", others))


def run_pane(trace: Trace) -> RenderableType:
    """Show the run as a whole: how it ended, what is damaged, and its header."""
    parts: list[RenderableType] = [*_section("Recording", [_recording(trace)])]
    parts += _section("Damage", (plain_text(f"{item.kind}: {item.message}", "bold") for item in trace.damage))
    parts += _section(
        "Not recorded",
        (plain_text(f"before event {gap.index}: {gap.count} events, {gap.reason}") for gap in trace.gaps),
    )
    parts += _section("Exceptions", (plain_text(_exception_title(error), "bold") for error in trace.exceptions))
    for name, value in trace.run.items():
        if name != "callbacks":
            parts += _section(str(name), _block(value))
    return Group(*parts)


def _carried(event: Event) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for kind in (kind for kind in paths.KINDS if kind.shaped):
        before, after = getattr(event.before, kind.section), getattr(event.after, kind.section) or {}
        if before is not None:
            gone = {key: ABSENT for key in before if key not in after}
            parts += _section(kind.name, [_fields({**after, **gone}, _by_field(event.changes, kind))])
    if event.inputs:
        parts += _section("other arguments", [_fields(event.inputs, {})])
    return parts


def _about(event: Event, trace: Trace) -> Text:
    text = plain_text(event.name, TITLE)
    if event.thread != trace.columns.threads[0]:
        text.append("  thread ").append_text(plain_text(event.thread, "bold"))
    text.append(f"  at {event.time:,.6f} s, took {duration_text(event.duration)}", "dim")
    if calls(event):
        text.append("\nin ", "dim").append_text(plain_text(" > ".join(calls(event)), "dim"))
    if event.joined is not None:
        text.append(f"\nRecording began inside this event, after {event.joined} callbacks.", "dim")
    return text


def _section(title: str, rows: Iterable[RenderableType]) -> list[RenderableType]:
    """Return rows under a title; nothing where there are no rows."""
    rows = list(rows)
    return [Text(), plain_text(title, f"{TITLE} underline"), *rows] if rows else []


def _changes(changes: Iterable[Change]) -> list[RenderableType]:
    """Return a table of changes: what, old and new value, cause; nothing where there are none."""
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for change in leaves(changes):
        table.add_row(plain_text(change.path, NEW), _transition(change))
    return [table] if table.row_count else []


def _transition(change: Change) -> Text:
    """Return ``old → new  by cause``."""
    text = value_text(change.old, OLD)
    text.append(" → ")
    text.append_text(value_text(change.new, NEW))
    text.append("  by ", OLD)
    text.append_text(plain_text(change.by, CAUSE))
    return text


def _fields(values: Mapping[str, Plain], changed: Mapping[str, Sequence[Change]]) -> Table:
    """Return a table of fields; of a changed one every change, in order."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in values.items():
        changes = changed.get(name, ())
        if not changes:
            table.add_row("", plain_text(str(name)), value_text(value))
        for number, change in enumerate(changes):
            table.add_row(Text("•", "bold"), plain_text(str(name) if not number else "", NEW), _transition(change))
    return table


def _by_field(changes: Iterable[Change], *kinds: paths.Kind) -> dict[str, list[Change]]:
    """Return the changes of some kinds of paths, by the key in the section that shows them."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        kind, key = paths.kind_of(change.path)
        if kind in kinds:
            found.setdefault(key, []).append(change)
    return found


def _further(event: Event) -> Iterator[RenderableType]:
    """Show the sections that no tab is about."""
    for section in (section for section in paths.SECTIONS if section not in [kind.section for kind in _TABS]):
        values = getattr(event.after, section)
        fields = values if isinstance(values, Mapping) else {} if values is None else {section: values}
        shown = {key: value for key, value in fields.items() if key not in paths.OF_THE_EVENT}
        changed = _by_field(event.changes, *(kind for kind in (*paths.KINDS, paths.OTHER) if kind.section == section))
        yield from _section(section, [_fields(shown, changed)] if shown else [])


def _message(message: Message) -> Text:
    text = plain_text(message.level, "bold")
    text.append(" ")
    text.append_text(plain_text(message.text))
    text.append("  by ", OLD)
    return text.append_text(plain_text(message.by, CAUSE))


def _exception_title(error: ExceptionRecord) -> str:
    return f"{error.type}: {error.message} (ended {', '.join(error.ended)}; event {error.index}, step {error.step})"


def _exception(error: ExceptionRecord) -> Iterator[Text]:
    yield plain_text(_exception_title(error), "bold red")
    yield plain_text(error.place)
    yield from (plain_text(line, "dim") for line in error.traceback.splitlines())


def _calls(event: Event) -> Iterator[Text]:
    for call in event.calls:
        text = plain_text(call.callback)
        text.append(f"  {duration_text(call.duration)}", "dim")
        if call.exception is not None:
            text.append("  raised ")
            text.append_text(plain_text(call.exception, "bold red"))
            text.append_text(plain_text(f"  at {call.at}" if call.at else "", "dim"))
        yield text


def _probed(probed: Probed) -> Text:
    text = plain_text(f"{probed.probe} ")
    if probed.exception is None:
        text.append_text(value_text(probed.value, "bold"))
    else:
        text.append("raised ").append_text(plain_text(probed.exception, "bold red"))
    return text.append(f"  {duration_text(probed.duration)}", "dim")


def _missing(event: Event, trace: Trace) -> Iterator[Text]:
    for gap in trace.gaps:
        if gap.index == event.index:
            yield plain_text(f"{gap.count} events before this one could not be recorded: {gap.reason}")


def _history(history: Plain) -> Iterator[Text]:
    if not isinstance(history, Sequence) or isinstance(history, (str, bytes)) or not len(history):
        return
    first = max(0, len(history) - HISTORY_SHOWN)
    if first:
        yield plain_text(f"… {first:,} earlier entries", "dim")
    for position in range(first, len(history)):
        text = plain_text(f"{position:>4} ", "dim")
        yield text.append_text(value_text(history[position]))


def _described_callbacks(trace: Trace) -> dict[str, Mapping[str, Plain]]:
    listed = trace.run.get("callbacks")
    entries = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
    return {str(entry.get("name")): entry for entry in entries}


def _callback(event: Event, position: int, name: str) -> tuple[Text, Text, Text]:
    calls = [call for call in event.calls if call.callback == name]
    number = plain_text(f"{position:>2}", "dim")
    if not calls:
        return number, plain_text(name, "dim"), Text()
    took = Text(", ".join(duration_text(call.duration) for call in calls), "dim")
    return number, plain_text(name, "bold"), took


def _callback_notes(event: Event, name: str, described: Mapping[str, Plain] | None) -> Iterator[RenderableType]:
    yield from _changes(change for change in event.changes if change.by == name)
    yield from (
        plain_text(f"raised {call.exception}", "bold red")
        for call in event.calls
        if call.callback == name and call.exception
    )
    unknown = (described or {}).get("unknown")
    if unknown:
        yield plain_text("no events, never called: ", "bold").append_text(value_text(unknown))
    if name in event.after.callbacks:
        yield plain_text("state ", "dim").append_text(value_text(event.after.callbacks[name], "dim"))


def _ended(trace: Trace) -> dict[str, str]:
    if trace.checked < 1:
        return {"ended": f"to be told when all is checked; {100 * trace.checked:.0f} % is"}
    ended = ending(trace)
    return {"ended": ended.sentence, **({"because": ended.reason} if ended.reason else {})}


def _recording(trace: Trace) -> Table:
    recording = "no end record" if trace.end is None else f"{trace.end.reason} after {trace.end.time:,.3f} s"
    facts = {
        "file": trace.path,
        "id": trace.id,
        "size": f"{trace.size:,} bytes",
        "events": f"{len(trace):,}",
        **_ended(trace),
        "recording": recording,
    }
    table = Table.grid(padding=(0, 1))
    for name, value in facts.items():
        table.add_row(plain_text(name, "dim"), plain_text(value))
    return table


def _block(value: Plain) -> list[RenderableType]:
    return [Text(line) for line in lines(value)]
