"""A secret is written as a reference, never as a value: `{env: NAME}` or `{file: PATH}`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import core_schema

from slamon.fields import mistake
from slamon.logs import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo

LARGEST = 65_536
HOW = "write {env: NAME} or {file: PATH}"
SCHEMA = {
    "type": "object",
    "properties": {
        "env": {"type": "string", "minLength": 1, "description": "The environment variable that holds it"},
        "file": {"type": "string", "minLength": 1, "description": "The file that holds it, relative to this one"},
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
"""What editors are told of a reference."""


class Secret:
    """Prints as stars; `get` hands out the value. As a field of a pydantic model it reads the reference.

    The validation context may hold `base` (the folder that paths are relative to), `environ`, and `unsealed: False`
    for a command that only reads the database: it needs no secret, and gets empty ones.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def get(self) -> str:
        """The value itself: for a header, never for a message."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('********')"

    def __str__(self) -> str:
        return "********"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:  # noqa: ANN401 - pydantic's signature
        del source, handler
        return core_schema.with_info_plain_validator_function(_field)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:  # noqa: ANN401 - as above
        del core, handler
        return SCHEMA


def _field(reference: object, info: ValidationInfo) -> Secret:
    unsealed = (info.context or {}).get("unsealed", True)
    return resolve(reference, info) if unsealed or not is_reference(reference) else Secret("")


def is_reference(value: object) -> bool:
    """Whether it names one place to read a secret from."""
    match value:
        case {"env": str(name), **rest} | {"file": str(name), **rest}:
            return bool(name) and not rest
    return False


def resolve(reference: object, info: ValidationInfo) -> Secret:
    """The secret that a reference leads to; logs never show it from then on.

    :raises PydanticCustomError: no reference, or it leads nowhere; the message never holds the value.
    """
    if isinstance(reference, Secret):
        return reference
    context = info.context or {}
    match reference:
        case {"env": str(name), **rest} if name and not rest:
            value = _from_environment(name, context.get("environ", os.environ))
        case {"file": str(name), **rest} if name and not rest:
            value = _from_file(Path(context.get("base", "."), name))
        case dict():
            raise mistake("should name one place to read the secret from", HOW)
        case _:
            raise mistake("a secret must not stand in the file itself", HOW)
    redact.register(value)
    return Secret(value)


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise mistake(f"the environment variable {name} is not set", "set it before slamon starts")
    return value


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise mistake(f"the secret's file {path} cannot be read: {reason}") from None
    try:
        value = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise mistake(f"the secret's file {path} is not text") from None
    if not value or len(content) > LARGEST:
        raise mistake(f"the secret's file {path} is empty or larger than 64 KiB")
    return value
