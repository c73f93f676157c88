"""Agents: one file each; `processors.agent` holds the registry."""
