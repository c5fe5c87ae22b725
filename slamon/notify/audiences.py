"""`notify.audiences`: names for those who are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from slamon.fields import YesNo  # noqa: TC001 - pydantic evaluates annotations
from slamon.notify.places import SlackPersons, SlackPlace  # noqa: TC001 - as above
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.shape import Reader


class AudienceKeys(Keys):
    """Somebody to tell."""

    slack: SlackPlace = Field(description='`"#channel"`, a person\'s e-mail address, or an id')
    mention: SlackPersons | None = Field(
        default=None, description='Whom a message wakes: `"@user-group"`, a person\'s e-mail address, or an id'
    )
    default: YesNo = Field(default=False, description="Stages that name nobody go here; one audience has it")


@dataclass(frozen=True, slots=True)
class Audience:
    """Somebody to tell: `slack` is a place as written, `mention` whom to wake there."""

    name: str
    slack: str
    mention: str | None
    default: bool


def read_audiences(reader: Reader, said: Mapping[str, Any], *, slack: bool) -> dict[str, Audience]:
    """All that are whole, one of them the default; `slack`: whether it stands in the file how Slack is reached."""
    if said and not slack:
        reader.blame(
            ("notify", "audiences"), "nobody can be told: `slack` is missing", "slack: {token: {env: NAME}}", key=True
        )
    audiences = {name: audience for name in said if (audience := _audience(reader, name))}
    return _with_default(reader, audiences, len(said)) if audiences else audiences


def _audience(reader: Reader, name: str) -> Audience | None:
    keys = reader.read(AudienceKeys, ("notify", "audiences", name))
    return Audience(name, keys.slack, keys.mention, keys.default) if keys else None


def _with_default(reader: Reader, audiences: dict[str, Audience], written: int) -> dict[str, Audience]:
    chosen = [name for name, audience in audiences.items() if audience.default]
    if written == 1:
        return {name: replace(audience, default=True) for name, audience in audiences.items()}
    for name in chosen[1:]:
        reader.blame(
            ("notify", "audiences", name, "default"), f"`{chosen[0]}` is the default already", "only one can be"
        )
    if not chosen and len(audiences) == written:
        reader.blame(("notify", "audiences"), "no audience is the default", "add `default: yes` to one", key=True)
    return audiences


KEYS: tuple[tuple[str, type[Keys]], ...] = (("notify.audiences.NAME", AudienceKeys),)
