"""A few rows of the kill matrix; `make kill` does them all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


def test_some_deaths_of_each_story_lose_nothing_and_tell_nothing_twice() -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent)))}
    command = (sys.executable, "-m", "kill", "matrix", "--databases", "sqlite", "--every", "40")
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1].endswith(": 0 things wrong")
