"""Files that others made: chains, bars, ticks, books. Each reader refuses what it does not understand."""
