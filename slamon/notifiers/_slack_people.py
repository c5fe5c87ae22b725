"""Who may act in Slack, and what people are called there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from slamon import logs
from slamon.notifiers.base import Outcome, SendError
from slamon.notifiers.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KEPT = 300.0
"""Seconds for which an answer of Slack is good: who leaves the team may act for so long."""
NAME_ROOM = 80
"""Characters of a name; Slack itself takes 80."""
NO_USER = "USLACKBOT"
"""The one bot that Slack does not call one."""

ONLY_MEMBERS = "Only full members of this Slack workspace may do this. Nothing was changed."
ONLY_NAMED = "Only people named in slamon's setting `may_act` may do this. Nothing was changed."
UNKNOWN = "Slack did not say who you are, so nothing was changed. Please try again in a minute."

log = logs.get("slamon.slack_people")


@dataclass(frozen=True, slots=True)
class Member:
    """A person who may act."""

    id: str
    name: str
    """As people in Slack call them; it is a stranger's word all the same."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody who may not."""

    words: str
    """Why, in one sentence for that person; empty for programs, which read nothing."""


class Directory(Protocol):
    """What has to be asked of Slack; every method may raise `SendError`."""

    def team(self) -> str:
        """The id of the workspace."""
        ...

    def user(self, id_: str) -> Mapping[str, Any]:
        """`users.info`."""
        ...

    def resolve(self, destination: str) -> str:
        """The id of `@group` or `name@company`."""
        ...

    def members(self, group: str) -> Sequence[str]:
        """The ids of a user group's members."""
        ...


class People:
    """Tells who may act, asking Slack at most once in five minutes for each name. Safe from any thread.

    `may_act`: `None` for the full members of the workspace, else names as an admin writes them. `seconds` is a
    monotonic clock.
    """

    def __init__(self, directory: Directory, may_act: Sequence[str] | None, seconds: Callable[[], float]) -> None:
        self._directory = directory
        self._may_act = may_act
        self._seconds = seconds
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def who(self, id_: str) -> Member | Refused:
        """The person of that id, if they may act; raises nothing."""
        try:
            found = self._once(f"person:{id_}", lambda: self._directory.user(id_))
            if _is_program(id_, found):
                return Refused("")
            why = self._why_not(id_, found)
        except SendError as error:
            log.warning("slack_people_unreadable", code=error.code)
            return Refused(UNKNOWN)
        return Refused(why) if why else Member(id_, _name(id_, found))

    def _why_not(self, id_: str, found: Mapping[str, Any]) -> str:
        if self._may_act is None:
            return "" if _is_full_member(found, self._directory.team()) else ONLY_MEMBERS
        return "" if self._is_named(id_, self._may_act) else ONLY_NAMED

    def _is_named(self, id_: str, names: Sequence[str]) -> bool:
        """Whether one of the names is theirs; one that cannot be looked up matters only if no other one fits."""
        trouble = None
        for name in names:
            try:
                if id_ in self._once(f"name:{name}", partial(self._ids, name)):
                    return True
            except SendError as error:
                trouble = error
        if trouble is not None:
            raise trouble
        return False

    def _ids(self, name: str) -> Sequence[str]:
        try:
            found = self._directory.resolve(name)
            return self._directory.members(found) if found.startswith("S") else (found,)
        except SendError as error:
            if error.outcome is not Outcome.BAD_PLACE or error.code == "missing_scope":
                raise
            log.warning("slack_nobody_named", name=name, code=error.code)
            return ()

    def _once(self, key: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked for
        now = self._seconds()
        with self._lock:
            at, answer = self._kept.get(key, (0.0, None))
        if answer is not None and now - at < KEPT:
            return answer
        answer = ask()
        with self._lock:
            self._kept = {name: kept for name, kept in self._kept.items() if now - kept[0] < KEPT}
            self._kept[key] = (now, answer)
        return answer


def _is_program(id_: str, found: Mapping[str, Any]) -> bool:
    return id_ == NO_USER or any(found.get(name) for name in ("is_bot", "is_app_user", "is_workflow_bot", "deleted"))


def _is_full_member(found: Mapping[str, Any], team: str) -> bool:
    """Neither a guest, nor somebody from another company in a shared channel."""
    outside = any(found.get(name) for name in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    teams = {found.get("team_id"), *_teams(found)}
    return not outside and team in teams


def _teams(found: Mapping[str, Any]) -> Sequence[str]:
    """In an organisation of several workspaces: all those that the person is in."""
    organisation = found.get("enterprise_user")
    teams = organisation.get("teams") if isinstance(organisation, dict) else None
    return [team for team in teams if isinstance(team, str)] if isinstance(teams, list) else []


def _name(id_: str, found: Mapping[str, Any]) -> str:
    profile = found.get("profile")
    known = [profile.get("display_name"), profile.get("real_name")] if isinstance(profile, dict) else []
    names = (one_line(name)[:NAME_ROOM] for name in [*known, found.get("name")] if isinstance(name, str))
    return next((name for name in names if name), id_)
