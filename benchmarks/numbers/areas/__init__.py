"""The numbers, one file an area."""
