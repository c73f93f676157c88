"""ClickHouse's embedded engine behind ClickHouse's own HTTP interface: one process, data on disk.

Any client of a ClickHouse server (clickhouse-connect, curl, a notebook) talks to it unchanged. Not offered: users and
roles beyond one, `system.query_log`, replicated tables, the Kafka engine, ClickHouse's own block compression
(`compress=1`, `decompress=1`).
"""
