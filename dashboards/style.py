"""The pages' style sheet, made from the palette."""

from __future__ import annotations

from typing import Final

from infra.palette import ATTENTION, BACKGROUND, DOWN, INFORMATION, MUTED, PANEL, TEXT, UP, translucent

LINE: Final = "#2a313b"  # borders and grid, between panel and muted

_VARIABLES = f"""
:root {{
  --tw-background:{BACKGROUND}; --tw-panel:{PANEL}; --tw-text:{TEXT}; --tw-muted:{MUTED}; --tw-line:{LINE};
  --tw-up:{UP}; --tw-down:{DOWN}; --tw-attention:{ATTENTION}; --tw-information:{INFORMATION};
  --tw-up-faint:{translucent(UP, 0.12)}; --tw-down-faint:{translucent(DOWN, 0.12)};
  --tw-attention-faint:{translucent(ATTENTION, 0.14)}; --tw-information-faint:{translucent(INFORMATION, 0.14)};
}}
"""

_FRAME = """
[data-testid="stMainBlockContainer"] { padding: 3.35rem 1.25rem 1.5rem; max-width: none; }
[data-testid="stVerticalBlock"] { gap: .6rem; }
[data-testid="stHeader"] { height: 2.9rem; min-height: 2.9rem; background: var(--tw-background); border-bottom: 1px solid var(--tw-line); }
[data-testid="stStatusWidget"], [data-testid="stDecoration"], [data-testid="stHeaderActionElements"] { display: none; }
[data-stale="true"] { opacity: 1 !important; transition: none !important; }
[data-testid="stMarkdownContainer"]:has(> .tw-page) { margin-bottom: 0; }
[data-testid="stMarkdownContainer"] .tw-page a { color: inherit; text-decoration: none; }
.tw-page { font-size: 13px; line-height: 1.35; color: var(--tw-text); font-variant-numeric: tabular-nums; }
.tw-muted { color: var(--tw-muted); } .tw-none { color: var(--tw-muted); cursor: help; }
.tw-up { color: var(--tw-up); } .tw-down { color: var(--tw-down); } .tw-attention { color: var(--tw-attention); }
.tw-information { color: var(--tw-information); } .tw-strong { font-weight: 600; }
.tw-fresh { color: var(--tw-up); } .tw-ageing { color: var(--tw-attention); } .tw-stale { color: var(--tw-down); }
.tw-heading { display: flex; align-items: baseline; gap: .6rem; margin: .35rem 0 .4rem; }
.tw-heading b { white-space: nowrap; font-size: 13px; letter-spacing: .02em; } .tw-heading span { color: var(--tw-muted); font-size: 12px; }
.tw-panel { background: var(--tw-panel); border: 1px solid var(--tw-line); border-radius: 6px; padding: .6rem .75rem; overflow-x: auto; }
"""

_STATUS_BAR = """
.tw-bar { display: flex; align-items: center; gap: 1.1rem; height: 34px; padding: 0 .75rem; white-space: nowrap; overflow: hidden;
  background: var(--tw-panel); border: 1px solid var(--tw-line); border-radius: 6px; font-size: 12.5px; }
.tw-bar .tw-mode { font-weight: 700; letter-spacing: .08em; padding: .16rem .6rem; border-radius: 4px; }
.tw-mode-live { background: var(--tw-up-faint); color: var(--tw-up); border: 1px solid var(--tw-up); }
.tw-mode-demo, .tw-mode-replay { background: var(--tw-attention); color: var(--tw-background); border: 1px solid var(--tw-attention); }
.tw-mode-delayed { background: var(--tw-information); color: var(--tw-background); border: 1px solid var(--tw-information); }
.tw-bar .tw-mode-words { font-weight: 600; }
.tw-bar .tw-clock { font-size: 15px; font-weight: 600; }
.tw-bar .tw-right { margin-left: auto; display: flex; gap: 1.1rem; align-items: center; }
.tw-dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: .35rem; vertical-align: 0; }
.tw-dot.tw-fresh { background: var(--tw-up); } .tw-dot.tw-ageing { background: var(--tw-attention); }
.tw-dot.tw-stale { background: transparent; border: 2px solid var(--tw-down); } .tw-dot.tw-off { background: var(--tw-muted); }
.tw-strip { height: 3px; border-radius: 2px; margin-bottom: .35rem; background: repeating-linear-gradient(45deg,
  var(--tw-attention) 0 10px, transparent 10px 20px); }
.tw-strip-delayed { background: repeating-linear-gradient(45deg, var(--tw-information) 0 10px, transparent 10px 20px); }
"""

