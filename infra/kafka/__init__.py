"""Kafka clients: producer, consumer loops, registry, dead letters."""
