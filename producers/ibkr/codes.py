"""What each message code of TWS means to us (vendors' list: `TWS API > Message Codes`)."""

from __future__ import annotations

from enum import StrEnum


class Meaning(StrEnum):
    """What to do about a message."""

    TOO_MANY_BOOKS = "too many books"  # 309: give a slot back, ask again
    TOO_MANY_LINES = "too many lines"  # 101: quotes wait for a line
    TOO_MANY_TICKS = "too many tick by tick requests"  # 10190
    HALTED = "halted"  # 316: subscribe again
    RESET = "reset"  # 317: empty the book, go on
    LOST = "connectivity lost"  # 1100, 2110: blind until 1101 or 1102
    RESTORED_WITHOUT_DATA = "connectivity restored, data lost"  # 1101: subscribe everything again
    RESTORED = "connectivity restored"  # 1102: everything goes on
    FARM_BROKEN = "data farm broken"
    FARM_OK = "data farm ok"
    NOT_PERMITTED = "no permission"  # this symbol is refused; others may be ours
    COMPETING_SESSION = "competing session"  # 10197: somebody else trades with this login and gets the data
    DELAYED = "delayed data"
    UNKNOWN_CONTRACT = "unknown contract"
    NO_HISTORY = "no history"  # 162, 366: no past bars, no permission for them, or too many asked for
    CLIENT_ID_TAKEN = "client id taken"
    CONNECTION_OVER = "connection over"
    REQUEST_FAILED = "request failed"
    NOTE = "note"


_BY_CODE = {
    100: Meaning.REQUEST_FAILED, 101: Meaning.TOO_MANY_LINES, 102: Meaning.REQUEST_FAILED,
    162: Meaning.NO_HISTORY, 366: Meaning.NO_HISTORY,
    200: Meaning.UNKNOWN_CONTRACT,
    309: Meaning.TOO_MANY_BOOKS,
    316: Meaning.HALTED,
    317: Meaning.RESET,
    321: Meaning.REQUEST_FAILED, 322: Meaning.REQUEST_FAILED,
    326: Meaning.CLIENT_ID_TAKEN,
    354: Meaning.NOT_PERMITTED, 420: Meaning.NOT_PERMITTED,
    502: Meaning.CONNECTION_OVER, 503: Meaning.CONNECTION_OVER, 504: Meaning.CONNECTION_OVER, 1300: Meaning.CONNECTION_OVER,
    1100: Meaning.LOST, 2110: Meaning.LOST,
    1101: Meaning.RESTORED_WITHOUT_DATA,
    1102: Meaning.RESTORED,
    2103: Meaning.FARM_BROKEN, 2157: Meaning.FARM_BROKEN,
    2104: Meaning.FARM_OK, 2108: Meaning.FARM_OK, 2158: Meaning.FARM_OK,
    10089: Meaning.NOT_PERMITTED, 10090: Meaning.NOT_PERMITTED, 10092: Meaning.NOT_PERMITTED, 10186: Meaning.NOT_PERMITTED,
    10168: Meaning.NOT_PERMITTED, 10189: Meaning.NOT_PERMITTED,
    10190: Meaning.TOO_MANY_TICKS,
    10167: Meaning.DELAYED,
    10197: Meaning.COMPETING_SESSION,
}  # fmt: skip


def meaning(code: int) -> Meaning:
    """Return what a code means; a code that is not known changes nothing."""
    return _BY_CODE.get(code, Meaning.NOTE)
