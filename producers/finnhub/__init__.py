"""Finnhub: earnings dates."""
