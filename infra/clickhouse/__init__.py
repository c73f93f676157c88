"""ClickHouse client and migrations."""
