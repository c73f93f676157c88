"""Registers the stages as units."""

from __future__ import annotations

from infra.unit import Run, UnitContext, unit
from processors.stage_spec import StageSpec
from processors.stages import STAGES


def _runner(spec: StageSpec) -> Run:
    async def run(context: UnitContext) -> None:
        from processors.stage import run_stage  # Faust's imports take half a second: only where a stage runs

        await run_stage(spec, context)

    return run


for _spec in STAGES.values():
    unit(
        name=_spec.unit, kind="stage", reads=_spec.reads, writes=_spec.outputs, summary=f"Folds {', '.join(_spec.reads)}."
    )(_runner(_spec))
