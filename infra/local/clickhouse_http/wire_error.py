"""How the engine's errors look on the wire: exception code, HTTP status, message."""

from __future__ import annotations

import re

AUTHENTICATION_FAILED = 516
BAD_ARGUMENTS = 36
CANNOT_READ_ALL_DATA = 33
CANNOT_DECOMPRESS = 271
NOT_IMPLEMENTED = 48
REQUIRED_PASSWORD = 194
SESSION_IS_LOCKED = 373
SESSION_NOT_FOUND = 372
SYNTAX_ERROR = 62
UNKNOWN_EXCEPTION = 1002

_ENGINE_CODE = re.compile(r"Code: (\d+)\. DB::Exception")
_STATUS = {
    **dict.fromkeys((6, 25, 26, 27, 36, 38, 41, 43, 44, 53, 62, 72, 117, 130, 131, 271, 376, 427, 441, 456), 400),
    33: 400,
    REQUIRED_PASSWORD: 401,
    **dict.fromkeys((192, 193, 497, AUTHENTICATION_FAILED), 403),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 336, SESSION_NOT_FOUND), 404),
    159: 408,
    SESSION_IS_LOCKED: 423,
    NOT_IMPLEMENTED: 501,
    **dict.fromkeys((202, 209, 439), 503),
}


class WireError(Exception):
    """An error with ClickHouse's exception code.

    Parameters
    ----------
    code
        ClickHouse's number of the error.
    message
        Text of the error, without the `Code: n. DB::Exception:` prefix.
    name
        ClickHouse's name of the code.
    """

    def __init__(self, code: int, message: str, name: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {message} ({name})")
        self.code = code

    @property
    def status(self) -> int:
        """HTTP status, as the server's own mapping has it."""
        return _STATUS.get(self.code, 500)


class EngineError(WireError):
    """An error that the engine raised; its text is passed on as it is."""

    def __init__(self, text: str) -> None:
        match = _ENGINE_CODE.search(text)
        Exception.__init__(self, text[match.start() :] if match else text)
        self.code = int(match.group(1)) if match else UNKNOWN_EXCEPTION