_TILES = """
.tw-lane-head { display: flex; align-items: baseline; gap: .55rem; padding: .1rem .1rem .35rem; border-bottom: 2px solid var(--tw-line);
  margin-bottom: .5rem; }
.tw-lane-head b { font-size: 14px; } .tw-lane-head .tw-count { font-weight: 600; color: var(--tw-muted); }
.tw-lane-head .tw-what { color: var(--tw-muted); font-size: 12px; margin-left: auto; }
.tw-lane-primed .tw-lane-head { border-color: var(--tw-attention); } .tw-lane-active .tw-lane-head { border-color: var(--tw-information); }
.tw-tile { display: block; background: var(--tw-panel); border: 1px solid var(--tw-line); border-left: 3px solid var(--tw-muted);
  border-radius: 6px; padding: .45rem .6rem .4rem; margin-bottom: .45rem; }
.tw-tile:hover { border-color: var(--tw-muted); }
.tw-tile.tw-long { border-left-color: var(--tw-up); } .tw-tile.tw-short { border-left-color: var(--tw-down); }
.tw-tile .tw-row { display: flex; align-items: center; gap: .5rem; white-space: nowrap; }
.tw-tile .tw-symbol { font-size: 15px; font-weight: 700; } .tw-tile .tw-setup { color: var(--tw-muted); overflow: hidden; text-overflow: ellipsis; }
.tw-tile .tw-ring { margin-left: auto; display: flex; align-items: center; gap: .35rem; color: var(--tw-muted); font-size: 12.5px; }
.tw-ring circle.tw-left { transition: stroke-dashoffset 1s linear; }
.tw-tile .tw-main { font-size: 14px; margin: .2rem 0 .1rem; gap: .45rem; }
.tw-tile .tw-main .tw-far { margin-left: auto; font-weight: 600; }
.tw-tile svg.tw-spark { display: block; width: 100%; height: 46px; margin: .1rem 0 .2rem; }
.tw-tile .tw-facts { color: var(--tw-muted); font-size: 12px; gap: .55rem; overflow: hidden; }
.tw-facts b { color: var(--tw-text); font-weight: 600; } .tw-facts .tw-depth { margin-left: auto; overflow: hidden; text-overflow: ellipsis; }
.tw-tile.tw-slim { padding: .25rem .6rem; } .tw-tile.tw-slim .tw-symbol { font-size: 13px; }
.tw-flash { animation: tw-flash .95s ease-out 1; }
@keyframes tw-flash { 0% { background: var(--tw-information); border-color: var(--tw-information); } 100% { background: var(--tw-panel); } }
@media (prefers-reduced-motion: reduce) { .tw-flash { animation: none; outline: 2px solid var(--tw-information); } }
.tw-rest { border: 1px dashed var(--tw-line); border-radius: 6px; padding: .8rem .75rem; color: var(--tw-muted); }
"""

_TABLES = """
.tw-table { width: 100%; border-collapse: collapse; font-size: 12.5px; }
[data-testid="stMarkdownContainer"] .tw-table tr { border: 0; }
[data-testid="stMarkdownContainer"] table.tw-table { margin: 0; }
[data-testid="stMarkdownContainer"] .tw-table th, [data-testid="stMarkdownContainer"] .tw-table td {
  border: 0; border-bottom: 1px solid var(--tw-line); padding: .26rem .5rem; text-align: left; vertical-align: top; font-size: 12.5px; }
[data-testid="stMarkdownContainer"] .tw-table th { color: var(--tw-muted); font-weight: 500; font-size: 12px; white-space: nowrap; }
[data-testid="stMarkdownContainer"] .tw-table tr:last-child td { border-bottom: 0; }
[data-testid="stMarkdownContainer"] .tw-table .tw-number { text-align: right; white-space: nowrap; }
.tw-table .tw-nowrap { white-space: nowrap; } .tw-table code { font-size: 11.5px; color: var(--tw-muted); background: none; padding: 0; }
.tw-note { font-size: 12px; margin-top: .4rem; }
[data-testid="stMarkdownContainer"] .tw-table.tw-multiples { table-layout: fixed; }
[data-testid="stMarkdownContainer"] .tw-multiples th, [data-testid="stMarkdownContainer"] .tw-multiples td { padding: .26rem .25rem; }
.tw-multiples th:first-child { width: 78px; }
[data-testid="stMarkdownContainer"] .tw-multiples td:first-child { font-size: 12px; }
.tw-multiples svg { width: 100%; max-width: 64px; }
.tw-figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(84px, 1fr)); gap: .45rem; }
.tw-figure { background: var(--tw-panel); border: 1px solid var(--tw-line); border-radius: 6px; padding: .35rem .55rem; }
.tw-figure span { display: block; color: var(--tw-muted); font-size: 11.5px; } .tw-figure b { font-size: 15px; font-weight: 600; }
.tw-bubble { background: var(--tw-panel); border: 1px solid var(--tw-line); border-left: 3px solid var(--tw-line); border-radius: 6px;
  padding: .4rem .6rem; margin-bottom: .4rem; } .tw-bubble .tw-first { font-weight: 600; }
.tw-bubble .tw-foot { color: var(--tw-muted); font-size: 11.5px; margin-top: .25rem; }
.tw-bubble dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; margin: .2rem 0 0; font-size: 12px; }
.tw-bubble dt { color: var(--tw-muted); font-weight: 400; } .tw-bubble dd { margin: 0; }
.tw-empty { border: 1px dashed var(--tw-line); border-radius: 6px; padding: 1.6rem 1.2rem; text-align: center; color: var(--tw-muted); }
.tw-empty b { display: block; color: var(--tw-text); font-size: 15px; margin-bottom: .25rem; }
.tw-empty code { color: var(--tw-text); background: var(--tw-panel); padding: .1rem .4rem; border-radius: 4px; }
"""

STYLE_SHEET: Final = f"<style>{_VARIABLES}{_FRAME}{_STATUS_BAR}{_TILES}{_TABLES}</style>"
