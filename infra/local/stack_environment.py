"""The variables that a local stack's clients need, as a file that shells and `tapewire --stack` read."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from infra.errors import ConfigurationError
from infra.local.paths import stack_dir

FILE_NAME = "environment"


def write_environment(folder: Path, variables: Mapping[str, str]) -> None:
    """Write the file; only its owner may read it, since secrets are among the variables."""
    path = folder / FILE_NAME
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())))


def read_environment(stack: str) -> dict[str, str]:
    """Return the variables of a stack by its name.

    Raises
    ------
    ConfigurationError
        If no stack of this name was started here.
    """
    path = stack_dir(stack) / FILE_NAME
    if not path.is_file():
        raise ConfigurationError(f"--stack: expected a stack that was started here, found no {path}\n  remedy: tapewire up --stack {stack}")
    return variables_in(path)


def variables_in(path: Path) -> dict[str, str]:
    """Return the variables of such a file."""
    pairs = (line.partition("=") for line in path.read_text().splitlines() if line)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}
