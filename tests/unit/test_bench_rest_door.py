"""What the benchmark of a REST day counts: each request by what it asks for, made-up calls and further pages apart (issue 5 §6.3)."""

from __future__ import annotations

from collections import Counter

from benchmarks.rest_door import Request, Turning
from producers.rest_catalog.catalog_file import CatalogFile
from producers.rest_catalog.schedule import lines
from producers.rest_catalog.unusual_whales import CATALOG
from tests.support.rest_catalogs import WEDNESDAY, at, catalog, entry

PAGED = {"time": "at", "newer_than": "newer_than", "older_than": "older_than", "page_rows": 500, "pages": 4}


def test_a_fixed_path_is_not_that_of_a_ticker() -> None:
    """`/darkpool/recent` counted as `/darkpool/{ticker}` made 496 calls of the 372 that were planned."""
    of = catalog(entry("ticker", path="/darkpool/{ticker}", symbols=["SPY"]), entry("recent", path="/darkpool/recent"))
    turning = Turning(of)
    planned = {turning.planned(line): line.endpoint.id for line in lines(of, WEDNESDAY)}
    assert planned == {Request("/darkpool/SPY", ()): "ticker", Request("/darkpool/recent", ()): "recent"}


def test_pages_and_cursors_ask_for_the_same() -> None:
    numbered = {"page": "page", "page_rows": 5, "pages": 2, "first_page": 1}
    of = catalog(entry("prints", params={"limit": 500}, rows=PAGED), entry("rows", rows=numbered))
    turning = Turning(of)
    prints, rows = (turning.planned(line) for line in lines(of, WEDNESDAY))
    assert turning.read("/prints", [("newer_than", "2026-11-18T15:00:00Z"), ("limit", "500")]) == (prints, True)
    assert turning.read("/prints", [("limit", "500"), ("older_than", "2026-11-18T15:00:00Z")]) == (prints, False)
    assert turning.read("/rows", [("page", "1")]) == (rows, True) and turning.read("/rows", [("page", "2")]) == (rows, False)
    assert turning.read("/prints", [("limit", "200")])[0] != prints


def test_every_line_of_the_product_asks_for_something_of_its_own() -> None:
    accepted = CatalogFile(CATALOG, ("SPY", "QQQ", "IWM")).read(at("12:00"))
    turning = Turning(accepted.catalog)
    assert set(Counter(turning.planned(line) for line in lines(accepted.catalog, WEDNESDAY)).values()) == {1}
