"""State and step of each stage."""
