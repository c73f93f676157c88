"""One request as the interface understands it: parameters, external tables, and the text with its data as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from infra.local.clickhouse_http.compression import decompressor
from infra.local.clickhouse_http.external_tables import ExternalTable, descriptive_names, read_external_table
from infra.local.clickhouse_http.request_parameters import RequestParameters, read_parameters
from infra.local.clickhouse_http.sql_statement import Statement, begins_insert, read_insert, read_statement
from infra.local.clickhouse_http.wire_error import NOT_IMPLEMENTED, SYNTAX_ERROR, WireError

_READING = frozenset({"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK", "SET", "USE"})
_LONGEST_HEAD = 1 << 20


@dataclass(slots=True)
class Request:
    """A request, ready to be run.

    Attributes
    ----------
    text
        The statement; for an INSERT with data, without FORMAT clause and data.
    data
        Pieces of such an INSERT's data; empty for everything else.
    """

    parameters: RequestParameters
    statement: Statement
    text: str
    data: AsyncIterator[bytes]
    external_tables: list[ExternalTable]
    accept_encoding: str

    @property
    def returns_rows(self) -> bool:
        """Whether the statement has a result."""
        return self.statement.verb in _READING - {"SET", "USE"}

    @property
    def output_format(self) -> str:
        """The format of the result."""
        return self.statement.output_format or self.parameters.default_format


async def read_request(request: web.Request) -> Request:
    """Read a request up to the point where its statement is known; data of an INSERT stay in the stream."""
    values = dict(request.query)
    tables: list[ExternalTable] = []
    if request.content_type == "multipart/form-data":
        parts = await _read_parts(request)
        values |= {name: part.decode() for name, (part, is_file) in parts.items() if not is_file}
        for name, (part, is_file) in parts.items():
            if is_file:
                tables.append(read_external_table(name, part, values))
        described = set().union(*(descriptive_names(table.name) for table in tables))
        values = {name: value for name, value in values.items() if name not in described}
        pieces = _pieces(b"")
    else:
        pieces = _body(request)
    parameters = read_parameters(values)
    statement, text, data = await _split(parameters.query.encode(), pieces)
    if statement.has_several:
        raise WireError(SYNTAX_ERROR, "Multi-statements are not allowed", "SYNTAX_ERROR")
    if request.method == "GET" and statement.verb not in _READING:
        raise WireError(164, "Cannot execute query in readonly mode: it came with GET, use POST", "READONLY")
    return Request(
        parameters=parameters,
        statement=statement,
        text=text,
        data=data,
        external_tables=tables,
        accept_encoding=request.headers.get("Accept-Encoding", "") if parameters.allows_compression else "",
    )


async def _split(query: bytes, pieces: AsyncIterator[bytes]) -> tuple[Statement, str, AsyncIterator[bytes]]:
    text = bytearray(query + b"\n" if query else b"")
    while True:
        if text and begins_insert(bytes(text[:_LONGEST_HEAD])) and (insert := read_insert(bytes(text))) is not None:
            rest = bytes(text[insert.data_start :])
            return insert, _decoded(text[: insert.statement_end]), _pieces(rest, pieces)
        piece = await anext(pieces, None)
        if piece is None:
            break
        text += piece
    return read_statement(bytes(text)), _decoded(text), _pieces(b"")


def _decoded(text: bytearray) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise WireError(SYNTAX_ERROR, f"the query is no UTF-8 text: {error}", "SYNTAX_ERROR") from error


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    decoder = decompressor(request.headers.get("Content-Encoding", ""))
    async for piece in request.content.iter_any():
        output = decoder.feed(piece)
        if output:
            yield output
    decoder.finish()


async def _pieces(first: bytes, others: AsyncIterator[bytes] | None = None) -> AsyncIterator[bytes]:
    if first:
        yield first
    if others is not None:
        async for piece in others:
            yield piece


async def _read_parts(request: web.Request) -> dict[str, tuple[bytes, bool]]:
    parts: dict[str, tuple[bytes, bool]] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            raise WireError(NOT_IMPLEMENTED, "nested multipart bodies are not offered", "NOT_IMPLEMENTED")
        parts[part.name] = (bytes(await part.read()), part.filename is not None)
    return parts
