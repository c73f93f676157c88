"""Fixtures that every test may use, and how Hypothesis draws."""

import os

from hypothesis import settings

# The suite is the same whenever it runs, on whatever machine: no deadline, no chance. HYPOTHESIS_PROFILE=explore looks further.
settings.register_profile("suite", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

pytest_plugins = [
    "tests.support.local_kafka",
    "tests.support.local_clickhouse",
    "tests.support.kafka_world",
    "tests.support.loop_world",
    "tests.support.feed_world",
    "tests.support.uw_world",
    "tests.support.ibkr_world",
    "tests.support.stage_world",
    "tests.support.delivery_world",
    "tests.support.history_world",
]
