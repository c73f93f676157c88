"""Settings that differ between environments (ING-40): ``TAPEWIRE_ENVIRONMENT`` names ``dev``, ``staging``, ``prod``, or a file like theirs.

A file holds sections and keys of the settings, no secret: those come from the environment's variables alone, which win over the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.errors import ConfigurationError

VARIABLE = "TAPEWIRE_ENVIRONMENT"
FOLDER = Path(__file__).parent / "environments"


def environment_values(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Return what an environment's file says, section to key to value; lists as tuples.

    Parameters
    ----------
    name
        One of the files in `FOLDER`, or the path of another ``.yaml``.

    Raises
    ------
    ConfigurationError
        If there is no such file, or it holds anything but sections of keys.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    try:
        document = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        known = ", ".join(sorted(one.stem for one in FOLDER.glob("*.yaml")))
        raise ConfigurationError(f"{VARIABLE}: expected one of {known} or the path of a .yaml file, found {name}") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: expected YAML, found {error}") from error
    if not isinstance(document, dict) or not all(isinstance(keys, dict) for keys in document.values()):
        raise ConfigurationError(f"{path}: expected sections, each with its keys, found {document!r:.80}")
    return {
        str(section): {str(key): tuple(value) if isinstance(value, list) else value for key, value in keys.items()}
        for section, keys in document.items()
    }
