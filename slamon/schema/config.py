"""config.yaml as JSON Schema. The keys of a channel follow from its connector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from slamon.config_keys import ChannelKeys, ConfigKeys
from slamon.notify import NotifyKeys
from slamon.notify.people import MEMBERS, NAME, PeopleKeys
from slamon.notify.places import SlackPersons
from slamon.notify.second_route import SecondRouteKeys
from slamon.notify.slack import SlackKeys
from slamon.schema.audiences import audience
from slamon.schema.digests import digests
from slamon.schema.models import mapping
from slamon.secret import SCHEMA
from slamon.webfile import WebSettingsKeys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from slamon.schema.models import Schema


def config(connectors: Mapping[str, type[BaseModel]]) -> Schema:
    """The whole file; `connectors` are the models of their settings by name."""
    audiences = {"type": "object", "additionalProperties": audience()}
    somebody = {"required": ["audiences"], "properties": {"audiences": {"minProperties": 1}}}
    persons = {"type": "array", "items": TypeAdapter(SlackPersons).json_schema(), "minItems": 1}
    tokens = {
        "type": "object",
        "additionalProperties": SCHEMA,
        "propertyNames": {"type": "string", "pattern": f"^{NAME.pattern}$"},
    }
    parts = {
        "slack": mapping(SlackKeys),
        "audiences": audiences,
        "digests": digests(),
        "people": mapping(PeopleKeys, {"may_act": {"anyOf": [{"enum": [MEMBERS]}, persons]}, "http": tokens}),
        "second_route": mapping(SecondRouteKeys)
        | {"anyOf": [{"required": ["alertmanager"]}, {"required": ["webhook"]}]},
    }
    notify = mapping(NotifyKeys, parts)
    notify |= {"if": somebody, "then": {"required": ["slack"]}}
    values = {
        "channels": {"type": "array", "items": _channel(connectors), "minItems": 1},
        "notify": notify,
        "web": mapping(WebSettingsKeys, {"tokens": tokens}),
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
