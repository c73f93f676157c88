"""Fake vendors on loopback that speak the real wire formats."""
