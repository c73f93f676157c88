"""Every event name that a process logs, with its meaning; where it is logged and with which values is read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.logging_setup import LIBRARY_EVENT

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "log-events.md"
PACKAGES = ("schemas", "infra", "producers", "processors", "sinks", "dashboards")
_LEVELS = ("info", "warning", "error", "exception", "critical")
_LOGGERS = ("log", "_log")

MEANINGS: Mapping[str, str] = {
    "alert_budget": "People want another budget of alerts a day, or that of the settings again; it holds at once.",
    "alert_released": "A delayed alert is on its public topic.",
    "backfill_incomplete": "Option trades that the stream missed could not all be fetched over REST; the stream goes on.",
    "batch_rebuilt": "A predecessor had noted this range before it died: the same rows are inserted again under the same name.",
    "broker_does_not_answer": "The end of a partition could not be asked for; nothing is judged meanwhile.",
    "book_resubscribed": "A book of Interactive Brokers could not be trusted (updates did not fit, or it stayed crossed): subscribed to again.",
    "calendar_unknown": "The economic calendar could not be read; the windows known before hold.",
    "channel_away": "The platform does not let us log in; tried again.",
    "channel_off": "The channel has no credentials and stays idle.",
    "channel_refused": "The vendor does not give us this WebSocket channel: our plan does not cover it, or there is none; the others go on.",
    "clock_check_failed": "The clocks could not be compared; the last result stands.",
    "clock_skew": "Our clock differs too much from the broker's: nothing is fanned out or released until it does not.",
    "commit_failed": "Offsets were not committed; a later commit covers them, repeats are recognised.",
    "consumer_error": "A Kafka consumer met an error that passes.",
    "dead_letter": "A record could not be used and was put aside.",
    "decision_sent": "A strategy's signal, or a step of a setup, is on its way to its topic; after a crash perhaps once more.",
    "delivery_expired": "A message was not sent: too late, or the subscription changed.",
    "delivery_refused": "The platform will never take this message; it is a dead letter.",
    "delivery_sent": "The platform has the message, the receipt is on its topic.",
    "delivery_waits": "The platform is busy or away; the message is tried again in its place.",
    "drain_budget_exceeded": "Units did not end within the budget after SIGTERM; the process leaves without a commit.",
    "feed_bad": "What a connected feed brings is not to be trusted now: its heartbeats say why, and decisions that need it are withheld.",
    "feed_good": "It is to be trusted again.",
    "feed_command": "People want fewer calls of a feed or an endpoint, none, or all again; it holds at once.",
    "feed_down": "The connection to the vendor ended or failed; tried again.",
    "feed_leads": "Of the processes that run this feed, this one works from now on.",
    "feed_leads_no_more": "The lease of this process is over: it stands by, another one may have taken over.",
    "feed_live": "The feed has caught up and follows the stream.",
    "feed_unavailable": "The feed has no key or no symbols and stays idle.",
    "fetch_connection_lost": "The connection to a broker ended, or gave no answer; the cluster is asked anew who leads the partitions.",
    "incident_committed": "A simulated vendor does wrong what the script of incidents says.",
    "incident_unknown": "The script of incidents asks a simulated vendor for something it cannot do; the others go on.",
    "fetch_refused": "A broker does not give records of a partition: it leads it no more, or what is wanted has expired.",
    "gap_mended": "Prints that were missing between two of the vendor's bars were fetched.",
    "gap_not_mended": "Missing prints could not be fetched.",
    "history_gives_away_unfinished": "Partitions went before their batches were stored; the next owner inserts them again under the same names.",
    "history_reads_again": "The broker had trouble that passes; reading goes on.",
    "history_waits": "ClickHouse or the broker is away; the same batches are tried again.",
    "kernel_cache_discarded": "The compiled kernels kept on disk could not be read and are compiled again.",
    "lease_not_renewed": "The broker did not acknowledge that this process leads; without a later success the lease runs out.",
    "page_failed": "A dashboard page met a bug.",
    "partition_loaded": "A stage took over the state of a partition.",
    "partitions_assigned": "The group gave partitions to this process.",
    "partitions_revoked": "The group took partitions away.",
    "partitions_revoked_without_checkpoint": "Partitions went before a checkpoint was done; their next owner repeats some records.",
    "plan_without_real_time": "Polygon's real-time host refuses our plan; the delayed host is asked.",
    "poll_failed": "Something fetched at intervals could not be fetched; the next turn tries again.",
    "preparing_failed": "What must be done before a process starts failed; tried again.",
    "probe_failed": "Somebody hung up while /metrics or another page was answered.",
    "process_not_alive": "The supervisor kills a process that says again and again that it is not alive.",
    "query_refused": "ClickHouse refused a query of the dashboard.",
    "rebalance_failed": "A change of the partitions met an error; the unit ends.",
    "record_waits": "A record cannot be worked on for now; its partition waits.",
    "rest_breaker_opened": "An endpoint failed again and again and is left alone for a while; the others go on.",
    "rest_call_failed": "A call of the REST catalogue failed; tried again as its priority allows.",
    "rest_call_skipped": "A call of the REST catalogue was due and is not made.",
    "rest_catalog_loaded": "The REST catalogue was read, fits the budget and is in use.",
    "rest_catalog_rejected": "The changed REST catalogue is wrong or over budget: the one before stays in use.",
    "rest_fallback": "Another vendor was asked in the same turn, because the call's own could not answer.",
    "rest_limit_adopted": "The vendor's headers state another limit than the catalogue; the vendor's counts.",
    "rest_limited": "The vendor wants us to wait: nothing is asked before.",
    "rest_pages_exhausted": "An answer had more pages than the catalogue allows for a call; the rest is not fetched.",
    "rest_spend": "What the calls of the REST catalogue have cost since the process began.",
    "rest_transform_failed": "A bug in a transform: the answer is a dead letter, the other endpoints go on.",
    "rows_missing_under_a_known_token": "ClickHouse was killed between a block's name and its rows: they are inserted under the name's successor.",
    "schedule_ends": "The last dates of some series in the committed calendar are near; add new ones, or vendors alone will tell of them.",
    "setup_held": "A setup is told to nobody: the budget of the day is spent.",
    "setup_fanned_out": "A setup event became the records of each tier.",
    "subscriptions_unknown": "Who subscribes to what could not be read; tried again.",
    "thread_complete": "The last message of a setup was delivered to a tier.",
    "told_events_unknown": "Which events were told before could not be read; nothing is fanned out until it can.",
    "topic_decoded_record_by_record": "A topic cannot be decoded as columns and takes the slower way.",
    "transaction_aborted": "A Kafka transaction was taken back; its records are tried again.",
    "tws_message": "TWS sent a message that we act on, e.g. 309, 316, 317, 1100, 1101, 1102, 10197.",
    "uncaught_exception": "A bug: an exception that nobody caught.",
    "unit_failed": "A unit ended with an error; the process leaves without a commit and is started again.",
    "sources_diverge": "Two sources of the same thing are further apart than is tolerated, or agree again; an alert is on ops.alerts.",
    "unit_waits": "A unit starts or goes on when the broker or the registry answers; asked again and again.",
    "units_started": "The process hosts these units.",
    "units_stopped": "All units ended in order.",
    "units_stopping": "The process was told to end; units drain.",
    "unusable_dead_letter": "A dead letter could not be read; `tapewire dlq list` leaves it out.",
    "unusable_record": "A record of a table-like topic could not be read and is skipped; sink.clickhouse puts it aside.",
    "vendorsim_started": "The simulated vendors answer.",
    "watchlist_scanned": "A window of the pre-market scan is over: how many gappers were heard, qualified, joined the longlist and left it.",
}


@dataclass(frozen=True, slots=True)
class Logged:
    """One place that logs.

    Attributes
    ----------
    place
        File, from the root of the repository.
    values
        Names of the values beside the event.
    """

    event: str
    level: str
    place: str
    values: tuple[str, ...]


def logged() -> Iterator[Logged]:
    """Find every call of a logger in the source."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if (found := _call(node, str(path.relative_to(ROOT)))) is not None:
                    yield found


