"""REST answers as a whole: their shape, their licence, and that one bad row does not spoil the others."""

from __future__ import annotations

import orjson
import pytest

from infra.errors import Permanent
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Refused
from schemas.records import Licence
from tests.support.unusual_whales import STAMPS, payload
from tests.support.uw_answers import parse, records, row


def test_a_body_that_is_one_bare_row_and_one_that_is_a_bare_list() -> None:
    """The specification shows both."""
    trade = row("option_trades", executed_at="2025-06-20T15:00:00Z")
    assert len(parse("option_contract_id_flow", trade)) == len(parse("option_contract_id_flow", [trade])) == 1
    (refused,) = parse("option_contract_id_flow", {**trade, "price": "-1"})
    assert isinstance(refused, Refused) and refused.error.field_path == "price"


def test_the_licence_is_the_entrys() -> None:
    """X-09"""
    body = row("news_headlines", created_at="2025-06-20T15:00:00Z")
    assert records("news_headlines", body)[0].licence is Licence.INTERNAL
    assert records("news_headlines", body, options={"licence": "REDISTRIBUTABLE"})[0].licence is Licence.REDISTRIBUTABLE
    with pytest.raises(Permanent, match="licence"):
        records("news_headlines", body, options={"licence": "MINE"})


def test_one_bad_row_does_not_spoil_the_others() -> None:
    """ING-46"""
    good, bad = row("oi_per_strike", strike="420"), row("oi_per_strike", strike="0")
    found = parse("oi_per_strike", {"data": [good, bad, good]})
    assert [type(item) for item in found] == [Parsed, Refused, Parsed]
    assert isinstance(found[1], Refused) and found[1].topic == "options.volumes"
    assert found[1].error.field_path == "data[1].strike" and orjson.loads(found[1].value) == bad


def test_endpoints_without_records_are_compared_with_their_model() -> None:
    assert parse("etfs_ticker_info", {"data": row("etfs_ticker_info")}) == []
    renamed = {("assets" if name == "aum" else name): value for name, value in row("etfs_ticker_info").items()}
    (refused,) = parse("etfs_ticker_info", {"data": renamed})
    assert isinstance(refused, Refused) and (refused.topic, refused.error.field_path) == ("raw.payloads", "data.aum")
    assert parse("stock_sector_tickers", {"data": ["XYZ"]}) == []
    (refused,) = parse("stock_sector_tickers", {"data": ["XYZ", 5]})
    assert isinstance(refused, Refused) and refused.error.field_path == "data[1]"


@pytest.mark.parametrize("body", [b"", b"not json", b'"text"', b"5", b"[" * 100_000, b'{"data": 5}', b'{"data": [], "date": "soon"}'])
def test_what_is_no_answer_is_refused_whole(body: bytes) -> None:
    with pytest.raises(Permanent):
        transforms()["uw_oi_per_strike"](payload("oi_per_strike", body), STAMPS, {})


def test_a_number_that_is_not_finite_is_refused_at_its_field() -> None:
    body = orjson.dumps({"data": [row("oi_per_strike", strike=1.25)] * 2}).replace(b"1.25", b"NaN", 1)
    found = transforms()["uw_oi_per_strike"](payload("oi_per_strike", body), STAMPS, {})
    assert isinstance(found[0], Refused) and found[0].error.field_path == "data[0].strike" and b"NaN" in found[0].value
    assert isinstance(found[1], Parsed)


def test_one_odd_row_of_a_checked_answer_is_a_letter_of_its_own_and_an_answer_of_odd_rows_is_one_letter() -> None:
    good = row("shorts_ticker_ftds")
    odd = good | {"quantity": []}
    (refused,) = parse("shorts_ticker_ftds", {"data": [good, odd, good]})
    assert isinstance(refused, Refused) and orjson.loads(refused.value)["quantity"] == []
    (refused,) = parse("shorts_ticker_ftds", {"data": [odd, odd, odd]})
    assert isinstance(refused, Refused) and len(orjson.loads(refused.value)["data"]) == 3
