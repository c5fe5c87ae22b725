"""The compose file of the boards: everything that it names is there, and reaches this machine alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from metrics_world import ROOT
from prometheus_server import needs_promtool, promtool

GRAFANA = ROOT / "grafana"
COMPOSE: dict[str, Any] = yaml.safe_load((GRAFANA / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
MOUNTS = [mount.split(":") for service in SERVICES.values() for mount in service.get("volumes", ())]
PLACES = {"prometheus": ROOT / "exporters/prometheus/scrape.yml", "alertmanager": GRAFANA / "compose/alertmanager.yml"}
AMTOOL = shutil.which("amtool")


def test_it_brings_up_four_services_in_pinned_versions() -> None:
    assert set(SERVICES) == {"slamon", "prometheus", "alertmanager", "grafana"}
    for name, service in SERVICES.items():
        if name != "slamon":
            assert re.fullmatch(r"[a-z]+/[a-z]+:v?\d+\.\d+\.\d+", service["image"])


def test_every_service_listens_on_loopback_alone() -> None:
    for service in SERVICES.values():
        assert service["network_mode"] == "host"
        assert "ports" not in service
    listen = [word for service in SERVICES.values() for word in service.get("command", ()) if "web.listen" in word]
    assert listen == ["--web.listen-address=127.0.0.1:9090", "--web.listen-address=127.0.0.1:9093"]
    assert SERVICES["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"


def test_every_mounted_file_is_there_and_cannot_be_written() -> None:
    assert len(MOUNTS) == 5
    for source, _, mode in MOUNTS:
        assert (GRAFANA / source).exists(), source
        assert mode == "ro"


def test_every_file_that_a_service_is_told_of_is_mounted() -> None:
    told = {
        name: word.removeprefix("--config.file=")
        for name in PLACES
        for word in SERVICES[name]["command"]
        if word.startswith("--config.file=")
    }
    assert set(told) == set(PLACES)
    for name, path in told.items():
        assert seen_as(path) == PLACES[name]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert seen_as(home) == GRAFANA / "dashboards/slamon-now.json"
    assert seen_as("/etc/grafana/provisioning/dashboards/slamon.yaml").is_file()
    boards = yaml.safe_load((GRAFANA / "provisioning/dashboards/slamon.yaml").read_text())
    assert seen_as(boards["providers"][0]["options"]["path"]) == GRAFANA / "dashboards"


def seen_as(path: str) -> Any:
    """The file of the checkout that a container sees at `path`."""
    for source, target, _ in MOUNTS:
        if path == target or path.startswith(f"{target}/"):
            return (GRAFANA / source / path.removeprefix(target).lstrip("/")).resolve()
    raise AssertionError(f"{path} is not mounted")


def test_grafana_asks_the_prometheus_beside_it_and_has_no_password_of_ours() -> None:
    sources = yaml.safe_load((GRAFANA / "provisioning/datasources/slamon.yaml").read_text())
    assert [source["url"] for source in sources["datasources"]] == ["http://127.0.0.1:9090"]
    environment = SERVICES["grafana"]["environment"]
    assert environment["GF_SECURITY_ADMIN_PASSWORD"].startswith("${GRAFANA_ADMIN_PASSWORD:?")
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"


def test_the_image_is_built_from_what_a_wheel_is_made_of() -> None:
    build = SERVICES["slamon"]["build"]
    assert (GRAFANA / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    kept = (ROOT / f"{build['dockerfile']}.dockerignore").read_text().splitlines()
    assert kept[1] == "*"
    for line in kept:
        assert not line.startswith("!") or (ROOT / line[1:]).exists(), line


@needs_promtool
def test_prometheus_takes_its_configuration_with_rules_and_alertmanager() -> None:
    checked = promtool("check", "config", str(PLACES["prometheus"]))
    assert checked.returncode == 0, checked.stderr
    config = yaml.safe_load(PLACES["prometheus"].read_text())
    targets = [job["static_configs"][0]["targets"] for job in config["scrape_configs"]]
    assert ["127.0.0.1:9877"] in targets
    assert config["rule_files"]
    alertmanagers = config["alerting"]["alertmanagers"]
    assert [place["static_configs"][0]["targets"] for place in alertmanagers] == [["127.0.0.1:9093"]]


@pytest.mark.skipif(AMTOOL is None, reason="needs amtool (Debian package prometheus-alertmanager)")
def test_alertmanager_takes_its_configuration() -> None:
    assert AMTOOL is not None
    checked = subprocess.run(
        [AMTOOL, "check-config", PLACES["alertmanager"]], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
