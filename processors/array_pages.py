"""Pages of an array partition as they lie in the changelog: keys and rows together, each page whole in itself."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.errors import Fatal
from processors.array_fold import ArrayFold, Rows
from processors.table_codec import ENVELOPE_VERSION, SCHEMA_KEY_PREFIX, encode_envelope, read_envelope

PAGE_ROWS = 1_024  # of about 72 bytes: a page stays below 256 KB
_LENGTHS = struct.Struct("<II")  # bytes of the keys, number of rows


@dataclass(frozen=True, slots=True)
class Page:
    """A copy of up to `PAGE_ROWS` rows.

    Attributes
    ----------
    folded
        For each row the offset up to which the input is folded into it. While records are repeated after a crash the rows of one
        page differ: those the changelog knew are ahead of those that are new.
    """

    keys: Sequence[str]
    folded: npt.NDArray[np.int64]
    rows: Rows


class PageCodec:
    """Encodes the pages of one hot fold, in the envelope of all stored states.

    Parameters
    ----------
    fold
        Its row type is the layout of a page; a page of another layout is refused, it would have to be read from the input anew.
    """

    def __init__(self, fold: ArrayFold) -> None:
        self._row_type = fold.row_type
        self.schema_text = json.dumps(fold.row_type.descr).encode()
        self.fingerprint = sha256(self.schema_text).hexdigest()[:16]
        self._name = type(fold).__name__

    @property
    def schema_key(self) -> bytes:
        """Changelog key under which the layout is kept, for people who look into the topic."""
        return SCHEMA_KEY_PREFIX + self.fingerprint.encode()

    def encode(self, state: Page, offsets: Mapping[str, int]) -> bytes:
        """Return the changelog value of a page."""
        keys = json.dumps(list(state.keys)).encode()
        body = _LENGTHS.pack(len(keys), len(state.keys)) + keys + state.folded.tobytes() + state.rows.tobytes()
        return encode_envelope(self._name, self.fingerprint, offsets, body)

    def decode(self, value: bytes, stored: Mapping[bytes, bytes]) -> tuple[Page, dict[str, int]]:
        """Return a page and the offsets folded into it.

        Raises
        ------
        Fatal
            If the page has another layout: going on would begin from nothing.
        """
        envelope = read_envelope(value)
        if (envelope.state_type, envelope.fingerprint) != (self._name, self.fingerprint):
            raise Fatal(
                f"stored state: expected pages of {self._name} {self.fingerprint}, found {envelope.state_type} {envelope.fingerprint} "
                f"(envelope {ENVELOPE_VERSION}): delete the stage's changelog and commits to read its input anew"
            )
        length, count = _LENGTHS.unpack_from(envelope.body)
        place = _LENGTHS.size + length
        keys: Any = json.loads(envelope.body[_LENGTHS.size : place])
        folded = np.frombuffer(envelope.body, np.int64, count, offset=place)
        rows = np.frombuffer(envelope.body, self._row_type, count, offset=place + folded.nbytes)
        return Page(keys, folded, rows), dict(envelope.offsets)


def page_key(number: int) -> str:
    """Return the changelog key of a page."""
    return f"page-{number:06d}"


def page_number(key: str) -> int:
    """Return the number in a page's key."""
    return int(key.removeprefix("page-"))
