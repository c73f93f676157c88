"""One delivery channel a file."""
