"""Records payloads as received into a .jsonl.gz file, and reads them back for playback tests."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import orjson

from infra.settings import Settings
from producers.source import Payload


class Capture:
    """Writes payloads to a file until closed; each line holds one.

    Parameters
    ----------
    path
        File to append to; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self._file = gzip.GzipFile(path, "ab", compresslevel=4)

    def write(self, payload: Payload) -> None:
        """Append one payload; a body that is no UTF-8 is kept byte by byte (latin-1)."""
        try:
            body, encoding = payload.body.decode(), "utf-8"
        except UnicodeDecodeError:
            body, encoding = payload.body.decode("latin-1"), "latin-1"
        line = {
            "endpoint": payload.endpoint, "parameters": dict(payload.parameters), "received_us": payload.received_us,
            "encoding": encoding, "body": body,
        }  # fmt: skip
        self._file.write(orjson.dumps(line) + b"\n")

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def capture_of(feed: str, settings: Settings, path: str = "") -> Capture | None:
    """Return where a feed records its payloads: its own path, or a file of its name in the stack's folder; None when nowhere."""
    folder = settings.stack.capture_folder
    where = path or (folder and f"{folder}/{feed}.jsonl.gz")
    return Capture(Path(where)) if where else None


def read_capture(path: Path) -> Iterator[Payload]:
    """Yield the payloads of a capture; a last line cut off by a crash ends it."""
    with gzip.open(path, "rb") as lines:
        try:
            for text in lines:
                line = orjson.loads(text)
                yield Payload(line["endpoint"], line["body"].encode(line["encoding"]), line["received_us"], line["parameters"])
        except (EOFError, orjson.JSONDecodeError):
            return
