"""A fake TWS: the real socket protocol of Interactive Brokers on loopback."""
