"""OPS-07: alert rules, their tests, the scrape configuration and the dashboard fit Prometheus, the list of metrics, the units and the handbook."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.metrics.listed import METRICS

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "infra" / "observability" / "prometheus"
GRAFANA = ROOT / "infra" / "observability" / "grafana"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
OPERATIONS = ROOT / "docs" / "operations.md"
NAMES = {metric.name: metric for metric in METRICS}
_WORD = re.compile(r"\b(?:tapewire|process)_[a-z_]+\b")
_SELECTOR = re.compile(r"\b((?:tapewire|process)_[a-z_]+)\{([^}]*)\}")
_PROMETHEUS_OWN = {"job", "instance"}


def promtool(*arguments: str) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("no promtool: apt-get install prometheus")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def alerts() -> list[dict[str, Any]]:
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def dashboards() -> Iterator[dict[str, Any]]:
    for path in sorted((GRAFANA / "dashboards").glob("*.json")):
        yield json.loads(path.read_text())


def panel_expressions() -> list[str]:
    return [target["expr"] for board in dashboards() for panel in board["panels"] for target in panel.get("targets", [])]


def listed_name(name: str) -> str:
    """Return the name in the list: a histogram's series have an end of their own."""
    stem = re.sub(r"_(bucket|sum|count)$", "", name)
    return stem if stem in NAMES and NAMES[stem].kind == "histogram" else name


EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in alerts()] + [("panel", expression) for expression in panel_expressions()]


def test_there_is_something_to_check() -> None:
    assert len(alerts()) > 15 and len(panel_expressions()) > 30


def test_prometheus_takes_configuration_and_rules() -> None:
    promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))
    promtool("check", "rules", *map(str, RULES))


def test_every_alert_fires_when_it_should() -> None:
    promtool("test", "rules", str(PROMETHEUS / "rules.test.yml"))


def test_every_alert_has_a_test() -> None:
    tested = {case["alertname"] for test in yaml.safe_load((PROMETHEUS / "rules.test.yml").read_text())["tests"] for case in test["alert_rule_test"]}
    assert tested == {rule["alert"] for rule in alerts()}


def test_the_panels_are_queries_that_prometheus_understands(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m").replace("$unit", ".*")}
        for number, expression in enumerate(panel_expressions())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", str(file))


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_every_metric_that_is_named_exists_with_its_labels(where: str, expression: str) -> None:
    for name in _WORD.findall(re.sub(r'"[^"]*"', '""', expression)):
        assert listed_name(name) in NAMES, f"{where}: {name} is not in infra/metrics/listed.py"
    for name, labels in _SELECTOR.findall(expression):
        known = {*NAMES[listed_name(name)].labels, *_PROMETHEUS_OWN, *(("le",) if name.endswith("_bucket") else ())}
        assert set(re.findall(r"(\w+)\s*[=!]~?", labels)) <= known, f"{where}: {name} has the labels {known}"


def test_a_name_that_does_not_exist_would_be_found() -> None:
    with pytest.raises(AssertionError, match="tapewire_unit_lag_second "):
        test_every_metric_that_is_named_exists_with_its_labels("here", "tapewire_unit_lag_second > 30")


def test_the_dashboard_shows_every_metric_of_ours() -> None:
    shown = {listed_name(name) for expression in panel_expressions() for name in _WORD.findall(expression)}
    assert {name for name in NAMES if name.startswith("tapewire_")} <= shown


def test_every_alert_says_what_to_do() -> None:
    headings = {line.removeprefix("### ").strip() for line in OPERATIONS.read_text().splitlines() if line.startswith("### ")}
    for rule in alerts():
        assert rule["alert"] in headings, f"docs/operations.md has no section {rule['alert']}"
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_every_unit_is_scraped_and_missed() -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    units = {name: service["command"][1:] for name, service in services.items() if (service.get("command") or [""])[0] == "run"}
    jobs = {job["job_name"]: job for job in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]}
    (discovery,) = jobs["tapewire"]["dns_sd_configs"]
    assert set(discovery["names"]) == set(units)
    assert {services[name]["environment"]["TAPEWIRE_METRICS__PORT"] for name in units} == {str(discovery["port"])}
    assert {services[name]["environment"]["TAPEWIRE_METRICS__HOST"] for name in units} == {"0.0.0.0"}
    (missing,) = [rule["expr"] for rule in alerts() if rule["alert"] == "UnitMissing"]
    assert set(re.findall(r'unit="([^"]+)"', missing)) == {unit for hosted in units.values() for unit in hosted}


def test_grafana_finds_its_files() -> None:
    source = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text())["datasources"][0]
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    mounts = dict(volume.split(":")[:2] for volume in services["grafana"]["volumes"])
    assert all((ROOT / host).is_dir() for host in mounts)
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "tapewire.yml").read_text())["providers"]
    assert provider["options"]["path"] in mounts.values()
    for board in dashboards():
        assert {panel["datasource"]["uid"] for panel in board["panels"] if "datasource" in panel} == {source["uid"]}
        identities = [panel["id"] for panel in board["panels"]]
        assert len(identities) == len(set(identities))
