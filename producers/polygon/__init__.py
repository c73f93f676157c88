"""Polygon (Massive): stream, REST back-fill, gappers."""
