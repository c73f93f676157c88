"""Unusual Whales: payloads of its REST and WebSocket interfaces, and the records made of them."""
