"""The one-command local stack: real Kafka, a real schema registry and ClickHouse's engine, without Docker or Java."""
