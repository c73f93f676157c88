"""State and step of each stage, composed from one small pure piece a file."""
