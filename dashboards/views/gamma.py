"""Gamma: the profile over prices with flip and walls, strike by expiry, the dealer models side by side, the vendor's value beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

import streamlit as st

from dashboards.charts import CHART_OPTIONS
from dashboards.desk import Desk
from dashboards.formats import MISSING, age, count, exchange_time, freshness, or_reason, percent, price, quantity, seconds_between
from dashboards.gamma_charts import MODEL_NAMES, GammaChart, Smile, heat_map, profile_chart, smile_chart
from dashboards.gamma_queries import gamma_scores, gamma_symbols, newest_profile
from dashboards.guard import refreshing
from dashboards.markup import direction_tone, empty_state, figure, figures, heading, show, table, toned
from dashboards.page import page
from infra.number_formats import with_sign
from schemas.records import AlertLevel, DealerModel, GammaProfile, GammaScore

_PROFILE_HEIGHT, _HEAT_HEIGHT, _SMILE_HEIGHT = 420, 340, 280
_AGE_LIMIT_SECONDS = 90.0
_EPOCH = date(1970, 1, 1)
_FLAGS = {
    "stale_spot": "the price is old", "stale_chain": "the chain is old", "no_flow": "no signed trades yet",
    "no_opened": "no change of open interest seen yet", "stale_vendor": "the vendor's total is old", "no_vendor": "no vendor's total came",
    "vendor_drift": "ours and the vendor's total part", "skew_shift": "the skew has left its habit",
    "chain_cut": "only the nearest expiries are kept", "no_spot": "no price of the underlying came",
    "index_gap_vendor": "the gap to the volatility index is to a vendor's volatility, not ours",
}  # fmt: skip
_SHORT_NAMES = {DealerModel.NAIVE: "Naive", DealerModel.FLOW: "Trades", DealerModel.OPENED: "Open interest"}
_WHY_NO_MODEL = {DealerModel.FLOW: "no trade of this chain was signed yet", DealerModel.OPENED: "no change of open interest was seen yet"}


@page(title="Gamma", icon=":material/ssid_chart:", order=30)
def gamma(desk: Desk) -> None:
    """Draw the page of the underlying that ``?symbol=`` names, else of the first that has a profile."""
    known = gamma_symbols(desk.history, desk.now_us)
    asked = st.query_params.get("symbol", "").upper()
    choices = list(known) if not asked or asked in known else [asked, *known]
    if not choices:
        show(
            empty_state(
                "No gamma profile in the last day",
                "One appears a minute after an option chain with open interest came: stage.gamma must run, and a feed with chains.",
                "tapewire up (with Unusual Whales or Polygon options), or tapewire demo",
            )
        )
        return
    left, _ = st.columns([1.3, 7], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox("Underlying", choices, index=choices.index(asked) if asked else 0, label_visibility="collapsed", key=f"gamma_{asked}")
    if chosen != asked:
        st.query_params["symbol"] = chosen
    refreshing(desk.settings.dashboard.slow_refresh_seconds, lambda: _gamma(desk, chosen))


def _gamma(desk: Desk, name: str) -> None:
    profile = newest_profile(desk.history, name, desk.now_us)
    if profile is None:
        show(empty_state(f"No gamma profile of {name} in the last day", "No feed asks for its option chain, or stage.gamma is off.", "tapewire up"))
        return
    show(_headline(desk, profile))
    if profile.spot is None:
        show(empty_state(f"The chain of {name} is here, its price is not", "Totals need the underlying's price."))
        return
    chart = chart_of(profile, profile.spot)
    left, right = st.columns([2.4, 1], gap="small")
    with left:
        show(heading("Total gamma over the price", "if it moved there now, volatilities as they are"))
        st.plotly_chart(profile_chart(chart, height=_PROFILE_HEIGHT), theme=None, config=CHART_OPTIONS, key=f"profile_{name}")
        show(heading("Gamma by strike and expiry", "naive model; colours by square root"))
        st.plotly_chart(heat_map(chart, height=_HEAT_HEIGHT), theme=None, config=CHART_OPTIONS, key=f"heat_{name}")
        show(heading("Implied volatility by strike and expiry", "puts below the price, calls above"))
        if smiles := smiles_of(profile):
            st.plotly_chart(smile_chart(smiles, height=_SMILE_HEIGHT), theme=None, config=CHART_OPTIONS, key=f"smile_{name}")
        else:
            show(empty_state("No volatility around the price", "The chain has none, or it came before the surface was kept."))
    with right:
        show(_models(profile))
        show(_vendor(profile))
        show(_options(profile))
        show(_scorecard(gamma_scores(desk.history, name, desk.now_us)))
        show(_contracts(profile))


def chart_of(profile: GammaProfile, spot: float) -> GammaChart:
    """Return what the charts show of a profile."""
    profiles = {"NAIVE": profile.grid_naive, "FLOW": profile.grid_flow, "OPENED": profile.grid_opened}
    width = len(profile.strikes)
    return GammaChart(
        symbol=profile.symbol, spot=spot, grid=profile.grid_prices, profiles={name: values for name, values in profiles.items() if values},
        flip=profile.flip_price, call_wall=profile.call_wall, put_wall=profile.put_wall, strikes=profile.strikes,
        expiries=[_EPOCH + timedelta(days=day) for day in profile.expiries],
        matrix=[profile.matrix_gamma[row * width : (row + 1) * width] for row in range(len(profile.expiries))],
    )  # fmt: skip


def smiles_of(profile: GammaProfile) -> list[Smile]:
    """Return the profile's surface by expiry; an expiry with one point has no smile."""
    rows: dict[int, list[tuple[float, float]]] = {}
    for day, moneyness, volatility in zip(profile.surface_expiries, profile.surface_moneyness, profile.surface_volatility, strict=True):
        rows.setdefault(day, []).append((moneyness, volatility))
    points = {day: list(zip(*row, strict=True)) for day, row in sorted(rows.items()) if len(row) > 1}
    return [Smile(_EPOCH + timedelta(days=day), moneyness, volatility) for day, (moneyness, volatility) in points.items()]


