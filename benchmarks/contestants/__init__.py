"""One file a contestant (or family of contestants that differ in settings)."""
