"""Numbers and times as people read them."""

from datetime import UTC, datetime

import pytest

from dashboards import formats
from infra.clock import to_microseconds

NB = "\u00a0"
WEDNESDAY = to_microseconds(datetime(2020, 4, 15, 14, 42, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "written"),
    [(6.42, "6.42"), (1234.5, "1,234.50"), (0.3544, "0.3544"), (-2.1, "−2.10"), (1.0, "1.00"), (0.99999, "1.0000"), (None, "–")],
)
def test_prices_at_tick_precision(value: float | None, written: str) -> None:
    assert formats.price(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.24, f"+1.24{NB}%"), (-0.5, f"−0.50{NB}%"), (0.0, f"0.00{NB}%"), (-0.001, f"0.00{NB}%"), (None, "–")],
)
def test_percentages_carry_their_sign_and_a_rounded_zero_has_none(value: float | None, written: str) -> None:
    assert formats.percent(value) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0, "0"), (9_850, "9,850"), (12_400, f"12.4{NB}K"), (1_230_000, f"1.2{NB}M"), (3.4e9, f"3.4{NB}B"), (None, "–")]
)
def test_big_quantities_are_short(value: float | None, written: str) -> None:
    assert formats.quantity(value) == written


def test_basis_points_ratios_and_multiples() -> None:
    assert formats.basis_points(84.3) == f"84{NB}bps"
    assert formats.basis_points(4.26) == f"4.3{NB}bps"
    assert formats.signed_basis_points(-118.0) == "−118"
    assert formats.ratio(2.58) == "2.6"
    assert formats.risk_multiple(1.87) == f"+1.9{NB}R"
    assert formats.risk_multiple(-1) == f"−1.0{NB}R"


def test_times_are_new_york_with_its_zone() -> None:
    assert formats.exchange_time(WEDNESDAY) == "10:42:07"
    assert formats.exchange_time(WEDNESDAY, zone=True) == f"10:42:07{NB}ET"
    assert formats.exchange_date(WEDNESDAY) == "Wed 15 Apr 2020"
    assert formats.exchange_time(None) == "–"


@pytest.mark.parametrize(("seconds", "written"), [(2480, "41:20"), (3730, "1:02:10"), (9.9, "0:09"), (-3, "0:00")])
def test_countdowns_never_fall_below_zero(seconds: float, written: str) -> None:
    assert formats.countdown(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.84, f"0.8{NB}s"), (94, f"94{NB}s"), (720, f"12{NB}min"), (11_520, f"3.2{NB}h"), (432_000, f"5{NB}d"), (-1, f"0.0{NB}s"), (None, "–")],
)
def test_ages(seconds: float | None, written: str) -> None:
    assert formats.age(seconds) == written


@pytest.mark.parametrize(("seconds", "judged"), [(4.9, "fresh"), (5.0, "ageing"), (9.99, "ageing"), (10.0, "stale")])
def test_an_age_turns_amber_at_half_of_its_limit_and_coral_at_it(seconds: float, judged: str) -> None:
    assert formats.freshness(seconds, 10.0) == judged


def test_a_missing_value_is_a_dash_that_says_why() -> None:
    html = formats.or_reason(formats.price(None), 'no "fresh" quote')
    assert html == '<span class="tw-none" title="no &quot;fresh&quot; quote">–</span>'
    assert formats.or_reason("6.42", "unused") == "6.42"


@pytest.mark.parametrize(("size", "written"), [(512, f"512{NB}B"), (3_444, f"3.4{NB}KB"), (81_300, f"81{NB}KB"), (1_234_567_890, f"1.2{NB}GB")])
def test_data_sizes(size: int, written: str) -> None:
    assert formats.data_size(size) == written
