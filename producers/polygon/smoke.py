"""Polygon's live call: a daily bar of the past, which every plan has."""

from __future__ import annotations

from infra.settings import Settings
from producers.smoke import SmokeCall, smoke


@smoke("polygon")
def polygon(settings: Settings) -> SmokeCall | str:
    """{"ticker":"SPY","results":[{"v":59278900,"vw":593.7,"o":592.3,"c":594.1,"h":595.2,"l":591.0,"t":1748923200000,"n":512001}],"status":"OK"}"""
    key = settings.polygon.api_key.get_secret_value()
    if not key:
        return "no key: set TAPEWIRE_POLYGON__API_KEY"
    fields = ("status", *(f"results[].{name}" for name in "vohlct"))
    path = "/v2/aggs/ticker/SPY/range/1/day/2025-06-02/2025-06-06"
    return SmokeCall(settings.polygon.rest_url, path, fields, {"Authorization": f"Bearer {key}"})
