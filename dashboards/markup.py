"""Pieces of HTML that all pages use: tables, headings, figures, empty states. Every value that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

import streamlit as st


def show(html: str) -> None:
    """Put HTML on the page. Markdown keeps the nodes of the last run, so nothing flickers; it must not see a line break."""
    st.markdown(f'<div class="tw-page">{" ".join(html.split(chr(10)))}</div>', unsafe_allow_html=True)


def heading(title: str, remark: str = "") -> str:
    """Return a section's heading with a muted remark beside it."""
    return f'<div class="tw-heading"><b>{escape(title)}</b><span>{escape(remark)}</span></div>'


def empty_state(title: str, why: str, starts_with: str = "") -> str:
    """Return what stands where data will be: why there is none and what starts it."""
    command = f"<br>What starts it: <code>{escape(starts_with)}</code>" if starts_with else ""
    return f'<div class="tw-empty"><b>{escape(title)}</b>{escape(why)}{command}</div>'


def figure(label: str, value: str, *, tone: str = "", title: str = "") -> str:
    """Return one labelled number; ``value`` is HTML."""
    return f'<div class="tw-figure" title="{escape(title)}"><span>{escape(label)}</span><b class="{tone}">{value}</b></div>'


def figures(parts: Iterable[str]) -> str:
    """Return a row of figures."""
    return f'<div class="tw-figures">{"".join(parts)}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Collection[int] = (), narrow: Collection[int] = ()) -> str:
    """Return a table; cells are HTML, columns listed in ``numbers`` are right-aligned, those in ``narrow`` never wrap."""
    kinds = ["tw-number" if place in numbers else "tw-nowrap" if place in narrow else "" for place in range(len(head))]
    top = "".join(f'<th class="{kind}">{escape(name)}</th>' for kind, name in zip(kinds, head, strict=True))
    body = "".join(f"<tr>{_cells(kinds, row)}</tr>" for row in rows)
    return f'<table class="tw-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _cells(kinds: Sequence[str], row: Sequence[str]) -> str:
    return "".join(f'<td class="{kind}">{cell}</td>' for kind, cell in zip(kinds, row, strict=True))


def toned(text: str, tone: str, title: str = "") -> str:
    """Return text in one of the palette's tones, with words on hover."""
    return f'<span class="{tone}" title="{escape(title)}">{escape(text)}</span>'


def direction_tone(value: float | None) -> str:
    """Return the tone of a signed number."""
    return "" if not value else "tw-up" if value > 0 else "tw-down"