def signed_usd(value: float | None) -> str:
    """Write US dollars with a sign, ``+1.2 B``."""
    return MISSING if value is None else with_sign(value, quantity(abs(value)))


def _headline(desk: Desk, profile: GammaProfile) -> str:
    why = "no price of the underlying yet"
    behind = desk.clock.real_seconds(seconds_between(profile.ts_event, desk.now_us))
    distance = profile.max_gamma_distance_pct
    move = MISSING if profile.move_tomorrow_usd is None else f"±{price(profile.move_tomorrow_usd)}"
    at = " ◎" if profile.at_max_gamma else ""
    return figures(
        [
            figure(profile.symbol, or_reason(price(profile.spot), why), title=f"profile of {exchange_time(profile.ts_event, zone=True)}"),
            figure("gamma, USD per 1 %", or_reason(signed_usd(profile.gamma_usd_per_1pct), why), tone=direction_tone(profile.gamma_usd_per_1pct)),
            figure("flip", or_reason(price(profile.flip_price), "the profile crosses zero nowhere near")),
            figure("put wall", or_reason(price(profile.put_wall), "no strike is net short")),
            figure("call wall", or_reason(price(profile.call_wall), "no strike is net long")),
            figure(f"from most gamma {price(profile.max_gamma_strike)}{at}", or_reason(percent(distance), why), title="◎: within 0.1 %"),
            figure("max pain", or_reason(price(profile.max_pain), "nobody holds the nearest expiry")),
            figure("move tomorrow", or_reason(move, why), title="one standard deviation, USD"),
            figure("age", age(behind), tone=f"tw-{freshness(behind, _AGE_LIMIT_SECONDS)}", title="real seconds since this profile, limit 90 s"),
        ]
    )


def _models(profile: GammaProfile) -> str:
    says = {
        DealerModel.NAIVE: (profile.gamma_usd_per_1pct, profile.flip_price, profile.put_wall, profile.call_wall),
        DealerModel.FLOW: (profile.flow_gamma_usd_per_1pct, profile.flow_flip_price, profile.flow_put_wall, profile.flow_call_wall),
        DealerModel.OPENED: (profile.opened_gamma_usd_per_1pct, profile.opened_flip_price, profile.opened_put_wall, profile.opened_call_wall),
    }
    rows = []
    for model, (total, *levels) in says.items():
        why = _WHY_NO_MODEL.get(model, "") if total is None else "none near"
        rows.append(
            (
                escape(MODEL_NAMES[model.value]), toned(signed_usd(total), direction_tone(total), why),
                *(or_reason(price(level), why) for level in levels),
            )
        )  # fmt: skip
    unsigned = profile.unsigned_share
    remark = "" if unsigned is None else f"{unsigned:.0%} of contracts traded have no side"
    return heading("Dealer models", remark) + _panel(table(("", "USD per 1 %", "Flip", "Put wall", "Call wall"), rows, numbers=(1, 2, 3, 4)))


