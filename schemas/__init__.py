"""What a message means: contracts without I/O."""
