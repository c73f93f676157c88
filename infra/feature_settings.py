"""Settings of the optional feature groups: what of them runs, and over how many bars and days they look (BAR-12)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.settings_section import PositiveInt, Section


class FeatureSettings(Section):
    bars: bool = Field(True, description="Features and boxes of bars. Off: bars are built, and nothing is computed from them or written.")
    channel_bars: PositiveInt = Field(20, description="Bars of the Donchian channel.")
    z_score_bars: Annotated[int, Field(ge=2)] = Field(20, description="Closes of the z-score.")
    volume_days: Annotated[int, Field(ge=1, le=255)] = Field(20, description="Days in the usual volume of a time of day.")
    least_volume_days: Annotated[int, Field(ge=1, le=255)] = Field(5, description="It is not told before so many.")
