"""Vendor to topic."""
