"""Frames of the TWS socket: a length of four bytes, then text fields that each end with a NUL."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence

SERVER_VERSION = 176
HELLO = b"API\0"
_LONGEST_FRAME_BYTES = 1_000_000


class ProtocolError(Exception):
    """The client sent what no TWS understands."""


def frame(*fields: object) -> bytes:
    """Return one message; None is an empty field, True and False are 1 and 0."""
    body = b"".join(_text(field).encode() + b"\0" for field in fields)
    return struct.pack(">I", len(body)) + body


def _text(field: object) -> str:
    if field is None:
        return ""
    if isinstance(field, bool):
        return "1" if field else "0"
    return str(field)


def version_of(offer: bytes) -> int:
    """Return the version to speak with a client that offers e.g. ``v157..176``.

    Raises
    ------
    ProtocolError
        If the offer cannot be read, or does not reach down to our version.
    """
    versions = offer.decode(errors="replace").split(" ")[0].removeprefix("v")
    lowest, _, highest = versions.partition("..")
    if not lowest.isdigit() or not (highest or lowest).isdigit():
        raise ProtocolError(f"expected versions as v157..176, found {offer!r}")
    if int(lowest) > SERVER_VERSION:
        raise ProtocolError(f"expected a client that speaks version {SERVER_VERSION}, found {offer!r}")
    return min(int(highest or lowest), SERVER_VERSION)


async def read_offer(reader: asyncio.StreamReader) -> bytes:
    """Read a client's first words: ``API``, a NUL, and the versions it speaks."""
    hello = await reader.readexactly(len(HELLO))
    if hello != HELLO:
        raise ProtocolError(f"expected {HELLO!r}, found {hello!r}")
    return await _read_body(reader)


async def read_fields(reader: asyncio.StreamReader) -> Sequence[str]:
    """Read the fields of the next message."""
    return (await _read_body(reader)).decode(errors="replace").split("\0")[:-1]


async def _read_body(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    if length > _LONGEST_FRAME_BYTES:
        raise ProtocolError(f"expected a frame of at most {_LONGEST_FRAME_BYTES} bytes, found {length}")
    return await reader.readexactly(length)
