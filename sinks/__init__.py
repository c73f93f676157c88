"""Topic to the outside world."""
