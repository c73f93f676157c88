"""BOX-08, BOX-15, DEP-03: the order book confirms, blocks or is not asked, and every alert says which."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.plays_settings import SetupSettings
from schemas.records import DepthLabel, DepthMode, DepthView, LiquidityGrade, MarketView, SetupEvent, SignalRefusal
from tests.support.market_replay import OPEN
from tests.unit.test_box_setups import gates, mirror, path, primed, retest, walk


def book(imbalance: float | None = None, grade: LiquidityGrade | None = None, mode: DepthMode = DepthMode.LIVE) -> DepthView:
    return DepthView(ts_event=OPEN, mode=mode, imbalance_3s=imbalance, grade=grade)


def with_book(*depth: DepthView | None) -> list[MarketView]:
    """A life up to its trigger; the last views have these books, the ones before them the first."""
    views = [*primed(), *retest()]
    held = [depth[0]] * (len(views) - len(depth)) + list(depth)
    return [replace(item, depth=one) for item, one in zip(views, held, strict=True)]


@pytest.mark.parametrize("imbalance", [-0.2, 0.0, 0.15, 0.9])
def test_a_supportive_or_balanced_book_lets_the_trigger_pass(imbalance: float) -> None:
    told = walk(with_book(book(imbalance)))
    assert path(told) == ["ARMED", "PRIMED", "ACTIVE"] and gates(told) == []


def test_an_opposite_imbalance_blocks_until_it_turns() -> None:
    """BOX-08."""
    blocked = with_book(book(-0.6))
    told = walk(blocked)
    assert path(told) == ["ARMED", "PRIMED"] and gates(told) == ["DEPTH_OPPOSES"]
    (refusal,) = [item for item in told if isinstance(item, SignalRefusal)]
    assert (refusal.value, refusal.limit, refusal.shortfall, refusal.near_miss) == (0.6, 0.2, pytest.approx(0.4), False)
    last = blocked[-1]
    again = [replace(last, ts_event=last.ts_event + second * 1_000_000) for second in (1, 2)]
    assert gates(walk([*blocked, *again])) == ["DEPTH_OPPOSES"], "told once a retest"
    turned = replace(last, ts_event=last.ts_event + 3_000_000, depth=book(0.1))
    assert path(walk([*blocked, *again, turned])) == ["ARMED", "PRIMED", "ACTIVE"]


def test_the_short_side_is_opposed_by_a_book_that_bids() -> None:
    bids = [replace(mirror(item), depth=book(0.6)) for item in [*primed(), *retest()]]
    asks = [replace(item, depth=book(-0.6)) for item in bids]
    assert gates(walk(bids)) == ["DEPTH_OPPOSES"] and path(walk(asks)) == ["ARMED", "PRIMED", "ACTIVE"]


@pytest.mark.parametrize("depth", [None, book(None), book(-0.9, mode=DepthMode.DELAYED)], ids=["no book", "no snapshot", "delayed"])
def test_without_a_book_of_now_candles_alone_decide(depth: DepthView | None) -> None:
    assert path(walk(with_book(depth))) == ["ARMED", "PRIMED", "ACTIVE"]


def test_a_setup_goes_on_by_candles_when_depth_is_unplugged() -> None:
    """IBK-34: a book that would block is taken away in the middle of a life; the trigger comes, and the events say which had one."""
    *before, last = with_book(book(-0.6))
    unplugged = [replace(last, ts_event=last.ts_event + second * 1_000_000, depth=None, missing=("stale_depth",)) for second in (1, 2)]
    told = walk([*before, last, *unplugged])
    assert path(told) == ["ARMED", "PRIMED", "ACTIVE"] and gates(told) == ["DEPTH_OPPOSES"]
    labels = [item.depth_label for item in told if isinstance(item, SetupEvent)]
    assert labels == [DepthLabel.LIVE, DepthLabel.LIVE, DepthLabel.NONE]


@pytest.mark.parametrize(("grade", "passes"), [("A", True), ("B", True), ("C", False), ("D", False)])
def test_the_grade_must_be_b_or_better(grade: str, passes: bool) -> None:
    """DEP-03."""
    told = walk(with_book(book(0.3, LiquidityGrade(grade))))
    assert path(told)[2:] == (["ACTIVE"] if passes else [])
    assert gates(told) == ([] if passes else ["LIQUIDITY_GRADE"])


def test_the_grade_holds_without_an_imbalance_and_its_floor_is_a_setting() -> None:
    views = with_book(book(None, LiquidityGrade.C))
    assert gates(walk(views)) == ["LIQUIDITY_GRADE"]
    assert path(walk(views, SetupSettings(minimum_grade="C"))) == ["ARMED", "PRIMED", "ACTIVE"]


@pytest.mark.parametrize(
    ("depth", "label"),
    [
        (None, DepthLabel.NONE), (book(None), DepthLabel.NONE), (book(0.1), DepthLabel.LIVE),
        (book(0.1, mode=DepthMode.DEMO), DepthLabel.DEMO), (book(0.1, mode=DepthMode.DELAYED), DepthLabel.DELAYED),
    ],
)  # fmt: skip
def test_every_alert_carries_the_label_of_its_book(depth: DepthView | None, label: DepthLabel) -> None:
    """BOX-15."""
    events: list[Any] = [item for item in walk(with_book(depth)) if isinstance(item, SetupEvent)]
    assert len(events) == 3 and {item.depth_label for item in events} == {label}
