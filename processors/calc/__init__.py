"""Pure numbers: no I/O, no state, no settings."""
