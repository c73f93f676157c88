"""stage.decisions and stage.agents: the views that stage.market has written."""

from __future__ import annotations

from benchmarks.stage_tape import Making, StageTape, by_moment, stage_tape
from benchmarks.stage_tapes.market import slice_of


@stage_tape("decisions", needs=("views",))
@stage_tape("agents", needs=("views",))
def readers_of_views(making: Making) -> StageTape:
    _, share, seconds = slice_of(making.scale)
    views = making.written["views"]
    return StageTape({"views": views}, len(views) / seconds / share, "views", by_moment)