def problems() -> list[str]:
    """Return one sentence for everything that is wrong with the list or its page."""
    used = {entry.event for entry in logged()}
    found = [f"{event}: logged, but not in infra/observability/log_events.py" for event in sorted(used - set(MEANINGS))]
    found += [f"{event}: in infra/observability/log_events.py, but never logged" for event in sorted(set(MEANINGS) - used)]
    if not found and (not PAGE.exists() or PAGE.read_text() != render()):
        found.append(f"{PAGE.name} differs from what the source logs: run `tapewire metrics generate`")
    return found


def render() -> str:
    """Return docs/log-events.md."""
    lines = [
        "# Log events",
        "",
        "Generated by `tapewire metrics generate`. A process logs one JSON object a line to standard error: `event`, `level`, `timestamp` (UTC),",
        f"`process`, then the values below. What libraries say in their own words has the event `{LIBRARY_EVENT}`, with `logger` and `message`.",
        "",
        "| event | level | values | logged in | meaning |",
        "|---|---|---|---|---|",
    ]
    places: dict[str, list[Logged]] = {}
    for entry in logged():
        places.setdefault(entry.event, []).append(entry)
    for event, entries in sorted(places.items()):
        levels = ", ".join(sorted({entry.level for entry in entries}))
        values = ", ".join(f"`{value}`" for value in dict.fromkeys(value for entry in entries for value in entry.values)) or "–"
        files = ", ".join(dict.fromkeys(f"`{entry.place}`" for entry in entries))
        lines.append(f"| `{event}` | {levels} | {values} | {files} | {MEANINGS.get(event, '')} |")
    return "\n".join(lines) + "\n"


def _call(node: ast.AST, place: str) -> Logged | None:
    """Return what a node logs: a call like ``log.info("event", name=value)``, or the supervisor's ``self._append_log("event", …)``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
        return None
    target, first = node.func.value, node.args[0]
    if not isinstance(target, ast.Name) or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    values = tuple(word.arg for word in node.keywords if word.arg and word.arg != "exc_info")
    if target.id in _LOGGERS and node.func.attr in _LEVELS:
        return Logged(first.value, "error" if node.func.attr == "exception" else node.func.attr, place, values)
    if node.func.attr == "_append_log":
        return Logged(first.value, "warning", place, values)
    return None
