"""What the commands share by which people act: which wait is meant, who asks, and who carries it out."""

from __future__ import annotations

import getpass
import json
import os
import sys
import uuid
from typing import TYPE_CHECKING, Any

import click

from slamon.cli._options import configured, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from slamon.asking import Door
    from slamon.config import Config
    from slamon.store.facts import WaitFacts

MOST_LISTED = 20
TEXT_WIDTH = 60


def wait_option(function: Callable[..., object]) -> Callable[..., object]:
    """The argument WAIT."""
    return click.argument("wait")(function)


def span(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A click callback: refuses what is no span, and hands on what was written."""
    from pydantic_core import PydanticCustomError

    from slamon.fields import parse_span

    del ctx, param
    try:
        if value is not None:
            parse_span(value)
    except PydanticCustomError as error:
        context = error.context or {}
        raise click.BadParameter(f"{context['message']} ({context['hint'] or 'write 15m, 1h or 7d'})") from None
    return value


def act(verb: str, wait: str, said: Mapping[str, object], config: Path, *, as_json: bool) -> None:
    """Have it done about the wait that is meant; says what came of it, and ends with its exit code."""
    number = _meant(wait, config, as_json=as_json)
    asked = {"verb": verb, "wait": number, "said": {k: v for k, v in said.items() if v is not None}}
    answer = carried_out("act", {**asked, "by": who(), "key": f"command:{uuid.uuid4().hex}"}, config)
    told(answer, as_json=as_json, takes_back=" (`slamon undo {action}` takes it back)")


def told(answer: dict[str, Any], *, as_json: bool, takes_back: str = "") -> None:
    """Say what came of it, and what takes it back; ends with exit code 1 where nothing was done."""
    from slamon.asking import DONE
    from slamon.logs import escape

    done = answer.pop("outcome") == DONE
    if as_json:
        click.echo(json.dumps(answer if done else {"refused": answer["words"]}, indent=2, ensure_ascii=False))
    else:
        click.echo(escape(answer["words"]) + (takes_back.format(**answer) if done else ""), err=not done)
    sys.exit(0 if done else 1)


def carried_out(command: str, asked: Mapping[str, Any], config: Path) -> dict[str, Any]:
    """The answer of the daemon that holds the database; where none does, it is done here, with the writer's lock."""
    from slamon.control import NobodyListensError, ask
    from slamon.loading import socket_path

    loaded = configured(config)
    try:
        answer: dict[str, Any] = ask(socket_path(loaded), command, **asked)
    except NobodyListensError:
        return _here(loaded, config, lambda door: getattr(door, command)(**asked))
    return answer


def _here(loaded: Config, config: Path, work: Callable[[Door], dict[str, Any]]) -> dict[str, Any]:
    from slamon.acting import Acting
    from slamon.app import wall_clock
    from slamon.asking import Door
    from slamon.audiences import build
    from slamon.loading import load
    from slamon.store.store import Store

    _, rules = load(config, unsealed=False)
    store = Store(loaded.database_url)
    try:
        audiences = {name: build(audience) for name, audience in loaded.notify.audiences.items()}
        return work(Door(Acting(store, lambda: rules, audiences, wall_clock, lambda: None), "command"))
    finally:
        store.close()


def who() -> str:
    """Who asks: behind sudo, the person and not root."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _meant(name: str, config: Path, *, as_json: bool) -> int:
    """The number of the one open wait of that name; a number may be that of a wait that is over."""
    store = stored(config)
    try:
        with store.read() as tx:
            found, known = _open(tx, name)
    finally:
        store.close()
    if len(found) == 1:
        return found[0].id
    if len(known) == 1 and name == str(known[0]):
        return known[0]
    _say_which(name, found, was=bool(known), as_json=as_json)
    sys.exit(1)


def _open(tx: Connection, name: str) -> tuple[list[WaitFacts], list[int]]:
    """The open waits of that name, and the numbers of all that there are or were."""
    from slamon.store import facts

    known = facts.waits_named(tx, name)
    found = [wait for number in known if (wait := facts.of_wait(tx, number)) is not None]
    return [wait for wait in found if wait.state == "open"], known


def _say_which(name: str, found: list[WaitFacts], *, was: bool, as_json: bool) -> None:
    from slamon.logs import escape

    if found:
        words = f"{name} may mean {len(found)} open waits: say the number of one"
    else:
        words = f"nobody waits there any more: {name}" if was else f"nothing is known of {name}"
    if as_json:
        click.echo(json.dumps({"refused": words, "waits": [wait.id for wait in found]}, indent=2, ensure_ascii=False))
        return
    lines = [words, *map(_line, found[:MOST_LISTED])]
    lines += ["  …"] if len(found) > MOST_LISTED else []
    click.echo("\n".join(map(escape, lines)), err=True)


def _line(wait: WaitFacts) -> str:
    from slamon.notifiers.text import called

    newest = wait.messages[-1] if wait.messages else None
    who_waits = called(newest.author) if newest else f"@{wait.customer}"
    text = " ".join(newest.text.split()) if newest else ""
    cut = text if len(text) <= TEXT_WIDTH else text[: TEXT_WIDTH - 1] + "…"
    return f"{wait.id:>6}  {wait.channel}  {wait.status.value}  {who_waits}  {cut}"