def _vendor(profile: GammaProfile) -> str:
    why = "no vendor's total came" if profile.vendor_gamma_usd_per_1pct is None else "the vendor's total is too old to compare"
    drift = None if profile.vendor_drift is None else profile.vendor_drift * 100
    word = {AlertLevel.CLEARED: "tolerated", AlertLevel.WARN: "look at it", AlertLevel.BLOCK: "do not act on it"}[profile.drift_level]
    tone = "" if profile.drift_level is AlertLevel.CLEARED else "tw-stale"
    shown = or_reason(MISSING, why) if drift is None else toned(f"{percent(drift)} · {word}", tone, "of the gross")
    rows = [
        ("Ours, naive", or_reason(signed_usd(profile.gamma_usd_per_1pct), ""), ""),
        ("Vendor", or_reason(signed_usd(profile.vendor_gamma_usd_per_1pct), why), age(profile.vendor_age_seconds)),
        ("Drift, of the gross", shown, or_reason(quantity(profile.gross_gamma_usd_per_1pct), "")),
    ]
    return heading("Vendor beside ours", "USD per 1 %") + _panel(table(("", "", "age · gross"), rows, numbers=(1, 2)))


def _options(profile: GammaProfile) -> str:
    warming = "needs 20 sessions"
    allowed = {None: "", True: "options may be bought", False: "dear: above 80"}[profile.iv_allows_buying]
    rank, skew, shift = profile.iv_rank, profile.skew, profile.skew_shift_sd
    month = None if profile.volatility_30d is None else profile.volatility_30d * 100
    rows = [
        ("Delta exposure", or_reason(signed_usd(profile.delta_usd), ""), "USD"),
        ("Vanna", or_reason(signed_usd(profile.vanna_usd_per_vol_point), ""), "USD a volatility point"),
        ("Charm", or_reason(signed_usd(profile.charm_usd_per_day), ""), "USD a day"),
        ("Volatility 30 days", or_reason(MISSING if month is None else f"{month:.1f}", "no expiries around the money"), "% a year"),
        ("IV rank", or_reason(MISSING if rank is None else f"{rank:.0f}", warming), allowed),
        ("Skew", or_reason(MISSING if skew is None else f"{skew * 100:+.1f}", "the chain does not reach a delta of 0.25"), "points, put − call"),
        ("Skew shift", or_reason(MISSING if shift is None else f"{shift:+.1f}", warming), "sd of 20 sessions"),
        _index_gap(profile),
        ("Pin zone", f"{price(profile.pin_low)} to {price(profile.pin_high)}", "USD"),
    ]
    return heading("Exposures and volatility") + _panel(table(("", "", ""), rows, numbers=(1,)))


def _index_gap(profile: GammaProfile) -> tuple[str, str, str]:
    """Say how far the index of volatility stood above the volatility at the money at the close of its session."""
    why = "no index of its volatility came" if profile.volatility_index is None else "the volatility of that session is not known"
    gap = MISSING if profile.volatility_index_gap is None else f"{profile.volatility_index_gap:+.1f}"
    if profile.volatility_index is None or profile.volatility_index_session is None:
        return ("Index − at the money", or_reason(gap, why), "points")
    day = _EPOCH + timedelta(days=profile.volatility_index_session)
    whose = ", a vendor's" if "index_gap_vendor" in profile.flags else ""
    return ("Index − at the money", or_reason(gap, why), f"points; {profile.volatility_index:.1f} on {day:%d %b}{whose}")


def _scorecard(scores: Sequence[GammaScore]) -> str:
    if not scores:
        why = "Nothing yet: what the models say at a close is judged when the next session is over."
        return heading("Scorecard") + f'<div class="tw-rest">{why}</div>'
    rows = []
    for model in DealerModel:
        mine = [score for score in scores if score.model is model]
        if mine:
            verdicts = [[score.calm_was_right for score in mine], [score.walls_held for score in mine], [score.flip_side_held for score in mine]]
            rows.append((_SHORT_NAMES[model], count(len(mine)), *(_share(verdict) for verdict in verdicts)))
    return heading("Scorecard", "what was said at the close, by the next session") + _panel(
        table(("", "Sessions", "Calm or wild", "Walls held", "Flip side held"), rows, numbers=(1, 2, 3, 4))
    )


def _share(verdicts: Sequence[bool | None]) -> str:
    told = [verdict for verdict in verdicts if verdict is not None]
    return f"{sum(told) / len(told):.0%}" if told else or_reason(MISSING, "nothing that can be judged")


def _contracts(profile: GammaProfile) -> str:
    words = [_FLAGS.get(flag, flag) for flag in profile.flags]
    left_out = (
        f"{count(profile.contracts_expired)} expired, {count(profile.contracts_without_volatility)} without volatility, "
        f"{count(profile.contracts_without_open_interest)} without open interest, {count(profile.contracts_empty)} that nobody holds"
    )
    lines = [f"{count(profile.contracts_used)} contracts; left out {left_out}", f"chain {age(profile.chain_age_seconds)} old", *words]
    said = "".join(f'<div class="tw-muted">· {escape(line)}</div>' for line in lines)
    return heading("What it is made of", profile.day_count) + _panel(said)


def _panel(html: str) -> str:
    return f'<div class="tw-panel">{html}</div>'
