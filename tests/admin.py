"""What the tests of both YAML languages share: a pretend connector, and a folder as an admin would have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from slamon.config import Config, ConnectorInfo
from slamon.model import MINUTE, SECOND, Kind
from slamon.rules import ChannelFacts
from slamon.secret import Secret  # noqa: TC001 - pydantic evaluates annotations

if TYPE_CHECKING:
    from pathlib import Path


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Secret


class PretendSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str
    team: tuple[str, ...] = ()
    credentials: Credentials


CONNECTORS = {"pretend": ConnectorInfo(PretendSettings, default_every=MINUTE, least_every=SECOND)}
ENVIRON = {"TOKEN": "canary-f81d", "LONG_TOKEN": "canary-f81d-0123456789"}
FACTS = ChannelFacts("pretend", frozenset({"author.verified"}), frozenset({Kind.MENTION, Kind.QUOTE}))

CHANNEL = """\
channels:
  - name: acme-x
    connector: pretend
    account: acme
    credentials: {token: {env: TOKEN}}
"""
POLICY = """\
policies:
  - name: everyone
    first_response: 1h
"""
CALENDARS = """\
calendars:
  support:
    timezone: Europe/Berlin
    open: {mon-fri: "09:00-17:00"}
"""


def facts(config: Config) -> dict[str, ChannelFacts]:
    return {channel.name: FACTS for channel in config.channels}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files into `folder`, and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder
