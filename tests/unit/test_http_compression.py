"""Bodies of the HTTP interface arrive whole, however they are compressed and cut."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from infra.local.clickhouse_http.compression import compressor, decompressor
from infra.local.clickhouse_http.wire_error import WireError

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": lz4.frame.compress,
    "zstd": zstandard.compress,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("encoding", COMPRESS)
@given(blocks=st.lists(st.binary(max_size=2000), max_size=6), piece=st.integers(1, 700))
def test_frames_after_one_another_are_all_read(encoding: str, blocks: list[bytes], piece: int) -> None:
    body = b"".join(map(COMPRESS[encoding], blocks))
    decoder = decompressor(encoding)
    found = b"".join(decoder.feed(body[start : start + piece]) for start in range(0, len(body), piece))
    decoder.finish()
    assert found == b"".join(blocks)


@pytest.mark.parametrize("encoding", ["lz4", "zstd", "gzip", "deflate", "br"])
def test_a_body_that_ends_early_or_is_broken_is_an_error(encoding: str) -> None:
    body = COMPRESS[encoding](bytes(range(256)) * 20)
    decoder = decompressor(encoding)
    decoder.feed(body[:-3])
    with pytest.raises(WireError, match="ends inside"):
        decoder.finish()
    with pytest.raises(WireError, match="271"):
        decompressor(encoding).feed(b"\xff this is no frame at all" * 10)


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(WireError, match="snappy"):
        decompressor("snappy")


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [("lz4,zstd,br,gzip,deflate", "lz4"), ("gzip, deflate", "gzip"), ("identity", None), ("", None), ("gzip;q=0, br", "br"), ("*", None)],
)
def test_the_first_known_encoding_is_used(accepted: str, chosen: str | None) -> None:
    encoder = compressor(accepted)
    assert (encoder.encoding if encoder else None) == chosen


@pytest.mark.parametrize("encoding", ["lz4", "zstd", "gzip", "deflate", "br"])
def test_an_answer_is_one_frame(encoding: str) -> None:
    encoder = compressor(encoding)
    assert encoder is not None
    body = encoder.feed(b"a" * 1000) + encoder.feed(b"b" * 1000) + encoder.finish()
    decoder = decompressor(encoding)
    assert decoder.feed(body) == b"a" * 1000 + b"b" * 1000
    decoder.finish()
