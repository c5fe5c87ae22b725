"""slamon as a person runs it, beside a real server: a configuration in a folder, `once`, and what `waiting` prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SLAMON = Path(sys.executable).with_name("slamon")
RULES = "policies:\n  - {name: everyone, first_response: 1h}\n"


class Watched:
    """One channel, named `acme`, in a folder of its own. Secrets go into the environment of the commands only."""

    def __init__(self, folder: Path, channel: dict[str, Any], secrets: dict[str, str]) -> None:
        self.folder = folder
        self.environ = {**os.environ, **secrets}
        (folder / "rules").mkdir()
        (folder / "rules/default.yaml").write_text(RULES, encoding="utf-8")
        config = {"database": "sqlite:///slamon.db", "rules": "rules/", "channels": [{"name": "acme", **channel}]}
        (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML

    def once(self) -> str:
        """Read the server once; :returns: the outcome."""
        outcome: str = self._run("once", "--json")["channels"]["acme"]
        return outcome

    def waiting(self) -> set[str]:
        """Read the server once; :returns: the newest words of everybody who waits then."""
        assert self.once() == "ok"
        return {wait["text"] for wait in self._run("waiting", "--json")["waiting"]}

    def probe(self) -> dict[str, Any]:
        """What `slamon probe` prints."""
        return self._run("probe", "acme", "--json")

    def _run(self, *arguments: str) -> dict[str, Any]:
        ran = subprocess.run(
            [SLAMON, *arguments, "--config", "config.yaml"],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.stdout.startswith("{"), ran.stderr
        answer: dict[str, Any] = json.loads(ran.stdout)
        return answer
