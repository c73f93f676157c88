"""Every topic into ClickHouse, exactly once."""
