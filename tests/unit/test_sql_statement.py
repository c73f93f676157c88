"""The little SQL that the ClickHouse front reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.clickhouse_http.sql_statement import begins_insert, read_insert, read_statement


@pytest.mark.parametrize(
    ("text", "statement", "input_format", "data"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,2", b"INSERT INTO t ", "CSV", b"1,2"),
        (b"INSERT INTO t (a, `FORMAT`) FORMAT Native\n\n\x00", b"INSERT INTO t (a, `FORMAT`) ", "Native", b"\n\x00"),
        (b"-- INSERT INTO x FORMAT TSV\n insert into t format JSONEachRow {}", b"-- INSERT INTO x FORMAT TSV\n insert into t ", "JSONEachRow", b"{}"),
        (b"/* ; */ INSERT INTO t SETTINGS a='FORMAT x' FORMAT TSV\r\nx", b"/* ; */ INSERT INTO t SETTINGS a='FORMAT x' ", "TSV", b"x"),
    ],
)
def test_an_insert_is_cut_where_its_data_begin(text: bytes, statement: bytes, input_format: str, data: bytes) -> None:
    found = read_insert(text)
    assert found is not None
    assert (text[: found.statement_end], found.insert_format, text[found.data_start :]) == (statement, input_format, data)


@pytest.mark.parametrize(
    "text",
    [b"INSERT INTO t VALUES (1)", b"INSERT INTO t SELECT 1 FORMAT CSV", b"SELECT 1 FORMAT CSV ", b"INSERT INTO t FORMAT Nat", b"INSERT INTO t"],
)
def test_what_is_no_insert_with_data_or_not_yet(text: bytes) -> None:
    assert read_insert(text) is None


@pytest.mark.parametrize(
    ("text", "verb", "output_format"),
    [
        (b"SELECT 1", "SELECT", None),
        (b"select format from t format TSV;", "SELECT", "TSV"),
        (b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1", "SELECT", "JSON"),
        (b"SELECT * FROM (SELECT 1 FORMAT CSV)", "SELECT", None),
        (b"(SELECT 'FORMAT CSV')", "SELECT", None),
        (b"-- only a comment", "", None),
        (b"$a$ FORMAT CSV $a$ SHOW TABLES", "SHOW", None),
    ],
)
def test_verb_and_output_format(text: bytes, verb: str, output_format: str | None) -> None:
    found = read_statement(text)
    assert (found.verb, found.output_format) == (verb, output_format)


def test_a_second_statement_is_seen_and_a_semicolon_in_a_string_is_none() -> None:
    assert read_statement(b"SELECT 1; SELECT 2").has_several
    assert not read_statement(b"SELECT ';'; -- end\n ;").has_several


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_data_come_out_as_they_went_in_wherever_the_text_is_cut(data: bytes, column: bytes) -> None:
    """The head of an INSERT is recognised from any prefix that holds it, and never differently."""
    head = b"INSERT INTO t (`" + column.replace(b"\\", b"").replace(b"`", b"") + b"`) FORMAT Native\n"
    text = head + data
    for end in range(len(head), len(text) + 1):
        found = read_insert(text[:end])
        assert found is not None
        assert text[found.data_start :] == data


@given(st.binary(max_size=300))
def test_no_text_makes_the_reader_fail(text: bytes) -> None:
    read_insert(text)
    read_statement(text)
    begins_insert(text)
