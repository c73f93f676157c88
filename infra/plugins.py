"""Imports the modules of a package, so that decorators in them can register what they define."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def load_all(package_name: str) -> list[ModuleType]:
    """Import every module below the package, each once, in alphabetical order, and return them; of a module that one alone."""
    package = importlib.import_module(package_name)
    if not hasattr(package, "__path__"):
        return [package]
    found = sorted(info.name for info in pkgutil.walk_packages(package.__path__, prefix=f"{package_name}."))
    return [importlib.import_module(name) for name in found]
