"""Who may use the server: one user with a password, or a bearer token; required on loopback as well."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.local.clickhouse_http.wire_error import AUTHENTICATION_FAILED, REQUIRED_PASSWORD, WireError


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one account of the server. The password is also accepted as a bearer token."""

    user: str
    password: str = field(repr=False)

    def check(self, headers: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        """Pass a request that shows the right user and password.

        Raises
        ------
        WireError
            With code 194 when it shows none, 516 when it shows wrong ones.
        """
        shown = _shown(headers, parameters)
        if shown is None:
            raise WireError(
                REQUIRED_PASSWORD, "a user and a password, or a bearer token, are required", "REQUIRED_PASSWORD"
            )
        user, password = shown
        user_is_right = user is None or hmac.compare_digest(user.encode(), self.user.encode())
        if not (hmac.compare_digest(password.encode(), self.password.encode()) and user_is_right):
            raise WireError(
                AUTHENTICATION_FAILED,
                f"{user or 'token'}: Authentication failed: password is incorrect, or there is no user with such name.",
                "AUTHENTICATION_FAILED",
            )


def _shown(headers: Mapping[str, str], parameters: Mapping[str, str]) -> tuple[str | None, str] | None:
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return None, value.strip()
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        return headers.get("X-ClickHouse-User", "default"), headers.get("X-ClickHouse-Key", "")
    if "user" in parameters or "password" in parameters:
        return parameters.get("user", "default"), parameters.get("password", "")
    return None
