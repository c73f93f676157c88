"""What is known ahead of the market: scheduled events, earnings, and the symbols of the day."""
