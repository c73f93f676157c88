"""Inserting once against a server that may die at any point of an insert."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clickhouse.failures import RowsRefused, as_tapewire_error
from infra.clickhouse.native_block import NativeBlock, block_of_values
from infra.errors import Fatal, Retryable
from sinks.clickhouse.insertion import Range, insert_once

BLOCK = block_of_values("trades", {"_offset": "Int64"}, [[10, 11, 12]])
WHERE = Range(("trades.v1", 3), "topic-id", 10, 12)


class _Server:
    """ClickHouse's order of things: token into the log, then the rows, then the answer."""

    def __init__(self, deaths: list[str]) -> None:
        self.deaths = deaths
        self.tokens: set[str] = set()
        self.blocks: list[NativeBlock] = []
        self.stricter = False

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        assert re.search(r"`_offset` BETWEEN", query)
        assert parameters == {"topic": "trades.v1", "partition": 3, "first": 10, "last": 12}
        return [(1,)] if self.blocks else []

    def insert(self, block: NativeBlock, token: str) -> None:
        death = self.deaths.pop(0) if self.deaths else ""
        if death == "before":
            raise Retryable("killed before the token")
        if self.stricter:
            raise RowsRefused("expected a sane row")
        if token not in self.tokens:
            self.tokens.add(token)
            if death == "between":
                raise Retryable("killed between token and rows")
            self.blocks.append(block)
        if death == "after":
            raise Retryable("killed after the rows")

    def close(self) -> None:
        """Hold nothing."""


def store(server: _Server, waited: Callable[[float], object] = lambda _: None) -> None:
    """Insert until it is known to be there."""
    perhaps_there = False
    while True:
        try:
            insert_once(server, BLOCK, WHERE, perhaps_there=perhaps_there, wait=waited)
            return
        except Retryable:
            perhaps_there = True


@given(st.lists(st.sampled_from(["before", "between", "after", ""]), max_size=3))
def test_rows_are_there_once_whenever_the_server_dies(deaths: list[str]) -> None:
    server = _Server(deaths)
    store(server)
    assert server.blocks == [BLOCK]


def test_a_token_without_rows_is_noticed() -> None:
    """A retry alone would be dropped as a repeat, and the rows lost."""
    server = _Server(["between"])
    waited: list[float] = []
    store(server, waited.append)
    assert server.blocks == [BLOCK] and len(waited) == 1
    assert server.tokens == {WHERE.token, f"{WHERE.token}-again1"}


def test_nobody_looks_for_rows_that_cannot_be_there() -> None:
    server = _Server([])
    insert_once(server, BLOCK, WHERE, perhaps_there=False, wait=pytest.fail)
    assert server.blocks == [BLOCK]


def test_rows_that_are_there_are_not_refused_by_a_table_that_became_stricter() -> None:
    server = _Server(["after"])
    with pytest.raises(Retryable):
        insert_once(server, BLOCK, WHERE, perhaps_there=False, wait=pytest.fail)
    server.stricter = True
    insert_once(server, BLOCK, WHERE, perhaps_there=True, wait=pytest.fail)
    assert server.blocks == [BLOCK]
    with pytest.raises(RowsRefused):
        insert_once(_strict(), BLOCK, WHERE, perhaps_there=True, wait=pytest.fail)


def _strict() -> _Server:
    server = _Server([])
    server.stricter = True
    return server


def test_a_range_of_another_life_of_the_topic_has_another_token() -> None:
    """Wiping Kafka alone must not make ClickHouse drop the new records as repeats."""
    assert WHERE.token == "trades.v1-topic-id-3-10-12"
    assert Range(WHERE.place, "another", 10, 12).token != WHERE.token


def test_codes_say_whether_the_rows_the_moment_or_we_are_wrong() -> None:
    assert isinstance(as_tapewire_error(469, ""), RowsRefused)
    assert isinstance(as_tapewire_error(241, ""), Retryable)
    assert isinstance(as_tapewire_error(60, ""), Fatal)
    assert isinstance(as_tapewire_error(123_456, ""), Fatal)
    assert isinstance(as_tapewire_error(None, "", unreachable=True), Retryable)
    assert isinstance(as_tapewire_error(None, ""), Fatal)


def test_a_value_that_is_none_of_its_columns_type_refuses_the_block() -> None:
    with pytest.raises(RowsRefused, match="trades"):
        block_of_values("trades", {"a": "Int32"}, [[1, 2**40]])
