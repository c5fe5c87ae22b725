"""Commands that only read the database: they work beside the daemon, for people who do not have its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from slamon.cli import group
from slamon.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
database: {database}
channels:
  - name: acme-x
    connector: x
    account: acme
    credentials: {{bearer_token: {{env: NO_SUCH_TOKEN}}}}
notify:
  slack: {{token: {{file: no-such-file}}}}
  audiences: {{desk: {{slack: "#desk"}}}}
"""


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(database=sqlite_url))
    return str(path)


def test_waiting_needs_no_token(config: str) -> None:
    said = CliRunner().invoke(group, ["waiting", "--config", config])
    assert (said.exit_code, said.output) == (0, "Nobody waits.\n")


def test_explain_needs_no_token(config: str) -> None:
    said = CliRunner().invoke(group, ["explain", "@nobody", "--config", config])
    assert said.exit_code == 1
    assert "Nothing is known of @nobody" in said.output


def test_status_asks_the_socket_without_a_token(config: str) -> None:
    with pytest.raises(UsageError, match="no slamon listens"):
        CliRunner().invoke(group, ["status", "--config", config], catch_exceptions=False)


def test_once_does_need_them(config: str) -> None:
    said = CliRunner().invoke(group, ["once", "--config", config])
    faults = getattr(said.exception, "faults", [])
    assert [fault.line for fault in faults] == [6, 8]
