"""The pages people watch. Reads ClickHouse alone."""
