"""What derived records become inside a `MarketView`, one file a kind."""
