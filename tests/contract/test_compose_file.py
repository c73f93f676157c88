"""docker-compose.yml fits the compose specification, the unit list and the settings; no engine is needed to tell."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from infra.cli.run import PACKAGES
from infra.environment_file import VARIABLE
from infra.local.artifacts import KAFKA_ROOT, REGISTRY_ROOT
from infra.local.processes import GROUPS
from infra.plugins import load_all
from infra.settings import Settings, load
from infra.unit import registered

ROOT = Path(__file__).resolve().parents[2]
# The compose specification's own schema (Apache License 2.0), unchanged.
SPECIFICATION = ROOT / "tests" / "support" / "compose-spec.json"
DOCKERFILE = ROOT / "infra" / "docker" / "Dockerfile"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(document()["services"])


def document() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def all_units() -> set[str]:
    for package in set(chain.from_iterable(PACKAGES.values())):
        load_all(package)
    return set(registered())


def test_the_file_fits_the_compose_specification() -> None:
    jsonschema.Draft7Validator(json.loads(SPECIFICATION.read_text())).validate(document())


def test_the_specification_is_really_applied() -> None:
    broken = document()
    broken["services"]["ticks"]["comand"] = ["run", "ticks"]
    with pytest.raises(jsonschema.ValidationError, match="comand"):
        jsonschema.Draft7Validator(json.loads(SPECIFICATION.read_text())).validate(broken)


def test_every_unit_has_a_service_and_every_service_a_unit(services: dict[str, Any]) -> None:
    hosted = [unit for service in services.values() for unit in (service.get("command") or [])[1:] if service["command"][0] == "run"]
    assert sorted(hosted) == sorted(all_units())


def test_the_local_stack_hosts_every_unit_once() -> None:
    assert sorted(unit for units in GROUPS.values() for unit in units) == sorted(all_units())


def test_every_setting_is_known_and_valid(services: dict[str, Any]) -> None:
    """CFG-02: `load` refuses an unknown key."""
    for service in services.values():
        environment = {key: resolved(value) for key, value in (service.get("environment") or {}).items() if key.startswith("TAPEWIRE_")}
        if environment:
            assert isinstance(load(environment), Settings)


def test_every_variable_of_the_host_is_one_of_ours() -> None:
    named = re.findall(r"\$\{(\w+)(?::-([^}]*))?", (ROOT / "docker-compose.yml").read_text())
    load({name: default or ("dev" if name == VARIABLE else "1") for name, default in named})


def test_what_a_service_waits_for_is_there_and_can_be_waited_for(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, f"{name} waits for {other}"
            if how["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"]
            else:
                assert services[other]["restart"] == "no"


def test_addresses_name_services(services: dict[str, Any]) -> None:
    settings = load({key: resolved(value) for key, value in services["ticks"]["environment"].items()})
    hosts = {settings.kafka.bootstrap_servers.split(":")[0], settings.clickhouse.host, settings.registry.url.split("/")[2].split(":")[0]}
    assert hosts <= set(services)


def test_no_secret_is_written_down_and_no_port_is_open_to_the_network(services: dict[str, Any]) -> None:
    for service in services.values():
        for key, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|KEY|TOKEN", key):
                assert str(value).startswith("${"), key
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_servers_have_the_versions_of_the_local_stack(services: dict[str, Any]) -> None:
    assert services["kafka"]["image"].partition(":")[2] == KAFKA_ROOT.rpartition(":")[2]
    assert services["registry"]["image"].partition(":")[2] == REGISTRY_ROOT[2]


def test_the_image_holds_every_package_and_the_lock() -> None:
    copied = set(re.findall(r"^COPY (\w\S*) /app/", DOCKERFILE.read_text(), re.MULTILINE))
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert copied == {"schemas", "infra", "producers", "processors", "sinks", "dashboards"}
    assert all(f"!{name}" in ignored for name in copied)
    for path in re.findall(r"requirements/\w+\.txt(?= |$)", DOCKERFILE.read_text().split("RUN")[0]):
        assert (ROOT / path).exists()


def resolved(value: object) -> str:
    """Return a value as compose would hand it over, with a stand-in for a variable without a default."""
    return re.sub(r"\$\{\w+(?::([-?])([^}]*))?\}", lambda match: match[2] if match[1] == "-" else "stand-in", str(value))
