"""The exception tree; its branches are what a caller can do.

TapewireError
├── Retryable   wait in place and try again: the broker is away, a request timed out
├── Permanent   this record is bad: put it in the dead-letter topic and go on
└── Fatal       we are wrong: exit without committing, a person must look
    └── ConfigurationError
"""

from __future__ import annotations


class TapewireError(Exception):
    """Anything we raise on purpose. The message says what was expected and what was found."""


class Retryable(TapewireError):
    """Trying again later can help.

    Attributes
    ----------
    retry_after_seconds
        The other side's wish, if it stated one.
    """

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Permanent(TapewireError):
    """This record can never be used.

    Attributes
    ----------
    field_path
        Field that did not fit, e.g. ``[3].p``.
    """

    def __init__(self, message: str, field_path: str | None = None) -> None:
        super().__init__(message)
        self.field_path = field_path


class Fatal(TapewireError):
    """Going on would do harm; the process exits with code 70 and commits nothing."""


class ConfigurationError(Fatal):
    """Settings that cannot work; lists every problem at once."""


FATAL_EXIT_CODE = 70
