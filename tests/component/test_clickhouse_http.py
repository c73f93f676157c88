"""The local ClickHouse answers every client as a server would: each trap of the embedded engine has its test.

The tests marked for it also run against a real server, where a Docker engine exists. They stand in one file, however long, because
they share that pair of servers.
"""

from __future__ import annotations

import gzip
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import clickhouse_connect
import httpx
import lz4.frame
import numpy as np
import pandas as pd
import pytest
import zstandard
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData

from infra.local.clickhouse_server import ClickHouseProcess
from infra.local.ports import free_ports
from tests.support.local_clickhouse import ClickHouseAddress
from tests.support.local_kafka import running

BARS = (
    "CREATE TABLE bars (symbol String, volume UInt64) ENGINE = MergeTree ORDER BY symbol "
    "SETTINGS non_replicated_deduplication_window = 100"
)


@pytest.fixture(scope="session", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def server(request: pytest.FixtureRequest) -> Iterator[ClickHouseAddress]:
    """The local server, and a real one where a Docker engine exists."""
    if request.param == "local":
        yield request.getfixturevalue("clickhouse_server")
        return
    yield request.getfixturevalue("clickhouse_container")


@pytest.fixture
def database(server: ClickHouseAddress) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    post(server, f"CREATE DATABASE {name}")
    yield name
    post(server, f"DROP DATABASE {name}")


def post(server: ClickHouseAddress, sql: str | bytes, headers: dict[str, str] | None = None, **parameters: object) -> httpx.Response:
    """One plain HTTP request, as curl would send it."""
    account = {"X-ClickHouse-User": server.user, "X-ClickHouse-Key": server.password}
    response = httpx.post(
        server.url, params={key: str(value) for key, value in parameters.items()}, content=sql, headers=account | (headers or {}), timeout=60
    )
    if not headers:
        assert response.status_code == 200, response.text
    return response


def text(server: ClickHouseAddress, sql: str, **parameters: object) -> str:
    return post(server, sql, **parameters).text.strip()


def assert_error(server: ClickHouseAddress, code: int, sql: str, **parameters: object) -> None:
    response = post(server, sql, {"Accept": "*/*"}, **parameters)
    assert response.headers.get("X-ClickHouse-Exception-Code") == str(code), response.text


# Who may use it


def test_ping_needs_no_account(server: ClickHouseAddress) -> None:
    assert httpx.get(f"{server.url}ping").text == "Ok.\n"


@pytest.mark.parametrize(
    ("headers", "parameters"),
    [
        ({"X-ClickHouse-User": "tapewire", "X-ClickHouse-Key": "wrong"}, {}),
        ({"X-ClickHouse-User": "nobody", "X-ClickHouse-Key": "test-password"}, {}),
        ({"Authorization": "Basic dGFwZXdpcmU6d3Jvbmc="}, {}),
        ({}, {"user": "tapewire", "password": "wrong"}),  # pragma: allowlist secret
    ],
)
def test_a_wrong_account_is_refused(server: ClickHouseAddress, headers: dict[str, str], parameters: dict[str, str]) -> None:
    """SEC-01: loopback is no reason to let everybody in."""
    response = httpx.post(server.url, params=parameters, content="SELECT 1", headers=headers)
    assert response.status_code in {401, 403}
    assert response.headers["X-ClickHouse-Exception-Code"] in {"516", "194"}


def test_no_account_is_refused(clickhouse_server: ClickHouseAddress) -> None:
    response = httpx.post(clickhouse_server.url, content="SELECT 1")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_the_account_may_come_in_every_usual_way(server: ClickHouseAddress) -> None:
    basic = httpx.post(server.url, content="SELECT 1", auth=(server.user, server.password))
    in_url = httpx.post(server.url, params={"user": server.user, "password": server.password}, content="SELECT 1")
    assert basic.text == in_url.text == "1\n"


def test_a_bearer_token_is_the_password(clickhouse_server: ClickHouseAddress) -> None:
    headers = {"Authorization": f"Bearer {clickhouse_server.password}"}
    assert httpx.post(clickhouse_server.url, content="SELECT 1", headers=headers).text == "1\n"


# Plain HTTP


def test_errors_carry_their_code_and_status(server: ClickHouseAddress) -> None:
    for sql, code, status in [("SELEC 1", "62", 400), ("SELECT * FROM nowhere", "60", 404), ("SELECT throwIf(1)", "395", 500)]:
        response = post(server, sql, {"Accept": "*/*"})
        assert response.headers["X-ClickHouse-Exception-Code"] == code
        assert response.status_code == status
        assert f"Code: {code}." in response.text


def test_an_unknown_setting_is_an_error(server: ClickHouseAddress) -> None:
    response = post(server, "SELECT 1", {"Accept": "*/*"}, max_threadz=1)
    assert response.headers["X-ClickHouse-Exception-Code"] == "115"


def test_several_statements_in_one_request_are_refused(server: ClickHouseAddress, database: str) -> None:
    response = post(server, "SELECT 1; CREATE TABLE t (a Int8) ENGINE = Memory", {"Accept": "*/*"}, database=database)
    assert response.headers["X-ClickHouse-Exception-Code"] == "62"
    assert text(server, "SELECT ';' AS a -- ; \n;") == ";"


def test_get_may_only_read(server: ClickHouseAddress, database: str) -> None:
    account = {"user": server.user, "password": server.password}
    assert httpx.get(server.url, params=account | {"query": "SELECT 2"}).text == "2\n"
    refused = httpx.get(server.url, params=account | {"query": f"CREATE TABLE {database}.t (a Int8) ENGINE = Memory"})
    assert refused.headers["X-ClickHouse-Exception-Code"] == "164"


def test_query_parameters_and_database_and_settings(server: ClickHouseAddress, database: str) -> None:
    assert text(server, "SELECT {x:UInt32} + 1", param_x=41) == "42"
    assert text(server, "SELECT arrayStringConcat({x:Array(String)}, '|')", param_x="['b','a']") == "b|a"
    assert text(server, "SELECT currentDatabase()", database=database) == database
    assert text(server, "SELECT getSetting('max_threads')", max_threads=1) == "1"


def test_a_comment_or_string_does_not_hide_the_format(server: ClickHouseAddress) -> None:
    assert json.loads(text(server, "SELECT 'FORMAT CSV' AS format /* FORMAT TSV */ FORMAT JSONEachRow")) == {"format": "FORMAT CSV"}
    assert text(server, "SELECT 1 AS a, 'x' AS b", default_format="CSV") == '1,"x"'


def test_formats_with_a_head_have_it_once_and_without_rows_too(server: ClickHouseAddress) -> None:
    """Pieces of a streamed JSON, Parquet or CSVWithNames would each carry a head of their own."""
    rows = json.loads(text(server, "SELECT number FROM numbers(200000) FORMAT JSON"))
    assert rows["rows"] == 200_000
    lines = text(server, "SELECT number FROM numbers(200000) FORMAT CSVWithNames").splitlines()
    assert len(lines) == 200_001 and lines.count('"number"') == 1
    assert text(server, "SELECT number FROM numbers(0) FORMAT CSVWithNames") == '"number"'


def test_inline_data_in_every_place(server: ClickHouseAddress, database: str) -> None:
    post(server, BARS, database=database)
    post(server, "INSERT INTO bars VALUES ('A', 1), ('B', 2)", database=database)
    post(server, 'INSERT INTO bars FORMAT JSONEachRow {"symbol": "C", "volume": 3}', database=database)
    post(server, "D\t4\n", query="INSERT INTO bars FORMAT TabSeparated", database=database)
    post(server, "E,5\nF,6\n", query="INSERT INTO bars (symbol, volume) SETTINGS async_insert = 0 FORMAT CSV", database=database)
    post(server, "INSERT INTO bars SELECT 'G', 7", database=database)
    assert text(server, "SELECT groupArray(symbol), sum(volume) FROM (SELECT * FROM bars ORDER BY symbol)", database=database) == (
        "['A','B','C','D','E','F','G']\t28"
    )


def test_rows_that_the_engine_refuses_are_an_error(server: ClickHouseAddress, database: str) -> None:
    """The engine's own call for data in pieces answered these with success, and lost the rows."""
    post(server, BARS, database=database)
    post(server, "ALTER TABLE bars ADD CONSTRAINT positive CHECK volume > 0", database=database)
    assert_error(server, 469, "A,1\nB,0\n", query="INSERT INTO bars FORMAT CSV", database=database)
    few = "CREATE TABLE few (n UInt8) ENGINE = MergeTree ORDER BY n SETTINGS parts_to_throw_insert = 1, max_delay_to_insert = 0"
    post(server, few, database=database)
    post(server, "1\n", query="INSERT INTO few FORMAT CSV", async_insert=0, database=database)
    assert_error(server, 252, "2\n", query="INSERT INTO few FORMAT CSV", async_insert=0, database=database)
    assert_error(server, 16, "2\n", query="INSERT INTO few (other) FORMAT CSV", async_insert=0, database=database)
    assert text(server, "SELECT (SELECT count() FROM bars), (SELECT sum(n) FROM few)", database=database) == "0\t1"


def test_a_large_insert_goes_through_a_file(server: ClickHouseAddress, database: str) -> None:
    post(server, "CREATE TABLE wide (n UInt64) ENGINE = MergeTree ORDER BY n", database=database)
    rows = np.zeros(36_000_000, dtype="<u8").tobytes()
    post(server, rows, query="INSERT INTO wide FORMAT RowBinary", database=database)
    assert text(server, "SELECT count(), max(n) FROM wide", database=database) == "36000000\t0"


# Compression


def frames(compress: Callable[[bytes], bytes], blocks: list[bytes]) -> bytes:
    return b"".join(map(compress, blocks))


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("lz4", lz4.frame.compress), ("zstd", zstandard.compress), ("gzip", gzip.compress)],
)
def test_a_body_of_many_frames_arrives_whole(
    server: ClickHouseAddress, database: str, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    """A decoder that stops at the first frame loses the others without an error."""
    post(server, BARS, database=database)
    blocks = [f"S{index},{index}\n".encode() * 1000 for index in range(50)]
    query = "INSERT INTO bars FORMAT CSV"
    response = post(server, frames(compress, blocks), {"Content-Encoding": encoding}, query=query, database=database)
    assert response.status_code == 200, response.text
    assert text(server, "SELECT count(), uniq(symbol) FROM bars", database=database) == "50000\t50"


def test_brotli_streams_after_one_another_arrive_whole(clickhouse_server: ClickHouseAddress, clickhouse_database: str) -> None:
    post(clickhouse_server, BARS, database=clickhouse_database)
    blocks = [f"S{index},{index}\n".encode() * 1000 for index in range(50)]
    query, encoded = "INSERT INTO bars FORMAT CSV", frames(brotli.compress, blocks)
    response = post(clickhouse_server, encoded, {"Content-Encoding": "br"}, query=query, database=clickhouse_database)
    assert response.status_code == 200, response.text
    assert text(clickhouse_server, "SELECT count() FROM bars", database=clickhouse_database) == "50000"


@pytest.mark.parametrize(("encoding", "compress"), [("lz4", lz4.frame.compress), ("zstd", zstandard.compress), ("gzip", gzip.compress)])
def test_a_body_that_ends_inside_a_frame_is_an_error(
    clickhouse_server: ClickHouseAddress, clickhouse_database: str, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    post(clickhouse_server, BARS, database=clickhouse_database)
    body = compress(os.urandom(1000).hex().encode())[:-20]
    query = "INSERT INTO bars FORMAT CSV"
    response = post(clickhouse_server, body, {"Content-Encoding": encoding}, query=query, database=clickhouse_database)
    assert response.headers["X-ClickHouse-Exception-Code"] == "271"
    assert text(clickhouse_server, "SELECT count() FROM bars", database=clickhouse_database) == "0"


@pytest.mark.parametrize(
    ("encoding", "decompress"),
    [("lz4", lz4.frame.decompress), ("gzip", gzip.decompress), ("br", brotli.decompress), ("identity", bytes)],
)
def test_answers_are_compressed_as_asked(server: ClickHouseAddress, encoding: str, decompress: Callable[[bytes], bytes]) -> None:
    account = {"X-ClickHouse-User": server.user, "X-ClickHouse-Key": server.password, "Accept-Encoding": encoding}
    sql = "SELECT number FROM numbers(300000)"
    with httpx.stream("POST", server.url, params={"enable_http_compression": "1"}, content=sql, headers=account) as response:
        assert response.headers.get("Content-Encoding", "identity") == encoding
        body = b"".join(response.iter_raw())
    assert decompress(body).splitlines() == [str(number).encode() for number in range(300_000)]


@pytest.mark.parametrize("compress", ["lz4", "zstd", "br", "gzip", False])
def test_two_and_a_half_million_rows_arrive(server: ClickHouseAddress, database: str, compress: str | bool) -> None:
    """clickhouse-connect sends one frame per block; 131,072 rows of 2.5 million arrived when only the first was read."""
    rows = 2_500_000 if compress in {"lz4", "zstd"} else 300_000
    post(server, "CREATE TABLE numbers (n UInt64) ENGINE = MergeTree ORDER BY n", database=database)
    client = server.client(database=database, compress=compress)
    client.insert_df("numbers", pd.DataFrame({"n": np.arange(rows, dtype="uint64")}))
    assert client.query("SELECT count(), sum(n) FROM numbers").first_row == (rows, rows * (rows - 1) // 2)
    assert client.query_df("SELECT n FROM numbers ORDER BY n LIMIT 200000")["n"].sum() == 200_000 * 199_999 // 2
    client.close()


# The ordinary client


def test_the_ordinary_client(server: ClickHouseAddress, database: str) -> None:
    client = server.client(database=database)
    assert client.command(BARS) is not None
    client.insert("bars", [["A", 1], ["B", 2]], column_names=["symbol", "volume"])
    assert client.query("SELECT * FROM bars ORDER BY symbol").result_rows == [("A", 1), ("B", 2)]
    assert client.query("SELECT symbol FROM bars WHERE volume = {v:UInt64}", parameters={"v": 2}).result_rows == [("B",)]
    assert client.query("SELECT * FROM bars LIMIT 0").column_names == ("symbol", "volume")
    assert client.query("SELECT * FROM bars WHERE volume > 5").result_rows == []
    assert client.query_arrow("SELECT * FROM bars ORDER BY symbol").to_pydict() == {"symbol": ["A", "B"], "volume": [1, 2]}
    with client.query_row_block_stream("SELECT number FROM numbers(500000)") as blocks:
        assert sum(len(block) for block in blocks) == 500_000
    external = ExternalData(file_name="wanted.csv", data=b"B\n", fmt="CSV", structure="symbol String")
    joined = client.query("SELECT volume FROM bars WHERE symbol IN (SELECT symbol FROM wanted)", external_data=external)
    assert joined.result_rows == [(2,)]
    client.close()


async def test_the_asynchronous_client(server: ClickHouseAddress, database: str) -> None:
    client = await clickhouse_connect.get_async_client(
        host=server.host, port=server.port, username=server.user, password=server.password, database=database
    )
    await client.command(BARS)
    await client.insert("bars", [["A", 1]], column_names=["symbol", "volume"])
    assert (await client.query("SELECT * FROM bars")).result_rows == [("A", 1)]
    await client.close()


def test_an_error_in_mid_stream_reaches_the_client(server: ClickHouseAddress) -> None:
    """The head with its status 200 is gone by then: the error comes as the protocol's tagged trailer."""
    sql = "SELECT number, throwIf(number = 900000) FROM numbers(1000000) SETTINGS max_block_size = 10000"
    client = server.client()
    with pytest.raises((StreamFailureError, DatabaseError), match="395"), client.query_row_block_stream(sql) as blocks:
        for _ in blocks:
            pass
    with pytest.raises(DatabaseError, match="395"):
        client.query(sql)
    client.close()


# Sessions


def test_a_session_keeps_settings_and_temporary_tables(server: ClickHouseAddress, database: str) -> None:
    session = {"session_id": uuid.uuid4().hex}
    post(server, "SET max_threads = 1", **session)
    post(server, f"USE {database}", **session)
    post(server, "CREATE TEMPORARY TABLE mine (a Int8)", **session)
    post(server, "INSERT INTO mine VALUES (7)", **session)
    assert text(server, "SELECT a, getSetting('max_threads'), currentDatabase() FROM mine", **session) == f"7\t1\t{database}"


def test_what_a_session_set_does_not_leak(server: ClickHouseAddress) -> None:
    default = text(server, "SELECT value FROM system.settings WHERE name = 'max_threads'")
    post(server, "SET max_threads = 1", session_id=uuid.uuid4().hex)
    for other in ({}, {"session_id": uuid.uuid4().hex}):
        assert text(server, "SELECT value FROM system.settings WHERE name = 'max_threads'", **other) == default


def test_what_one_request_sets_does_not_hold_for_the_next_of_its_session(server: ClickHouseAddress, database: str) -> None:
    session = {"session_id": uuid.uuid4().hex}
    post(server, "SET max_block_size = 1000", **session)
    sql = "SELECT getSetting('max_block_size'), getSetting('max_threads') = 1, currentDatabase()"
    before = text(server, sql, **session)
    borrowed = text(server, sql, max_block_size=77, max_threads=1, database=database, **session)
    assert borrowed in {f"77\t1\t{database}", f"77\ttrue\t{database}"}
    failed = post(server, "SELECT throwIf(1)", {"Accept": "*/*"}, max_block_size=78, **session)
    assert failed.status_code == 500
    assert text(server, sql, **session) == before


def test_readonly_for_one_request_does_not_stay(server: ClickHouseAddress, database: str) -> None:
    session = {"session_id": uuid.uuid4().hex}
    create = f"CREATE TABLE {database}.t (a Int8) ENGINE = Memory"
    refused = post(server, create, {"Accept": "*/*"}, readonly=1, **session)
    assert refused.headers["X-ClickHouse-Exception-Code"] == "164"
    post(server, create, **session)


def test_a_session_is_for_one_request_at_a_time(server: ClickHouseAddress) -> None:
    session = {"session_id": uuid.uuid4().hex}
    account = {"X-ClickHouse-User": server.user, "X-ClickHouse-Key": server.password}
    sql = "SELECT number FROM numbers(100000000000)"
    with httpx.stream("POST", server.url, params=session, content=sql, headers=account) as response:
        pieces = response.iter_raw()  # closing it would end the request
        next(pieces)
        answer = post(server, "SELECT 1", {"Accept": "*/*"}, **session)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "373"


def test_an_unknown_session_is_told_apart(server: ClickHouseAddress) -> None:
    answer = post(server, "SELECT 1", {"Accept": "*/*"}, session_check=1, session_id=uuid.uuid4().hex)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "372"


# Once, and only once


def test_the_same_token_again_adds_nothing(server: ClickHouseAddress, database: str) -> None:
    post(server, BARS, database=database)
    for body in ("A,1\n", "A,1\n", "B,2\n"):  # different rows under a known token are dropped too: tokens must be honest
        post(server, body, query="INSERT INTO bars FORMAT CSV", insert_deduplication_token="t1", async_insert=0, database=database)
    assert text(server, "SELECT * FROM bars", database=database) == "A\t1"


def test_a_token_is_not_kept_by_the_session(server: ClickHouseAddress, database: str) -> None:
    session = {"session_id": uuid.uuid4().hex, "database": database, "query": "INSERT INTO bars FORMAT CSV", "async_insert": 0}
    post(server, BARS, database=database)
    post(server, "A,1\n", insert_deduplication_token="t1", **session)
    post(server, "B,2\n", **session)
    assert text(server, "SELECT count() FROM bars", database=database) == "2"


def test_concurrent_senders_of_one_token(server: ClickHouseAddress, database: str) -> None:
    post(server, BARS, database=database)
    parameters = {"query": "INSERT INTO bars FORMAT CSV", "insert_deduplication_token": "t", "async_insert": 0, "database": database}
    senders = [threading.Thread(target=post, args=(server, "A,1\n"), kwargs=parameters) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert text(server, "SELECT count() FROM bars", database=database) == "1"


@pytest.mark.parametrize(("window", "expected"), [(100, "1"), (0, "2")])
def test_a_views_target_needs_a_window_of_its_own(server: ClickHouseAddress, database: str, window: int, expected: str) -> None:
    """Without one the target doubles on a retry, and the source table does not."""
    post(server, BARS, database=database)
    settings = f"non_replicated_deduplication_window = {window}"
    post(server, f"CREATE TABLE totals (volume UInt64) ENGINE = MergeTree ORDER BY volume SETTINGS {settings}", database=database)
    post(server, "CREATE MATERIALIZED VIEW to_totals TO totals AS SELECT volume FROM bars", database=database)
    for _ in range(2):
        post(
            server,
            "A,1\n",
            query="INSERT INTO bars FORMAT CSV",
            insert_deduplication_token="t",
            deduplicate_blocks_in_dependent_materialized_views=1,
            async_insert=0,
            database=database,
        )
    assert text(server, "SELECT count() FROM bars", database=database) == "1"
    assert text(server, "SELECT count() FROM totals", database=database) == expected


def test_killed_in_mid_insert_and_sent_again(tmp_path: Path) -> None:
    """Acknowledged rows and tokens survive kill -9; the same token and bytes complete what was half done."""
    [port] = free_ports(1)
    process = ClickHouseProcess(tmp_path / "data", port, "tapewire", "secret")
    server = ClickHouseAddress("127.0.0.1", port, "tapewire", "secret")
    environment = os.environ | process.environment()
    create = "CREATE TABLE n (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 1000"
    insert = {"query": "INSERT INTO n FORMAT RowBinary", "insert_deduplication_token": "batch", "async_insert": 0}
    rows = np.arange(12_000_000, dtype="<u8").tobytes()  # written in blocks of about a million

    with running(process.command(), process.is_ready, tmp_path / "log", environment):
        post(server, create)
        post(server, "1\n", query="INSERT INTO n FORMAT CSV", insert_deduplication_token="acknowledged", async_insert=0)
        sender = threading.Thread(target=_send_until_cut, args=(server, rows, insert))
        sender.start()
        deadline = time.monotonic() + 60
        while int(text(server, "SELECT count() FROM n")) <= 1:
            assert time.monotonic() < deadline
    sender.join()
    with running(process.command(), process.is_ready, tmp_path / "log", environment):
        half = int(text(server, "SELECT count() FROM n"))
        assert 1 < half < 12_000_001
        post(server, "1\n", query="INSERT INTO n FORMAT CSV", insert_deduplication_token="acknowledged", async_insert=0)
        post(server, rows, **insert)
        assert text(server, "SELECT count(), sum(n) FROM n") == f"12000001\t{12_000_000 * 11_999_999 // 2 + 1}"
        post(server, rows, **insert)
        assert text(server, "SELECT count() FROM n") == "12000001"


def _send_until_cut(server: ClickHouseAddress, body: bytes, parameters: dict[str, object]) -> None:
    account = {"X-ClickHouse-User": server.user, "X-ClickHouse-Key": server.password}
    values = {key: str(value) for key, value in parameters.items()}
    with pytest.raises(httpx.HTTPError):
        httpx.post(server.url, params=values, content=body, headers=account, timeout=60)


def test_a_client_that_hangs_up_ends_its_query(clickhouse_server: ClickHouseAddress) -> None:
    account = {"X-ClickHouse-User": clickhouse_server.user, "X-ClickHouse-Key": clickhouse_server.password}
    session = {"session_id": uuid.uuid4().hex}
    sql = "SELECT number FROM numbers(100000000000)"
    with httpx.stream("POST", clickhouse_server.url, params=session, content=sql, headers=account) as response:
        next(response.iter_raw())
    deadline = time.monotonic() + 20
    while post(clickhouse_server, "SELECT 1", {"Accept": "*/*"}, **session).status_code != 200:
        assert time.monotonic() < deadline, "the session is still held by the query of a client that is gone"
