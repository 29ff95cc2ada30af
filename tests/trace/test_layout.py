"""The table of records is that of the specification, and what is written and read by hand follows it."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.project import ROOT
from tracetui.trace import layout
from tracetui.trace.codec import pack, unpack
from tracetui.trace.errors import BadRecord
from tracetui.trace.journal import records
from tracetui.trace.journal.records import EventRow, Exit, Header, History, Keyframe, Names, Note, Value, read_record
from tracetui.trace.journal.writer import TraceWriter
from tracetui.trace.layout import LAYOUTS, Content, Layout, layout_of
from tracetui.trace.packed.skeleton import HOLE, fill, split
from tracetui.trace.packed.template import OUTSIDE, read_template
from tracetui.trace.reading.reader import TraceReader
from tracetui.trace.reading.scan import Placed

ROW = re.compile(r"^\| (\d+) \| ([A-Z ]+) \| (.*?)(?:: see \[.*)? \|$", re.M)
OTHER_NAMES = {"id": "trace", "first": "first_name", '"tracetui-trace"': "magic"}
CLASSES: dict[int, Any] = {
    **{cls.TYPE: cls for cls in (Header, Keyframe, Names, EventRow, Exit, History, Value)},
    EventRow.OPEN_TYPE: EventRow,
    Exit.OF_TYPE: Exit,
    **dict.fromkeys(layout.NOTES, Note),
}

VALUES = st.one_of(st.none(), st.integers(-5, 1 << 40), st.floats(allow_nan=False), st.text(max_size=3))
COUNTS = st.integers(0, 1 << 40)
PAIRS = st.lists(st.tuples(COUNTS, VALUES), max_size=3).map(lambda found: [item for pair in found for item in pair])
CONTENT: dict[Content, st.SearchStrategy[Any]] = {
    **dict.fromkeys((Content.COUNT, Content.NAME, Content.TIME), COUNTS),
    Content.FLOAT: st.floats(allow_nan=False),
    Content.TEXT: st.text(max_size=3),
    **dict.fromkeys((Content.MARK, Content.DATA), st.binary(max_size=3)),
    Content.NAMES: st.lists(st.text(max_size=3), max_size=3),
    Content.PAIRS: PAIRS,
    Content.GROUPS: st.lists(st.tuples(COUNTS, PAIRS), max_size=2).map(
        lambda found: [i for pair in found for i in pair]
    ),
    Content.CALLS: st.lists(st.tuples(COUNTS, COUNTS), max_size=3).map(
        lambda found: [i for pair in found for i in pair]
    ),
    Content.RARE: st.dictionaries(st.sampled_from([2, 3, 4, 5, 99]), st.integers(0, 9), max_size=3),
    Content.ENTRIES: st.lists(st.lists(COUNTS, min_size=1, max_size=3), max_size=3),
    Content.FIELDS: st.dictionaries(st.text(max_size=3), VALUES, max_size=3),
    Content.LIST: st.lists(VALUES, max_size=3),
    Content.VALUE: st.one_of(st.text(), st.lists(st.text(max_size=2), max_size=3)),
}
IN_BLOCKS = [kind for kind in LAYOUTS if kind not in OUTSIDE]


def filled(draw: Any, found: Layout) -> dict[str, Any]:
    """Draw the fields of a record; optional ones may be missing."""
    chosen = {name: draw(CONTENT[content]) for name, content in found.contents.items()}
    optional = list(found.contents)[found.required :]
    return {name: item for name, item in chosen.items() if name not in optional or (item and draw(st.booleans()))}


def test_the_table_is_that_of_the_specification() -> None:
    """Types, and the fields in their order, are as `docs/format.md` has them."""
    rows = {
        int(kind): (name, text) for kind, name, text in ROW.findall((ROOT / "docs" / "format.md").read_text("utf-8"))
    }
    assert rows.keys() == LAYOUTS.keys()
    for kind, (name, text) in rows.items():
        constant = getattr(layout, name.replace(" ", "_"))
        assert constant is LAYOUTS[kind]
        if text.startswith("as EVENT"):
            assert constant.contents == layout.EVENT.contents
            continue
        parts = [re.sub(r" ?\(.*?\)", "", part).strip() for part in re.split(r", (?![^(]*\))", text)]
        named = [part.rstrip("?").replace(" ", "_") for part in parts]
        if constant is not layout.HEADER:
            named = [OTHER_NAMES.get(part, part) for part in named]
        else:
            named = ["magic", *named[1:]]
        written = [part for part in constant.contents if part != "padding"]  # a rule of its own
        assert written == named, name
        assert [part for part in parts if part.endswith("?")] == parts[constant.required :], name


@pytest.mark.parametrize("kind", CLASSES)
def test_objects_have_the_fields_of_the_table(kind: int) -> None:
    """A record as an object has an attribute for each field, and no other but those that say its type."""
    names = {field.name for field in fields(CLASSES[kind])}
    assert set(LAYOUTS[kind].contents) <= names
    assert names - set(LAYOUTS[kind].contents) <= {"type", "opens", "back"}


@pytest.mark.parametrize("kind", IN_BLOCKS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_record_comes_back(kind: int, data: st.DataObject) -> None:
    """Whatever a record holds: as an object, as a payload, and divided into a skeleton and values it is the same."""
    given_fields = filled(data.draw, LAYOUTS[kind])
    payload = pack(LAYOUTS[kind].items(**given_fields))
    record = read_record(kind, payload)
    assert {name: getattr(record, name) for name in given_fields} == given_fields
    assert record.payload() == payload  # type: ignore[union-attr]
    items, slots = msgpack.unpackb(payload, strict_map_key=False), list[Any]()
    skeleton = split(kind, items[LAYOUTS[kind].numbered :], slots)
    assert fill(skeleton, iter(slots)) == items[LAYOUTS[kind].numbered :]
    template = read_template(kind, skeleton)
    for name, content in LAYOUTS[kind].contents.items():
        part = template.part(name) if name != layout.NUMBER else None
        if part is not None and content not in (Content.NAME, Content.MARK):
            values = slots[part.hole : part.hole + part.holes]
            assert fill(part.skeleton, iter(values)) == given_fields[name]
        elif part is not None:
            assert part.skeleton == given_fields[name]


@pytest.mark.parametrize("kind", [kind for kind in LAYOUTS if kind in CLASSES])
@settings(max_examples=40)
@given(data=st.data())
def test_each_field_is_checked(kind: int, data: st.DataObject) -> None:
    """A field of a wrong type, or a count that is none, makes a bad record, and so does a missing one."""
    found = LAYOUTS[kind]
    fields_of = filled(data.draw, found)
    if kind == Header.TYPE:
        fields_of |= {"magic": records.MAGIC, "version": 1}
    place = data.draw(st.integers(0, len(found.contents) - 1))
    content = list(found.contents.values())[place]
    if content is Content.VALUE:
        return
    wrong = [b"x" if content.type is not bytes else 7, -1 if content in (Content.COUNT, Content.NAME) else "x" * 2]
    if content is Content.TEXT:
        wrong[1] = 1.5
    items = found.items(**fields_of)
    items += [None] * (place + 1 - len(items))
    items[place] = data.draw(st.sampled_from(wrong))
    with pytest.raises(BadRecord):
        read_record(kind, pack(items))
    if place < found.required:
        with pytest.raises(BadRecord):
            read_record(kind, pack(items[:place]))


@given(
    between=PAIRS,
    inside=CONTENT[Content.GROUPS],
    calls=CONTENT[Content.CALLS],
    rare=CONTENT[Content.RARE],
    opens=st.booleans(),
    duration=COUNTS,
)
def test_the_writer_follows_the_table(
    between: list[Any], inside: list[Any], calls: list[Any], rare: dict[int, Any], opens: bool, duration: int
) -> None:
    """Rows, which the writer puts together by hand because they are many, are what the table makes of their fields."""
    data = bytearray()
    writer = TraceWriter(data.extend, bytes(16), 1.0, {})
    name = writer.name("on_step_end")
    writer.event(name, 5, 1)  # the keyframe, too
    writer.event(name, 9, duration, between, inside, calls, rare or None, opens=opens)
    writer.moment(name, 12, duration)
    found = [item for item in TraceReader.from_bytes(bytes(data)).items() if isinstance(item, Placed)]
    row, moment = (
        EventRow(2, name, 4, duration, between, inside, calls, rare, opens),
        EventRow(3, name, 7, duration),
    )
    assert [item.frame.payload for item in found[-2:]] == [row.payload(), moment.payload()]
    assert [item.frame.type for item in found[-2:]] == [EventRow.OPEN_TYPE if opens else EventRow.TYPE, EventRow.TYPE]


def test_records_of_unknown_types_are_known_by_their_number() -> None:
    """A type that is not in the table has a number, and nothing else that anybody looks at."""
    assert layout_of(77) is layout.UNKNOWN
    assert read_record(77, pack([3, "whatever"])).number == 3  # type: ignore[union-attr]
    slots: list[Any] = []
    skeleton = split(77, ["whatever", 2.5], slots)
    assert [type(item) for item in skeleton] == [msgpack.ExtType] * 2
    assert skeleton[0].code == HOLE
    assert unpack(pack(slots)) == ["whatever", 2.5]
