"""Calculations on files."""
