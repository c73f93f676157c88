"""What every Kafka client of a unit is configured with: where the broker is, and where the client's own words go."""

from __future__ import annotations

import logging
from typing import Any

from infra.settings import KafkaSettings

_LOGGER = logging.getLogger("librdkafka")  # else its lines go to standard error as they are, between our JSON


def client_configuration(settings: KafkaSettings) -> dict[str, Any]:
    """Return the part of librdkafka's configuration that all clients share."""
    return {"bootstrap.servers": settings.bootstrap_servers, "log.connection.close": False, "logger": _LOGGER}
