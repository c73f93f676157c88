"""Answers on the wire: complete or in pieces, compressed as the client asked, with errors that show in mid-stream too."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator

from aiohttp import web

from infra.local.clickhouse_http.compression import Compressor, compressor
from infra.local.clickhouse_http.engine import QueryResult
from infra.local.clickhouse_http.wire_error import WireError

_CONTENT_TYPES = {
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "json": "application/json; charset=UTF-8",
    "jsoncompact": "application/json; charset=UTF-8",
    "jsoneachrow": "application/x-ndjson; charset=UTF-8",
    "native": "application/octet-stream",
}


class Answer:
    """What is sent back for one request.

    Parameters
    ----------
    query_id, timezone
        Named in the headers of every answer.
    """

    def __init__(self, query_id: str, timezone: str) -> None:
        self._headers = {
            "X-ClickHouse-Server-Display-Name": "tapewire-local",
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Timezone": timezone,
        }

    def complete(self, result: QueryResult, output_format: str | None, accept_encoding: str) -> web.Response:
        """Answer with a whole result; `output_format` is None for a statement that returns no rows.

        A client takes the format's header for the sign that rows were asked for, even when there are none.
        """
        headers = self._headers | self._format_headers(output_format) | {"X-ClickHouse-Summary": _summary(result)}
        body = result.body
        encoder = compressor(accept_encoding) if body else None
        if encoder is not None:
            headers["Content-Encoding"] = encoder.encoding
            body = encoder.feed(body) + encoder.finish()
        return web.Response(body=body, headers=headers)

    async def stream(
        self, request: web.Request, pieces: AsyncIterator[bytes], output_format: str, accept_encoding: str
    ) -> web.StreamResponse:
        """Send a result as it comes; an error after the head goes out as the protocol's tagged trailer."""
        encoder = compressor(accept_encoding)
        tag = secrets.token_hex(8)
        headers = self._headers | self._format_headers(output_format) | {"X-ClickHouse-Exception-Tag": tag}
        if encoder is not None:
            headers["Content-Encoding"] = encoder.encoding
        response = web.StreamResponse(headers=headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        try:
            async for piece in pieces:
                await _write(response, encoder, piece)
        except WireError as error:
            await _write(response, encoder, _exception_trailer(str(error), tag))
        if encoder is not None and (end := encoder.finish()):
            await response.write(end)
        await response.write_eof()
        return response

    def error(self, error: WireError, version: str) -> web.Response:
        """Answer with an error that showed before anything was sent."""
        headers = self._headers | {"X-ClickHouse-Exception-Code": str(error.code)}
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        text = str(error)
        trailer = "" if "(version " in text else f" (version {version})"
        return web.Response(status=error.status, text=f"{text}{trailer}\n", headers=headers)

    def _format_headers(self, output_format: str | None) -> dict[str, str]:
        if output_format is None:
            return {}
        content_type = _CONTENT_TYPES.get(output_format.lower(), "text/plain; charset=UTF-8")
        return {"X-ClickHouse-Format": output_format, "Content-Type": content_type}


async def _write(response: web.StreamResponse, encoder: Compressor | None, piece: bytes) -> None:
    output = piece if encoder is None else encoder.feed(piece)
    if output:
        await response.write(output)


def _exception_trailer(message: str, tag: str) -> bytes:
    encoded = message.encode() + b"\n"
    return (
        f"\r\n__exception__\r\n{tag}\r\n".encode() + encoded + f"{len(encoded)} {tag}\r\n__exception__\r\n".encode()
    )


def _summary(result: QueryResult) -> str:
    return json.dumps(
        {
            "read_rows": str(result.read_rows),
            "read_bytes": str(result.read_bytes),
            "written_rows": str(result.written_rows),
            "elapsed_ns": str(int(result.elapsed_seconds * 1e9)),
        }
    )
