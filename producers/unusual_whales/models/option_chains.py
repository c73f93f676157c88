"""A chain's row as asked for with `greeks=true`: the specification shows it in a text alone, so this model is written by hand."""

from __future__ import annotations

from producers.unusual_whales.models.field_types import Day, Number, PayloadModel, Text, Time, Whole


class OptionChainsRow(PayloadModel):
    """One contract; strike, expiry and kind stand in its symbol too."""

    delta: Number
    expires: Day = None
    gamma: Number
    implied_volatility: Number
    last_tape_time: Time
    nbbo_ask: Number
    nbbo_bid: Number
    open_interest: Whole
    option_symbol: Text
    option_type: Text = None
    rho: Number
    strike: Number = None
    theta: Number
    vega: Number
    volume: Whole
