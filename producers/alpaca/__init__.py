"""Alpaca: stocks and crypto, by WebSocket and by REST."""
