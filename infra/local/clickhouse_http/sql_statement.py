"""Where a statement ends and its data begins, and in which format it answers: the little SQL an HTTP front must read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"""
      (?P<space>\s+)
    | (?P<comment>--[^\n]*(?:\n|\Z)|\#[\ !][^\n]*(?:\n|\Z)|/\*.*?\*/)
    | (?P<quoted>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`)
    | (?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<unclosed>'|"|`|/\*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the front must know about a statement.

    Attributes
    ----------
    verb
        First word in upper case; empty for an empty text.
    output_format
        Format named by a trailing FORMAT clause, or None.
    insert_format
        Input format of an INSERT whose data follow the statement, or None.
    source_place, statement_end, data_start
        For such an INSERT: a FROM INFILE clause belongs at `source_place` (before SETTINGS), the statement without its FORMAT clause is
        `text[:statement_end]`, the data begin at `data_start`.
    has_several
        Whether another statement follows a semicolon.
    has_totals
        Whether the words WITH TOTALS occur.
    """

    verb: str
    output_format: str | None = None
    insert_format: str | None = None
    source_place: int = 0
    statement_end: int = 0
    data_start: int = 0
    has_several: bool = False
    has_totals: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    word: str  # upper case; "" for anything that is not a word
    text: bytes
    start: int
    end: int
    depth: int


def read_insert(text: bytes) -> Statement | None:
    """Read the head of a text that may be an INSERT with data behind it.

    Returns
    -------
    Statement | None
        The INSERT with its format when the head is complete; None when `text` is not such an INSERT or ends too early
        to tell.
    """
    previous = _Token("", b"", 0, 0, 0)
    first = True
    settings_start: int | None = None
    for token in _tokens(text):
        if first and token.word != "INSERT":
            return None
        first = False
        if token.depth == 0 and token.word in {"SELECT", "WITH", "VALUES"}:
            return None
        # At the very end of the text the name may still be incomplete.
        if previous.word == "FORMAT" and previous.depth == 0 and token.word and token.end < len(text):
            return Statement(
                verb="INSERT",
                insert_format=token.text.decode(),
                source_place=previous.start if settings_start is None else settings_start,
                statement_end=previous.start,
                data_start=_data_start(text, token.end),
            )
        if token.word == "SETTINGS" and token.depth == 0 and settings_start is None:
            settings_start = token.start
        previous = token
    return None


def begins_insert(text: bytes) -> bool | None:
    """Tell whether the first word is INSERT; None when the text ends before that is known."""
    for token in _tokens(text):
        return token.word == "INSERT" if token.end < len(text) else None
    return None


def read_statement(text: bytes) -> Statement:
    """Read a complete text (any statement but an INSERT with data behind it)."""
    verb, output_format = "", None
    has_several = has_totals = ended = False
    tokens = list(_tokens(text))
    for index, token in enumerate(tokens):
        if token.text == b";" and token.depth == 0:
            ended = True
            continue
        has_several = has_several or ended
        verb = verb or token.word
        has_totals = has_totals or token.word == "TOTALS"
        following = tokens[index + 1 : index + 3]
        if token.word == "FORMAT" and token.depth == 0 and following and following[0].word:
            is_last = len(following) == 1 or following[1].text == b";" or following[1].word in {"SETTINGS", "INTO"}
            output_format = following[0].text.decode() if is_last else output_format
    return Statement(verb=verb, output_format=output_format, has_several=has_several, has_totals=has_totals)


def _tokens(text: bytes) -> Iterator[_Token]:
    """Yield the tokens one by one: behind the head of an INSERT come megabytes of data that nobody wants read as SQL."""
    position, depth = 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup == "unclosed":
            break  # a quote that never closes: the engine will say so
        position = match.end()
        if match.lastgroup in {"space", "comment"}:
            continue
        piece = match.group()
        depth -= piece in {b")", b"]", b"}"}
        word = piece.decode().upper() if match.lastgroup == "word" else ""
        yield _Token(word, piece, match.start(), position, depth)
        depth += piece in {b"(", b"[", b"{"}


def _data_start(text: bytes, position: int) -> int:
    """Skip blanks and one line end, as the server's parser does."""
    while position < len(text) and text[position] in b" \t\f":
        position += 1
    if text[position : position + 1] == b"\r":
        position += 1
    if text[position : position + 1] == b"\n":
        position += 1
    return position
