"""Registers the stages as units."""

from __future__ import annotations

from infra.unit import Run, UnitContext, unit
from processors.reference.topics import READS, WRITES
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


@unit(name="stage.reference", kind="stage", reads=READS, writes=WRITES, summary="Merges the vendors' calendars and keeps the day's watchlists.")
async def reference(context: UnitContext) -> None:
    """Keep the reference topics right."""
    from processors.reference.unit import run_reference  # pydantic models and clients: only where it runs

    await run_reference(context)


@unit(
    name="stage.divergence", kind="stage", reads=("options.contracts",), writes=("ops.alerts",),
    summary="Compares what two sources say of the same thing, e.g. Unusual Whales' and the broker's option bids.",
)  # fmt: skip
async def divergence(context: UnitContext) -> None:
    """Compare by the pairs of the settings."""
    from processors.divergence import run_divergence

    await run_divergence(context)


@unit(
    name="stage.macro_gauges", kind="stage", reads=("broker.quotes",), writes=("derived.macro-gauges",),
    summary="Yields, the dollar's strength and volatility's basis out of the broker's quotes of futures.",
)  # fmt: skip
async def macro_gauges(context: UnitContext) -> None:
    """Tell the gauges as quotes come."""
    from processors.macro_gauges import run_macro_gauges

    await run_macro_gauges(context)


@unit(
    name="stage.symbol_events", kind="stage", reads=("reference.congress-trades", "news.headlines"), writes=("derived.symbol-events",),
    summary="Puts trades of congress and headlines under the symbols they concern.",
)  # fmt: skip
async def symbol_events(context: UnitContext) -> None:
    """Follow disclosures and news."""
    from processors.symbol_events import run_symbol_events

    await run_symbol_events(context)
