"""Content encodings of the HTTP interface, in both directions, in pieces."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Protocol

from infra.local.clickhouse_http.wire_error import CANNOT_DECOMPRESS, NOT_IMPLEMENTED, WireError


class Decompressor(Protocol):
    """Turns pieces of a compressed body into pieces of the body."""

    def feed(self, piece: bytes) -> bytes: ...

    def finish(self) -> None:
        """Raise unless the body ended where a frame ended."""


class _Identity:
    def feed(self, piece: bytes) -> bytes:
        return piece

    def finish(self) -> None:
        return


class _Frames:
    """A body of several frames after one another.

    clickhouse-connect sends one frame per block. A decoder that stops at the end of the first frame loses the rest
    without an error: of 2.5 million rows 131,072 arrived.
    """

    def __init__(self, new_decoder: Callable[[], Any]) -> None:
        self._new_decoder = new_decoder
        self._decoder: Any = None

    def feed(self, piece: bytes) -> bytes:
        output = bytearray()
        while piece:
            self._decoder = self._decoder or self._new_decoder()
            try:
                output += self._decoder.decompress(piece)
            except Exception as error:  # each library has its own
                raise WireError(CANNOT_DECOMPRESS, f"cannot decompress the body: {error}", "CANNOT_DECOMPRESS") from error
            if not self._decoder.eof:
                break
            piece = self._decoder.unused_data
            self._decoder = None
        return bytes(output)

    def finish(self) -> None:
        if self._decoder is not None:
            raise WireError(CANNOT_DECOMPRESS, "the compressed body ends inside a frame", "CANNOT_DECOMPRESS")


class _Brotli:
    """Several Brotli streams after one another; the library does not say where the first ends, so a failing piece is
    read again byte by byte."""

    def __init__(self) -> None:
        self._decoder: Any = None
        self._read = bytearray()  # of the stream that is open

    def feed(self, piece: bytes) -> bytes:
        import brotli

        output = bytearray()
        while piece:
            self._decoder = self._decoder or brotli.Decompressor()
            try:
                output += self._decoder.process(piece)
                self._read += piece
                piece = b""
            except brotli.error:
                end, tail = self._end_of_stream(piece)
                output += tail
                piece = piece[end:]
                self._decoder, self._read = None, bytearray()
                continue
            if self._decoder.is_finished():
                self._decoder, self._read = None, bytearray()
        return bytes(output)

    def _end_of_stream(self, piece: bytes) -> tuple[int, bytes]:
        import brotli

        decoder = brotli.Decompressor()
        if self._read:
            decoder.process(bytes(self._read))
        tail = bytearray()
        try:
            for index in range(len(piece)):
                tail += decoder.process(piece[index : index + 1])
                if decoder.is_finished():
                    return index + 1, bytes(tail)
        except brotli.error:
            pass
        raise WireError(CANNOT_DECOMPRESS, "the body is no Brotli stream", "CANNOT_DECOMPRESS")

    def finish(self) -> None:
        if self._decoder is not None:
            raise WireError(CANNOT_DECOMPRESS, "the compressed body ends inside a stream", "CANNOT_DECOMPRESS")


def decompressor(content_encoding: str) -> Decompressor:
    """Return the decoder of a request body's `Content-Encoding`."""
    match content_encoding.strip().lower():
        case "" | "identity":
            return _Identity()
        case "lz4":
            from lz4.frame import LZ4FrameDecompressor

            return _Frames(LZ4FrameDecompressor)
        case "zstd":
            from zstandard import ZstdDecompressor

            return _Frames(lambda: ZstdDecompressor().decompressobj())
        case "gzip":
            return _Frames(lambda: zlib.decompressobj(wbits=31))
        case "deflate":
            return _Frames(lambda: zlib.decompressobj())
        case "br":
            return _Brotli()
        case other:
            raise WireError(NOT_IMPLEMENTED, f"unknown Content-Encoding {other!r}", "NOT_IMPLEMENTED")


class Compressor(Protocol):
    """Turns pieces of a body into pieces of one compressed frame."""

    encoding: str

    def feed(self, piece: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class _OneFrame:
    def __init__(self, encoding: str, feed: Callable[[bytes], bytes], finish: Callable[[], bytes], head: bytes = b"") -> None:
        self.encoding = encoding
        self._feed = feed
        self._finish = finish
        self._head = head

    def feed(self, piece: bytes) -> bytes:
        head, self._head = self._head, b""
        return head + self._feed(piece)

    def finish(self) -> bytes:
        return self._head + self._finish()


def compressor(accept_encoding: str) -> Compressor | None:
    """Return an encoder the client accepts (the first it names that is known), or None for a plain body."""
    for offer in accept_encoding.split(","):
        name, _, quality = offer.strip().lower().partition(";")
        if quality.replace(" ", "") in {"q=0", "q=0.0"}:
            continue
        encoder = _encoder(name.strip())
        if encoder is not None:
            return encoder
    return None


def _encoder(name: str) -> Compressor | None:
    match name:
        case "lz4":
            from lz4.frame import LZ4FrameCompressor

            frame = LZ4FrameCompressor()
            return _OneFrame(name, frame.compress, frame.flush, head=frame.begin())
        case "zstd":
            from zstandard import ZstdCompressor

            stream = ZstdCompressor(level=1).compressobj()
            return _OneFrame(name, stream.compress, stream.flush)
        case "br":
            import brotli

            encoder = brotli.Compressor(quality=1)
            return _OneFrame(name, encoder.process, encoder.finish)
        case "gzip" | "deflate":
            deflater = zlib.compressobj(level=1, wbits=31 if name == "gzip" else 15)
            return _OneFrame(name, deflater.compress, deflater.flush)
        case _:
            return None
