"""Trading Economics: the economic calendar."""
