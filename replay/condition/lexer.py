"""Cuts a condition into words, and finds what no condition has, before Python's parser sees any of it.

What comes through is one short line of well-formed literals, names and operators in an order that Python's grammar has:
so the parser has nothing to warn of, no depth to exhaust, and the messages do not depend on Python's version.
"""

from __future__ import annotations

import keyword
import re
from typing import Final, NamedTuple

from .errors import ConditionError

MAX_LENGTH: Final = 2_000
MAX_BRACKETS: Final = 20
MAX_PREFIXES: Final = 20
"""``not`` and signs in a row."""
MAX_DIGITS: Final = 600
"""Characters of a number: below what Python may be set to refuse."""

_SPACE: Final = " \t\r\n\f\v"
_WORD: Final = re.compile(
    r"""(?P<text>[rR]?(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\\\r\n]|\\[^\r\n])*'))
    | (?P<number>0[xX](?:_?[0-9a-fA-F])+ | 0[oO](?:_?[0-7])+ | 0[bB](?:_?[01])+
      | (?:[0-9](?:_?[0-9])*(?:\.(?:[0-9](?:_?[0-9])*)?)? | \.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?)
    | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
    | (?P<sign>==|!=|<=|>=|[-+*/%<>()\[\].,=])""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(
    r"""\\(?:[\\'"abfnrtv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U(?:000[0-9a-fA-F]|0010)[0-9a-fA-F]{4})"""
)
_LEADING_ZERO: Final = re.compile(r"0[0-9_]*[1-9][0-9_]*")
_IDENTIFIER_PART: Final = re.compile(r"[A-Za-z_0-9]")

_REFUSED: Final = (
    ("===", "write =="),
    ("<>", "write !="),
    ("**", "there are no powers"),
    ("//", "there is no integer division; / divides"),
    (":=", "nothing is assigned here; == compares"),
    ("&", "write and"),
    ("|", "write or"),
    ("!", "write not, or != to compare"),
    ("~", "write not"),
    ("{", "a list is written in [ ]"),
    ("}", "a list is written in [ ]"),
    ("“", 'write straight quotes: "'),
    ("”", 'write straight quotes: "'),
    ("„", 'write straight quotes: "'),
    ("‘", "write straight quotes: '"),
    ("’", "write straight quotes: '"),
    ("≤", "write <="),
    ("≥", "write >="),
    ("≠", "write !="),
)
_CONSTANTS: Final = frozenset(("True", "False", "None"))
_OPERATORS: Final = frozenset(("and", "or", "not", "in", "is"))


class Word(NamedTuple):
    """A piece of a condition: ``text``, ``number``, ``name``, ``constant``, ``sign`` (operators in letters too)."""

    kind: str
    text: str
    start: int


def words(text: str) -> list[Word]:
    """Cut a condition into words.

    Args:
        text: Any text.

    Raises:
        ConditionError: It holds what no condition has.
    """
    if len(text) > MAX_LENGTH:
        message = f"a condition has at most {MAX_LENGTH:,} characters; this one has {len(text):,}"
        raise ConditionError(message, text[: MAX_LENGTH + 1], MAX_LENGTH)
    found: list[Word] = []
    place = 0
    while place < len(text):
        if text[place] in _SPACE:
            place += 1
            continue
        word = _word_at(text, place)
        place += len(word.text)
        if found and (found[-1].text, word.text) in (("is", "not"), ("not", "in")):
            found[-1] = found[-1]._replace(text=f"{found[-1].text} {word.text}")
        else:
            found.append(word)
    return found


def _word_at(text: str, place: int) -> Word:
    for refused, advice in _REFUSED:
        if text.startswith(refused, place) and not text.startswith("!=", place):
            raise ConditionError(f"{refused} is not part of conditions: {advice}", text, place)
    match = _WORD.match(text, place)
    if match is None:
        raise _unknown_character(text, place)
    word = Word(str(match.lastgroup), match[0], place)
    if word.kind == "text":
        _check_text(text, word)
    elif word.kind == "number":
        _check_number(text, word)
    elif word.kind == "name":
        return _check_name(text, word)
    return word


def _unknown_character(text: str, place: int) -> ConditionError:
    character = text[place]
    if character in "\"'":
        return ConditionError(f"this text has no end: {character} is missing", text, place)
    if character.isalpha():
        return ConditionError('names are ASCII; a key of other letters is written logs["größe"]', text, place)
    code = f"U+{ord(character):04X}"
    shown = f"{character} ({code})" if character.isprintable() else code
    return ConditionError(f"{shown} has no meaning in a condition; in a text it stands in quotes", text, place)


def _check_text(text: str, word: Word) -> None:
    raw = word.text[0] in "rR"
    quote = word.text[-1]
    end = word.start + len(word.text)
    if len(word.text) - raw == 2 and text.startswith(quote, end):
        raise ConditionError(f"a text stands in one pair of quotes, {quote}…{quote}, on one line", text, word.start)
    place = word.start + raw + 1
    while place < end - 1:
        if text[place] == "\\" and not raw:
            escape = _ESCAPE.match(text, place)
            if escape is None:
                raise ConditionError(r"unknown escape; a backslash is written \\", text, place)
            place = escape.end()
            continue
        code = ord(text[place])
        if (code < 0x20 and code != 9) or 0xD800 <= code < 0xE000:
            escape_code = f"\\x{code:02x}" if code < 0x20 else f"\\u{code:04x}"
            raise ConditionError(f"this character is written as {escape_code}", text, place)
        place += 1


def _check_number(text: str, word: Word) -> None:
    if len(word.text) > MAX_DIGITS:
        raise ConditionError(f"a number has at most {MAX_DIGITS} digits", text, word.start)
    if _LEADING_ZERO.fullmatch(word.text):
        raise ConditionError("a number does not begin with 0", text, word.start)
    end = word.start + len(word.text)
    if _IDENTIFIER_PART.match(text, end):
        raise ConditionError("a number ends here; a blank or an operator is missing", text, end)


def _check_name(text: str, word: Word) -> Word:
    end = word.start + len(word.text)
    if text[end : end + 1] in ('"', "'") and word.text not in _OPERATORS:
        raise ConditionError("only r may stand before a text in quotes", text, word.start)
    if word.text in _CONSTANTS:
        return word._replace(kind="constant")
    if word.text in _OPERATORS:
        return word._replace(kind="sign")
    return word


def check_order(text: str, found: list[Word]) -> None:
    """Check that values and operators alternate, and that brackets pair.

    Args:
        text: The condition.
        found: Its words.

    Raises:
        ConditionError: Something is missing, or too much.
    """
    _Order(text, found).check()


class _Order:
    """Reads words from left to right, and knows whether a value has to come, or what can follow one."""

    def __init__(self, text: str, found: list[Word]) -> None:
        self._text = text
        self._words = found
        self._open: list[tuple[str, Word]] = []  # "call", "list", "key" or "group", and the bracket
        self._prefixes = 0
        self._previous = Word("start", "", 0)

    def check(self) -> None:
        value_ended = False
        for position, word in enumerate(self._words):
            value_ended = self._after_value(position, word) if value_ended else self._before_value(word)
            self._previous = word
        if not value_ended:
            what = "a condition is missing" if not self._words else f"a value is missing after {self._previous.text}"
            raise self._error(what, len(self._text))
        if self._open:
            raise self._error(f"this {self._open[-1][1].text} is never closed", self._open[-1][1].start)

    def _before_value(self, word: Word) -> bool:
        """Take a word where a value has to come; tell whether the value is complete."""
        previous = self._previous.text if self._previous.kind in ("sign", "start") else ""
        self._check_part(word, previous)
        if word.kind in ("text", "number", "constant", "name"):
            self._prefixes = 0
            return True
        if word.text in ("(", "["):
            self._begin("group" if word.text == "(" else "list", word)
            return False
        if word.text in (")", "]") and previous in ("(", "[", ",") and self._may_be_empty():
            return self._end(word)
        return self._prefix(word, previous)

    def _check_part(self, word: Word, previous: str) -> None:
        if previous == "." and not (word.text[0].isalpha() or word.text[0] == "_"):
            raise self._error("a key is missing after the dot", word.start)
        if previous == "." and (word.kind != "name" or keyword.iskeyword(word.text)):
            raise self._error('this key is no name, and is written in brackets: logs["eval/loss"]', word.start)
        self._check_known(word)

    def _prefix(self, word: Word, previous: str) -> bool:
        if word.text == "not":
            if previous not in ("", "(", "[", ",", "and", "or", "not", "="):
                raise self._error(f"not after {previous} needs brackets: {previous} (not …)", word.start)
        elif word.text not in ("-", "+"):
            raise self._error(f"a value is missing before {word.text}", word.start)
        self._prefixes += 1
        if self._prefixes > MAX_PREFIXES:
            raise self._error("too many signs in a row", word.start)
        return False

    def _after_value(self, position: int, word: Word) -> bool:
        """Take a word that follows a value; tell whether that goes on to be a complete value."""
        self._check_known(word)
        if word.kind != "sign" or word.text == "not":
            raise self._error(f"an operator is missing before {word.text[:40]}", word.start)
        if word.text in (")", "]"):
            return self._end(word)
        if word.text in ("(", "[", "."):
            self._check_follower(word)
        elif word.text == "," and (not self._open or self._open[-1][0] == "key"):
            raise self._error("a comma stands in a list or between arguments", word.start)
        elif word.text == "=":
            self._check_keyword(position, word)
        return False

    def _check_known(self, word: Word) -> None:
        if word.kind == "name" and keyword.iskeyword(word.text):
            raise self._error(f"{word.text} is not part of conditions", word.start)

    def _check_follower(self, word: Word) -> None:
        """Take a bracket or a dot after a value."""
        if self._previous.kind != "name" and (word.text == "(" or self._previous.text != "]"):
            message = "an operator is missing before (" if word.text == "(" else "only names have keys"
            raise self._error(message, word.start)
        if word.text != ".":
            self._begin("call" if word.text == "(" else "key", word)

    def _check_keyword(self, position: int, word: Word) -> None:
        before = self._words[position - 2].text if position > 1 else ""
        in_call = bool(self._open) and self._open[-1][0] == "call" and before in ("(", ",")
        if not in_call or self._previous.kind != "name":
            raise self._error("= does not compare: write ==", word.start)

    def _begin(self, kind: str, word: Word) -> None:
        self._open.append((kind, word))
        self._prefixes = 0
        if len(self._open) > MAX_BRACKETS:
            raise self._error(f"brackets are nested more than {MAX_BRACKETS} deep", word.start)

    def _end(self, word: Word) -> bool:
        if not self._open:
            raise self._error(f"this {word.text} was never opened", word.start)
        opening = self._open.pop()[1]
        if opening.text + word.text not in ("()", "[]"):
            raise self._error(f"{word.text} does not close {opening.text}", word.start)
        return True

    def _may_be_empty(self) -> bool:
        return bool(self._open) and self._open[-1][0] != "key"

    def _error(self, message: str, offset: int) -> ConditionError:
        return ConditionError(message, self._text, offset)
