"""Fixtures that every test may use, and how Hypothesis draws."""

import os
import shutil
from pathlib import Path

from hypothesis import settings

# Brokers flush each partition they make to the disk, several hundred of them for one test: in memory, where there is room, that costs nothing.
# What tests kill are processes, and a file outlives its process in memory as on a disk.
_MEMORY_DISK = Path("/dev/shm")
_ROOM_BYTES = 6 * 1024**3
if os.access(_MEMORY_DISK, os.W_OK) and shutil.disk_usage(_MEMORY_DISK).free > _ROOM_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY_DISK))

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
