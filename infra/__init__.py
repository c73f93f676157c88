"""What every process needs; no trading decisions."""
