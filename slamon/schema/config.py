"""config.yaml as JSON Schema. The keys of a channel follow from its connector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.config_keys import ChannelKeys, ConfigKeys
from slamon.notify import NotifyKeys
from slamon.notify.audiences import AudienceKeys
from slamon.notify.digests import DigestsKeys
from slamon.notify.people import PeopleKeys
from slamon.notify.second_route import SecondRouteKeys
from slamon.notify.slack import SlackKeys
from slamon.schema.models import mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from slamon.schema.models import Schema


def config(connectors: Mapping[str, type[BaseModel]]) -> Schema:
    """The whole file; `connectors` are the models of their settings by name."""
    audiences = {"type": "object", "additionalProperties": mapping(AudienceKeys)}
    somebody = {"required": ["audiences"], "properties": {"audiences": {"minProperties": 1}}}
    parts = {
        "slack": mapping(SlackKeys),
        "audiences": audiences,
        "digests": mapping(DigestsKeys),
        "people": mapping(PeopleKeys),
        "second_route": mapping(SecondRouteKeys),
    }
    notify = mapping(NotifyKeys, parts)
    notify |= {"if": somebody, "then": {"required": ["slack"]}}
    values = {
        "channels": {"type": "array", "items": _channel(connectors), "minItems": 1},
        "notify": notify,
    }
    schema = mapping(ConfigKeys, values)
    return schema | {"required": ["channels"]}


def _channel(connectors: Mapping[str, type[BaseModel]]) -> Schema:
    """A chain of if and else, so that an editor complains about the keys of this connector, not about all others."""
    names = {"enum": sorted(connectors)}
    known = mapping(ChannelKeys, {"connector": names})
    chain: Schema = {}
    for name in sorted(connectors, reverse=True):
        settings = mapping(connectors[name])
        whole = {
            "properties": {**settings["properties"], **known["properties"]},
            "required": settings.get("required", []),
            "additionalProperties": False,
        }
        chain = {
            "if": {"properties": {"connector": {"const": name}}, "required": ["connector"]},
            "then": whole,
            "else": chain or {"required": ["connector"]},
        }
    return {"type": "object", "properties": known["properties"], "required": known["required"], **chain}
