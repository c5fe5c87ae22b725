"""The first of two passes over a file: is each piece of the shape that its model says? All faults, with places."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from slamon.fields import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic_core import ErrorDetails

    from slamon.errors import Fault
    from slamon.yamlfile import Document, Where

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "`yes` or `no`",
    "bool_parsing": "`yes` or `no`",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
}
PREDICATES = ("is ", "has ", "should ", "needs ", "would ")


class Keys(BaseModel):
    """A mapping in a file that admins edit: only its keys may stand there."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    later: ClassVar[Mapping[str, str]] = {}
    """Keys that are known and not supported yet, with what to write meanwhile."""


class Reader:
    """Reads the pieces of one document, one after the other, and gathers every fault."""

    def __init__(self, document: Document, context: dict[str, Any] | None = None) -> None:
        self.document = document
        self.context = context
        self.faults: list[Fault] = list(document.faults)
        self._misspelt: set[Where] = set()
        """Keys that are not missing, only written wrongly."""

    def read(
        self, model: type[M], where: Where, only: Iterable[str] | None = None, also: Iterable[str] = ()
    ) -> M | None:
        """The piece at `where` as a `model`; without what is wrong in it, and `None` where that leaves no whole.

        `only` names the keys of the mapping to look at; `also` further keys that may be suggested.
        """
        data = self.document.at(where)
        if data is None and not where:
            self.blame((), "the file is empty")
            return None
        if only is not None:
            data = {key: data[key] for key in only}
        try:
            return model.model_validate(data, context=self.context)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        for found in sorted(errors, key=lambda error: error["type"] != "extra_forbidden"):
            self._report(model, where, found, also)
        return self._rest(model, data, {found["loc"][0] for found in errors if found["loc"]})

    def value(self, parse: Callable[[Any], T], where: Where) -> T | None:
        """What `parse` makes of the value at `where`; `None` and a fault when it raises a `mistake`."""
        try:
            return parse(self.document.at(where))
        except PydanticCustomError as error:
            context = error.context or {}
            self.blame(where, _named(where[-1], context["message"]), context["hint"])
            return None

    def misspelt(self, where: Where) -> bool:
        """Whether the key at `where` stands there under a wrong name, which is told already."""
        return where in self._misspelt

    def blame(self, where: Where, message: str, hint: str = "", *, key: bool = False) -> None:
        """Note a fault at a value, or at its key; once, where what it is about stands behind an alias as well."""
        fault = self.document.fault(where, message, hint, key=key)
        told = any((other.message, other.hint) == (message, hint) for other in self.faults)
        if not told or where in self.document.places or where in self.document.keys:
            self.faults.append(fault)

    def _rest(self, model: type[M], data: Any, bad: set[str | int]) -> M | None:  # noqa: ANN401 - whatever stands there
        if not isinstance(data, dict):
            return None
        try:
            return model.model_validate({k: v for k, v in data.items() if k not in bad}, context=self.context)
        except ValidationError:
            return None

    def _report(self, model: type[BaseModel], top: Where, error: ErrorDetails, also: Iterable[str]) -> None:
        loc, kind = error["loc"], error["type"]
        where, last = (*top, *loc), loc[-1] if loc else ""
        if kind == "extra_forbidden":
            owner = _model_at(model, loc[:-1])
            known = {*_names(owner), *(also if len(loc) == 1 else ())}
            self._misspelt.add((*where[:-1], nearest(str(last), known) or ""))
            self.blame(where, *_unknown_key(owner, str(last), known), key=True)
        elif kind == "missing":
            if where not in self._misspelt:
                self.blame(where[:-1], f"`{last}` is missing", _description(_model_at(model, loc[:-1]), str(last)))
        elif kind == "mistake":
            context = error["ctx"]
            self.blame(where, _named(last, context["message"]), context["hint"])
        elif kind in {"too_short", "string_too_short"}:
            self.blame(where, _named(last, "is empty"))
        elif kind == "literal_error":
            self.blame(where, _named(last, "should be " + error["ctx"]["expected"].replace("'", "`")))
        else:
            self.blame(where, *_wrong_type(error, last))


def _unknown_key(owner: type[BaseModel] | None, name: str, known: set[str]) -> tuple[str, str]:
    later = getattr(owner, "later", {})
    if name in later:
        return f"`{name}` is not supported yet", later[name]
    return f"unknown key `{name[:60]}`", did_you_mean(name, known)


def _wrong_type(error: ErrorDetails, last: str | int) -> tuple[str, str]:
    value, wanted = error["input"], WANTED.get(error["type"])
    if wanted is None:
        return _named(last, error["msg"][:1].lower() + error["msg"][1:]), ""
    if value is None:
        return _named(last, "has no value"), "text that begins with # needs quotes" if wanted == "text" else ""
    hint = ""
    if wanted == "text" and isinstance(value, bool | int | float):
        hint = "put it in quotes"
    elif wanted == "a list" and isinstance(value, str):
        hint = "put it in brackets: [a, b]"
    return _named(last, f"should be {wanted}"), hint


def _named(last: str | int, message: str) -> str:
    if not isinstance(last, str) or not last:
        return message
    return f"`{last}` {message}" if message.startswith(PREDICATES) else f"`{last}`: {message}"


def _names(model: type[BaseModel] | None) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()} if model else set()


def _description(model: type[BaseModel] | None, name: str) -> str:
    fields = model.model_fields.items() if model else ()
    return next((field.description or "" for key, field in fields if (field.alias or key) == name), "")


def _model_at(model: Any, loc: tuple[str | int, ...]) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    """The model that the mapping at `loc` is read with."""
    if get_origin(model) in {Union, UnionType}:
        model = next((part for part in get_args(model) if part is not type(None)), None)
    if isinstance(model, type) and issubclass(model, BaseModel):
        if not loc:
            return model
        field = model.model_fields.get(str(loc[0]))
        return _model_at(field.annotation, loc[1:]) if field else None
    parts = get_args(model)
    return _model_at(parts[-1] if parts[-1] is not Ellipsis else parts[0], loc[1:]) if parts and loc else None
