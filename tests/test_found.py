"""Connectors are found by the name of their module, and loaded when somebody watches their platform."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from slamon.connectors import found
from slamon.loading import connector_infos

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "channels: [{name: acme, connector: archive, account: acme, path: messages.jsonl}]"
LOADED = """
import sys
from pathlib import Path
from slamon.loading import load
load(Path("config.yaml"))
print([name for name in sys.modules if name.startswith("slamon.connectors.") and "_" not in name])
"""


def test_every_platform_of_the_issue_is_there() -> None:
    assert set(found()) >= {
        *("x", "facebook", "messenger", "instagram", "linkedin", "email"),
        *("mastodon", "bluesky", "youtube", "reddit", "archive"),
    }


@pytest.mark.parametrize("name", ["base", "http", "_graph", "nobody"])
def test_a_module_that_is_no_platform_is_not_found(name: str) -> None:
    assert name not in found()
    assert name not in connector_infos()


def test_only_what_is_configured_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "['slamon.connectors.base', 'slamon.connectors.archive']"
