"""Nasdaq: earnings dates."""
