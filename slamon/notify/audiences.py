"""`notify.audiences`: names for those who are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from slamon.fields import YesNo, ZoneName, find_zone
from slamon.notify import shifts
from slamon.notify.places import SlackPlace  # noqa: TC001 - as above
from slamon.notify.shifts import read_persons, read_quiet, read_shifts
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.shape import Reader
    from slamon.sla.shifts import Quiet, Shifts


class AudienceKeys(Keys):
    """Somebody to tell."""

    slack: SlackPlace = Field(description='`"#channel"`, a person\'s e-mail address, or an id')
    mention: Any = Field(
        default=None,
        description='Whom a message wakes: `"@user-group"`, a person\'s e-mail address, or an id; or a list, of which '
        "each repetition wakes the next",
    )
    shifts: list[Any] | None = Field(
        default=None, description="Whom to wake by weekday and hour, a list; outside all of them, `mention`"
    )
    quiet: Any = Field(
        default=None, description="Hours in which nobody is told, one or a list: what there is to tell waits"
    )
    timezone: ZoneName | None = Field(
        default=None, description="The zone of shifts and quiet hours; left out: `notify.timezone`"
    )
    default: YesNo = Field(default=False, description="Stages that name nobody go here; one audience has it")


@dataclass(frozen=True, slots=True)
class Audience:
    """Somebody to tell: `slack` is a place as written, `mention` whom to wake there, before the `others`."""

    name: str
    slack: str
    mention: str | None
    default: bool
    others: tuple[str, ...] = ()
    shifts: Shifts | None = None
    quiet: Quiet | None = None


def read_audiences(reader: Reader, said: Mapping[str, Any], zone: str, *, slack: bool) -> dict[str, Audience]:
    """All that are whole, one of them the default.

    :param zone: of those who name none.
    :param slack: whether it stands in the file how Slack is reached.
    """
    if said and not slack:
        reader.blame(
            ("notify", "audiences"), "nobody can be told: `slack` is missing", "slack: {token: {env: NAME}}", key=True
        )
    audiences = {name: audience for name in said if (audience := _audience(reader, name, zone))}
    return _with_default(reader, audiences, len(said)) if audiences else audiences


def _audience(reader: Reader, name: str, notify_zone: str) -> Audience | None:
    where = ("notify", "audiences", name)
    keys = reader.read(AudienceKeys, where)
    if keys is None:
        return None
    zone = find_zone(keys.timezone or notify_zone)
    persons = () if keys.mention is None else read_persons(reader, (*where, "mention"))
    return Audience(
        name,
        keys.slack,
        persons[0] if persons else None,
        keys.default,
        persons[1:],
        None if keys.shifts is None else read_shifts(reader, (*where, "shifts"), len(keys.shifts), zone),
        None if keys.quiet is None else read_quiet(reader, (*where, "quiet"), zone),
    )


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


KEYS: tuple[tuple[str, type[Keys]], ...] = (("notify.audiences.NAME", AudienceKeys), *shifts.KEYS)
