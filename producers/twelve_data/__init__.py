"""Twelve Data: bars and movers."""
