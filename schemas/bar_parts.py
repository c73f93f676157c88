"""Parts of a bar that a print may change; `Trade.bar_parts` is their sum.

Whoever may set open and close sets high and low too: no sale condition of the tape says otherwise.
"""

from __future__ import annotations

OPEN_CLOSE = 1
HIGH_LOW = 2
VOLUME = 4
EVERY_PART = OPEN_CLOSE | HIGH_LOW | VOLUME
