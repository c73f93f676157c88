"""Tiles of the live lanes (DSH-01, DSH-02)."""

from dataclasses import replace

from dashboards.rows import LiveSetup, SparkBar, SymbolNow
from dashboards.sparkline import SparkBox, columns, countdown_ring, price_line
from dashboards.tiles import TileContext, resolved_tile, slim_tile, tile
from schemas.records import DepthLabel, Resolution, Session, SetupEvent, SetupOutcome, SetupState, Side

NB = "\u00a0"
SECOND = 1_000_000
NOW = 1_586_965_327 * SECOND
EVENT = SetupEvent(
    event_id="e", setup_id="setup-1", sequence=0, strategy="box-break-retest", symbol="BCRX", side=Side.LONG, state=SetupState.ARMED,
    ts_event=NOW - 60 * SECOND, expires_at=NOW + 2_480 * SECOND, box_id="b", box_resolution=Resolution.M1, box_high=6.42, box_low=6.31,
    trigger_price=6.42, stop_price=6.30, targets=(6.64, 6.86), reward_to_risk=1.83, depth_label=DepthLabel.NONE, reasons=(),
)  # fmt: skip
VIEW = SymbolNow(
    symbol="BCRX", ts_event=NOW, session=Session.REGULAR, last_price=6.38, last_trade_age_seconds=1.0, bid_price=6.37, bid_size=100.0, ask_price=6.39,
    ask_size=100.0, quote_age_seconds=0.4, spread_bps=31.0, day_open=6.0, day_high=6.5, day_low=5.9, day_volume=1e6, session_vwap=6.2,
    vwap_distance_bps=290.0, flags=(),
)  # fmt: skip
BARS = tuple(SparkBar(NOW - minute * 60 * SECOND, NOW - (minute - 1) * 60 * SECOND, 6.40, 6.33, 6.36) for minute in range(30, 0, -1))
CONTEXT = TileContext(NOW, VIEW, BARS, SparkBox(NOW - 1_200 * SECOND, NOW, 6.42, 6.31), flash=False)


def test_the_countdown_is_what_the_event_says_is_left_in_market_time() -> None:
    setup = LiveSetup(EVENT, EVENT.ts_event, EVENT.ts_event, EVENT.stop_price)
    assert "41:20" in tile(setup, CONTEXT)
    assert "41:20" in slim_tile(setup, CONTEXT)
    assert ">due<" in tile(setup, replace(CONTEXT, now_us=EVENT.expires_at + SECOND))


def test_a_tile_answers_what_where_how_far_and_what_it_risks() -> None:
    html = tile(LiveSetup(EVENT, EVENT.ts_event, EVENT.ts_event, EVENT.stop_price), CONTEXT)
    for words in ("▲", "BCRX", "Box break retest", "6.38", "→ break 6.42", f"+0.63{NB}%", "R:R <b>1.8", "stop <b>6.30", "T1 <b>6.64", "no depth"):
        assert words in html
    assert 'href="symbol?symbol=BCRX"' in html
    assert "<rect" in html, "the box is drawn into the sparkline"


def test_an_active_setup_shows_what_it_makes() -> None:
    active = replace(EVENT, state=SetupState.ACTIVE, previous_state=SetupState.PRIMED, entry_price=6.40)
    html = tile(LiveSetup(active, active.ts_event, active.ts_event, active.stop_price), replace(CONTEXT, symbol_now=replace(VIEW, last_price=6.55)))
    assert f"+1.5{NB}R" in html
    assert "from 6.40" in html


def test_what_it_makes_is_measured_on_the_first_risk_also_after_the_stop_moved_to_the_entry() -> None:
    moved = replace(EVENT, state=SetupState.ACTIVE, previous_state=SetupState.ACTIVE, entry_price=6.40, stop_price=6.40, targets_reached=1)
    html = tile(LiveSetup(moved, moved.ts_event, moved.ts_event, 6.30), replace(CONTEXT, symbol_now=replace(VIEW, last_price=6.70)))
    assert f"+3.0{NB}R" in html
    assert "✓1" in html
    assert "T2 <b>6.86" in html


def test_a_short_setup_gains_when_the_price_falls() -> None:
    short = replace(EVENT, side=Side.SHORT, state=SetupState.ACTIVE, entry_price=6.30, trigger_price=6.31, stop_price=6.43, targets=(6.09,))
    html = tile(LiveSetup(short, short.ts_event, short.ts_event, short.stop_price), replace(CONTEXT, symbol_now=replace(VIEW, last_price=6.17)))
    assert "▼" in html
    assert f"+1.0{NB}R" in html


def test_a_missing_price_is_a_dash_with_its_reason() -> None:
    blind = replace(CONTEXT, symbol_now=replace(VIEW, last_price=None, flags=("feed_down",)))
    html = tile(LiveSetup(EVENT, EVENT.ts_event, EVENT.ts_event, EVENT.stop_price), blind)
    assert 'title="the feed is down">–' in html
    assert "None" not in html


def test_only_a_tile_that_changed_flashes() -> None:
    setup = LiveSetup(EVENT, EVENT.ts_event, EVENT.ts_event, EVENT.stop_price)
    assert "tw-flash" not in tile(setup, CONTEXT)
    assert "tw-flash" in tile(setup, replace(CONTEXT, flash=True))


def test_text_from_outside_is_escaped() -> None:
    html = tile(LiveSetup(replace(EVENT, symbol="<b>X", strategy='"><script>'), 0, 0, 6.3), CONTEXT)
    assert "<script>" not in html
    assert "&lt;b&gt;X" in html


def test_a_resolved_setup_says_how_and_what_it_made() -> None:
    over = replace(EVENT, state=SetupState.RESOLVED, outcome=SetupOutcome.STOP, exit_price=6.30, result_r=-1.0)
    html = resolved_tile(LiveSetup(over, NOW, NOW, 6.3), flash=False)
    assert "stop touched at 6.30" in html
    assert f"−1.0{NB}R" in html


def test_the_ring_shows_the_share_that_is_left() -> None:
    assert 'stroke-dashoffset="0.00"' in countdown_ring(60, 60)
    assert 'stroke-dashoffset="43.98"' in countdown_ring(0, 60), "empty: the whole circumference of radius 7"
    assert 'stroke-dashoffset="43.98"' in countdown_ring(-5, 60)
    assert "#f5b83d" in countdown_ring(10, 60), "the last fifth is amber"


def test_drawings_survive_without_data() -> None:
    assert "polyline" not in price_line((), now_us=NOW, last_price=None, box=None, trigger=1.0, stop=0.9, targets=())
    assert "rect" not in columns([None, None])
    assert columns([1.0, None, -1.0]).count("<rect") == 2
