"""The life of a box setup, one phase a file; `processors.strategies.box_break_retest` puts them together."""
