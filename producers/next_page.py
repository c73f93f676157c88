"""The address of the next page that a vendor puts into an answer."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

_KEYS = ("apikey", "api_key", "token")


def query_of(address: str) -> list[tuple[str, str]]:
    """Return the query of the next page, without a key.

    Only the query: the host is the vendor's, ours may be a mirror; the path is the one that was asked; the key goes by header.
    """
    return [pair for pair in parse_qsl(urlsplit(address).query, keep_blank_values=True) if pair[0].lower() not in _KEYS]
