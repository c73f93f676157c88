"""Settings of the market view."""

from __future__ import annotations

from pydantic import Field

from infra.settings_section import Positive, Section


class ViewSettings(Section):
    """How long derived numbers stay in a symbol's view."""

    depth_life_seconds: Positive = Field(10.0, description="Order book numbers older than this are withheld from views; books come every 2 s.")
    gamma_life_seconds: Positive = Field(180.0, description="The same for dealers' gamma, which comes each minute.")
    flow_life_seconds: Positive = Field(300.0, description="The same for flow, which comes each minute while there is any.")
    regime_life_seconds: Positive = Field(300.0, description="The same for regimes, which come with each minute that trades.")
