"""Fixtures that every test may use."""

pytest_plugins = [
    "tests.support.local_kafka",
    "tests.support.local_clickhouse",
    "tests.support.kafka_world",
    "tests.support.loop_world",
    "tests.support.feed_world",
    "tests.support.stage_world",
    "tests.support.delivery_world",
    "tests.support.history_world",
]
