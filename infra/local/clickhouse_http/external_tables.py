"""Tables that a multipart request brings along: made as temporary tables on the request's own handle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.clickhouse_http.engine import Handle
from infra.local.clickhouse_http.wire_error import BAD_ARGUMENTS, WireError


@dataclass(frozen=True, slots=True)
class ExternalTable:
    """One file part of a multipart request with the parameters that describe it."""

    name: str
    structure: str
    input_format: str
    data: bytes

    def create_on(self, handle: Handle) -> None:
        """Create the temporary table and fill it."""
        name = "`" + self.name.replace("`", "``") + "`"
        handle.query(f"CREATE TEMPORARY TABLE {name} ({self.structure}) ENGINE = Memory", "Null", {})
        insert = handle.insert(f"INSERT INTO {name}", self.input_format)
        insert.append(self.data)
        insert.finish()


def read_external_table(name: str, data: bytes, parameters: Mapping[str, str]) -> ExternalTable:
    """Pair a file part with its `<name>_structure` or `<name>_types`, and `<name>_format`."""
    structure = parameters.get(f"{name}_structure", "")
    if not structure and (types := parameters.get(f"{name}_types", "")):
        structure = ", ".join(f"_{index} {kind}" for index, kind in enumerate(_split_types(types), start=1))
    if not structure:
        raise WireError(BAD_ARGUMENTS, f"external table {name}: neither {name}_structure nor {name}_types", "BAD_ARGUMENTS")
    return ExternalTable(name, structure, parameters.get(f"{name}_format", "TabSeparated"), data)


def descriptive_names(name: str) -> set[str]:
    """Return the parameters that describe an external table and are no settings."""
    return {f"{name}_structure", f"{name}_types", f"{name}_format"}


def _split_types(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
