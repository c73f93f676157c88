"""What a Kafka error means for us: one place that turns librdkafka's codes into our exception tree."""

from __future__ import annotations

from confluent_kafka import KafkaError

from infra.errors import Fatal, Permanent, Retryable, TapewireError

_RECORD_IS_BAD = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD})
_WE_ARE_WRONG = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,  # topics are created by `tapewire topics apply`, never by use
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,
        KafkaError._FENCED,
        KafkaError._FATAL,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError._STATE,
    }
)


def as_tapewire_error(error: KafkaError, what: str) -> TapewireError:
    """Return the exception to raise for ``error``, met while doing ``what``."""
    message = f"expected to {what}, found {error.name()}: {error.str()}"
    if error.fatal() or error.code() in _WE_ARE_WRONG:
        return Fatal(message)
    if error.code() in _RECORD_IS_BAD:
        return Permanent(message)
    return Retryable(message)
