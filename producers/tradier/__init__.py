"""Tradier: quotes and bars over REST, prints by WebSocket."""
