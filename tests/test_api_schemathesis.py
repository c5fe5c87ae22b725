"""schemathesis finds nothing: it asks what the description allows and what it forbids, and checks every answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api_server import Served, serving
from test_act_http import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as made:
        yield made


@pytest.mark.skipif(not SCHEMATHESIS.exists(), reason="schemathesis is not installed")
def test_schemathesis_finds_nothing(served: Served, tmp_path: Path) -> None:
    """All its checks, in all its phases; the process is its own, for its threads heed none of pytest's filters."""
    url = f"http://{served.address}/api/v1/openapi.json"
    options = ["--max-examples", "4", "--seed", "1", "--checks", "all", "--header", f"Authorization: Bearer {TOKEN}"]
    command = [str(SCHEMATHESIS), "run", url, *options]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False)
    assert ran.returncode == 0, ran.stdout[-4_000:] + ran.stderr[-1_000:]
    assert "8 selected / 8 total" in ran.stdout
    assert "✅ Stateful" in ran.stdout
