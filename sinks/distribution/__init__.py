"""Tiers: redaction, delay, release."""
