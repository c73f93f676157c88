"""Finnhub: quotes and earnings dates."""
