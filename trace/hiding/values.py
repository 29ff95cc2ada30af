"""Finds the values that stand under a secret's name in a text: ``token=...``, ``"password": "..."``, ``--api-key ...``.

Everything is linear in the length of the text: a search goes from one telling word to the next, and what follows a
name is read once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..secrets import HINTS, MAX_NAME, NO, STRONG, WEAK, strength

Span = tuple[int, int]
"""Where a secret begins and ends."""

LONGEST_NAME: Final = 100
"""Characters before the telling part of a name that are looked at."""

LONGEST_MAPPING: Final = 2_000
"""Characters of a mapping under the name of a token that is looked through for anything but numbers."""

_OF_NAME: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_LETTERS: Final = _OF_NAME[:52]
_HINT: Final = re.compile("|".join(HINTS[:-1]) + f"|{HINTS[-1]}(?!h|ch|t|i|e)")  # path, patch, pattern
_RUN: Final = re.compile(r"[\w.\-]+")
_JOINT: Final = re.compile(
    r"""
    (?:[ ](?:provided|is|was))?
    (?:\[\d{0,9}\]|\\{0,3}["'`]?[\])]?|&quot;|&\#3[49];|%2[27])  # the end of a["name"], of "name" in JSON, of name[25]
    ( \s{0,20}(?::=|=>|->|→|[!=]?==?|:|%3[AaDd])\s{0,20}(?:[|>][+\-]?\s{1,20}|&quot;|&\#3[49];|%2[27])?
    | \(\s{0,4}(?=["'])
    | ,\s{0,4}(?=\\{0,3}["'])
    | [ \t]{1,20}\|[ \t]{1,20}
    | >(?=[^\s<])
    | [ \t]{1,20}(?=[^\s\-|])
    )
    """,
    re.VERBOSE,
)
"""What stands between a name and its value: a sign, a bracket, a comma, a blank."""
_REVERSED: Final = re.compile(r"""(["'])((?:(?!\1)[^\n\\]|\\.){1,200})\1\s{0,4}[!=]==?\s{0,4}([\w.]+)""")
_QUOTED: Final = re.compile(
    r"""
    [@rbfuRBFU]{0,2}
    (?: (\"{3}|'{3})((?:(?!\1)[\s\S])*)(?:\1)?
    | (\\{0,3}["'`])((?:(?!\3)(?:[^\n\\]|\\.))*)(?:\3)? )
    """,
    re.VERBOSE,
)
_BARE: Final = re.compile(r"""[^\s"'`]+""")
_IN_QUERY: Final = re.compile(r"""[^\s"'`&#<>]+""")
_REST_OF_LINE: Final = re.compile(r"""[^\n"'`]+""")
_PIECE: Final = re.compile(r"""[^\s"'`,;)}\]&]*""")
PLACEHOLDER: Final = re.compile(
    r"""
    \s{0,9}
    (?: | none | null | true | false | nan | undefined | \.{3} | … | \*{3,} | <[^<>\n]{1,60}>
    | \$\{?\w{1,60}\}? | %\w | %\(\w{1,60}\)s | (?:bearer\ |basic\ |token\ )?\{[\w.!:]{0,60}\} )
    [\s,;.)\]}]{0,9}
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Values that say nothing: ``None``, ``***``, ``<HUB_TOKEN>``, ``${TOKEN}``, ``%s``, or nothing at all."""
_NUMBER: Final = re.compile(r"[-+]?[\d.,_]+(?:[eE][-+]?\d{1,9})?%?[smk]?[)\]};]{0,9}")
_BRACKETS: Final = re.compile(r"""[\[{(]|[\]})]|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?""")
_WORD_KEY: Final = re.compile(r"""(["'])[A-Za-z_]{1,24}\1\s{0,4}:""")
_LITERAL: Final = re.compile(r"""[^(="'\n]{0,200}?(?=["'])""")
_LETTER: Final = re.compile(r"[^\W\d_]")
_MAYBE_RANDOM: Final = re.compile(r"[^\s\[{(]\S{0,60}?\d")
_WORD_AND_NUMBER: Final = re.compile(r"[A-Za-z]+[-_.]?[\d.]+")
_METHODS: Final = frozenset(
    {"strip", "rstrip", "lstrip", "split", "rsplit", "partition", "startswith", "endswith", "replace", "join", "format"}
    | {"find", "index", "count", "removeprefix", "removesuffix", "encode", "decode", "get", "pop", "setdefault", "keys"}
)
"""Methods that are called on a secret with a text that is no secret."""
_WHOLE_LINE: Final = ("authorization", "cookie")
_FRAME: Final = re.compile(r'[ \t|+\-]*File "')
_SOURCE: Final = re.compile(r"[ \t|]{4,}")


class _Name(NamedTuple):
    """A secret's name in a text.

    Attributes:
        start, end: Where it stands.
        text: The name.
        strength: How surely it is one of a secret.
        code: It stands in a source line, outside of all strings: what has no quotes there is an expression.
    """

    start: int
    end: int
    text: str
    strength: int
    code: bool


def named_in(text: str) -> list[Span]:
    """Return where values stand in a text that its own words call secret."""
    if not any(map(text.lower().__contains__, HINTS)):
        return []
    return list(_in_traceback(text) if 'File "' in text else _in_text(text, None))


def _in_traceback(text: str) -> Iterator[Span]:
    """Find values in a text with source lines: there a name without quotes is code, not a secret."""
    position, after_frame = 0, False
    for line in text.splitlines(keepends=True):
        if _FRAME.match(line):
            after_frame = True
        else:
            after_frame = after_frame and bool(_SOURCE.match(line))
            for start, end in _in_text(line, _literals(line) if after_frame else None):
                yield position + start, position + end
        position += len(line)


def _literals(line: str) -> list[Span]:
    """Return where the string literals of a source line are."""
    return [match.span() for match in _QUOTED.finditer(line)]


def _in_text(text: str, literals: list[Span] | None) -> Iterator[Span]:
    """Find values in any text, or, given where its string literals are, in a source line."""
    end = 0
    for name in _names(text, literals):
        span = _value_of(text, name) if name.start >= end else None
        if span is not None:
            end = span[1]
            yield span
    if "==" in text or "!=" in text:
        for match in _REVERSED.finditer(text):
            if strength(match[3]) != NO:
                yield match.span(2)


def _names(text: str, literals: list[Span] | None) -> Iterator[_Name]:
    """Find the names of secrets; of words that a blank joins, two are looked at: "API key", "special tokens"."""
    end = 0
    for hint in _HINT.finditer(_lower(text)):
        if hint.start() < end:
            continue
        start, before = _beginning(text, hint.start(), end)
        run = _RUN.match(text, hint.start())
        end = run.end() if run else hint.end()
        name = text[max(start, end - MAX_NAME) : end]
        of_name = strength(f"{before} {name}" if before else name)
        if of_name != NO:
            yield _Name(start, end, name, of_name, _is_code(start, literals))


def _lower(text: str) -> str:
    """Return the text in lower case, of the same length: the I with a dot would become two characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else re.sub("[A-Z]", lambda match: match[0].lower(), text)


def _beginning(text: str, position: int, after: int) -> tuple[int, str]:
    """Return where the name begins that a place is in, and the word before it."""
    before = text[max(after, position - LONGEST_NAME) : position]
    start = len(before.rstrip(_OF_NAME))
    word = ""
    if start and before[start - 1] == " ":
        others = before[: start - 1]
        word = others[len(others.rstrip(_LETTERS)) :]
    return position - len(before) + start, word


def _is_code(position: int, literals: list[Span] | None) -> bool:
    """Tell whether a name in a source line stands outside of all strings; its own quotes are none."""
    if literals is None:
        return False
    before = bisect_left(literals, (position - 1, 0)) - 1  # the last one that begins more than a quote before
    return before < 0 or position >= literals[before][1]


def _value_of(text: str, name: _Name) -> Span | None:
    """Return where the value of a name is, None if there is none, or it is no secret."""
    joint = _JOINT.match(text, name.end)
    surely = NO if joint is None else _joins(joint, name)
    if joint is None or surely == NO:
        return None
    span = _value(text, joint.end(), name)
    return span if span is None or surely == STRONG or looks_random(text[slice(*span)]) else None


def _value(text: str, start: int, name: _Name) -> Span | None:
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        span = quoted.span(2) if quoted[1] else quoted.span(4)
        return None if _is_harmless(text, span, name.strength) else span
    if text[start : start + 1] in ("[", "{", "("):
        return _in_brackets(text, start, name)
    return None if name.code else _bare(text, start, name)


def _joins(joint: re.Match[str], name: _Name) -> int:
    """Tell by what stands between them how surely a value is one of a name; `WEAK`: only if it looks random."""
    sign, before = joint[1].strip(), joint.string[max(0, name.start - 2) : name.start]
    option = name.text.startswith("--")
    if not sign:
        return STRONG if option else _joined_by_blank(joint, name)
    if sign == "(":
        method = name.text.rpartition(".")[2] in _METHODS
        return NO if method else STRONG if name.code else name.strength
    if sign == ",":
        return STRONG if option or name.text.isupper() else name.strength if before in ("('", '("') else NO
    if sign == ">":
        return name.strength if before[-1:] == "<" else NO
    return WEAK if sign == "|" else STRONG


def _joined_by_blank(joint: re.Match[str], name: _Name) -> int:
    if joint.string[joint.end()] in "\"'":
        return name.strength if name.text.lower() != "pass" else NO
    random = not name.code and name.text[-1] != "s" and _MAYBE_RANDOM.match(joint.string, joint.end())
    return WEAK if random else NO


def _in_brackets(text: str, start: int, name: _Name) -> Span | None:
    """Return where a list or a dict is that holds a text; in a source line, where its strings are."""
    if name.code:
        quote = _LITERAL.match(text, start + 1)
        return None if quote is None else (quote.end(), _closing(text, start))
    span = start, _closing(text, start)
    harmless = PLACEHOLDER.fullmatch(text, *span) or not _LETTER.search(text, *span)
    return None if harmless or (name.strength == WEAK and _holds_numbers(text[slice(*span)])) else span


def _holds_numbers(mapping: str) -> bool:
    """Tell whether a short dict holds nothing but numbers under words: ``tokens: {'input': 5}``."""
    return len(mapping) < LONGEST_MAPPING and not _LETTER.search(_WORD_KEY.sub("", mapping))


def _bare(text: str, start: int, name: _Name) -> Span | None:
    """Return where a value without quotes is: all up to a blank, as a password may hold any sign."""
    pattern = _BARE
    if any(word in name.text.lower() for word in _WHOLE_LINE):
        pattern = _REST_OF_LINE
    elif name.start and text[name.start - 1] in "?&<":
        pattern = _IN_QUERY
    piece, bare = _PIECE.match(text, start), None
    if piece is None or not (piece[0] and _is_harmless(text, piece.span(), name.strength)):
        bare = pattern.match(text, start)  # not before: what is harmless is not read twice
    if bare is None or _is_harmless(text, bare.span(), name.strength):
        return None
    inner = _QUOTED.match(text, bare.end()) if bare[0].endswith("(") else None  # SecretStr('...')
    return start, inner.end() if inner else start + len(bare[0].rstrip(",;.:)]}"))


def looks_random(value: str) -> bool:
    """Tell whether a value is no word, no number and no path: it has digits among its letters."""
    value = value.strip(",;.:)]}>\"'")
    mixed = value.isascii() and any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    plain = value[:1] in "./~" or " " in value or _WORD_AND_NUMBER.fullmatch(value)
    return len(value) >= 8 and mixed and not plain


def _is_harmless(text: str, span: Span, of_name: int) -> bool:
    """Tell whether a value says nothing: empty, a placeholder, or a number where numbers are common."""
    if PLACEHOLDER.fullmatch(text, *span):
        return True
    return _NUMBER.fullmatch(text, *span) is not None and (of_name == WEAK or span[1] - span[0] < 4)


def _closing(text: str, start: int) -> int:
    """Return the end of what a bracket opens; the end of the text if it is cut off."""
    depth = 0
    for match in _BRACKETS.finditer(text, start):
        depth += (match[0] in "[{(") - (match[0] in ")}]")
        if not depth:
            return match.end()
    return len(text)
