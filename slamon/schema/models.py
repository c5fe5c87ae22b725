"""A model of keys → JSON Schema: its keys and no others, each with its meaning and what it is when left out.

Draft 7, the newest that yaml-language-server documents. What a second pass reads is `Any` in its model; such a key
gets its schema by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic.fields import FieldInfo
    from pydantic_core import core_schema

    Schema: TypeAlias = dict[str, Any]


class _Bare(GenerateJsonSchema):
    """As pydantic has it, but defaults as people write them, and nothing for what it cannot know."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def handle_invalid_for_json_schema(self, schema: core_schema.CoreSchema, error_info: str) -> Schema:
        del schema, error_info
        return {}


def mapping(
    model: type[BaseModel], values: Mapping[str, Schema] | None = None, *, never_empty: Collection[str] = ()
) -> Schema:
    """A mapping with the keys of `model`, and `values` for those that pydantic cannot describe.

    A key that may be left out may also stand there without a value, unless it is `never_empty`.

    :raises KeyError: `values` names a key that the model does not have.
    """
    given = values or {}
    whole = model.model_json_schema(schema_generator=_Bare)
    drawn = _inlined(whole["properties"], whole.get("$defs", {}))
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    if strays := (given.keys() | set(never_empty)) - fields.keys():
        raise KeyError(f"{model.__name__} has no key {', '.join(sorted(strays))}")
    properties = {}
    for key, field in fields.items():
        value = given.get(key) or _nested(field) or drawn[key]
        left_out = not field.is_required() and field.default is None and key not in never_empty
        properties[key] = _explained(nullable(value) if left_out else value, field)
    required = [key for key, field in fields.items() if field.is_required()]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})


def _inlined(part: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any part of a schema
    """`part` with each of pydantic's definitions in its place: they would get lost when parts are put together."""
    if isinstance(part, list):
        return [_inlined(each, definitions) for each in part]
    if not isinstance(part, dict):
        return part
    name = str(part.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions:
        rest = {key: value for key, value in part.items() if key != "$ref"}
        found = {key: value for key, value in definitions[name].items() if key not in {"title", "description"}}
        return {**_inlined(found, definitions), **rest}
    return {key: _inlined(value, definitions) for key, value in part.items()}


def nullable(schema: Schema) -> Schema:
    """`schema`, or no value at all."""
    if accepts_null(schema):
        return schema
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return schema | {"type": [schema["type"], "null"]}
    if schema.keys() == {"anyOf"}:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    return {"anyOf": [schema, {"type": "null"}]}


def accepts_null(schema: Schema) -> bool:
    """Whether `nullable` has been here before, or pydantic."""
    return "null" in schema.get("type", ()) or any(accepts_null(part) for part in schema.get("anyOf", ()))


def default(field: FieldInfo) -> str | int | None:
    """What a key is when it is left out, as it would be written; `None` where that is no single word."""
    value = field.default
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str | int) and value != "" else None


def _nested(field: FieldInfo) -> Schema | None:
    parts = [field.annotation, *get_args(field.annotation)]
    model = next((part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)), None)
    return mapping(model) if model else None


def _explained(schema: Schema, field: FieldInfo) -> Schema:
    """With its meaning; beside a `$ref` nothing else counts, so that goes into a list."""
    schema = {key: value for key, value in schema.items() if key != "title"}
    if "$ref" in schema:
        schema = {"allOf": [schema]}
    if field.description:
        schema = {"description": field.description} | schema
    value = None if field.is_required() else default(field)
    fits = value is not None and (isinstance(value, str) or not _is_text(schema))
    return schema | {"default": value} if fits else schema


def _is_text(schema: Schema) -> bool:
    return "string" in schema.get("type", ())
