"""Strategies: one file each; `processors.strategy` holds the registry."""
