"""`slamon check`: every fault of the configuration and the rules at once, or what they promise, in words."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.checks import Checked
    from slamon.config import Config, ConnectorInfo
    from slamon.model import Instant
    from slamon.rules import ChannelFacts
    from slamon.sla.policy import ChannelRules, Length, Objective, Policy, Stage

GOOD, FAULTY, USAGE = 0, 1, 2


@click.command("check")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config.yaml"),
    show_default=True,
    metavar="FILE",
    help="The configuration.",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The rules, instead of those the configuration names.",
)
@click.option("--json", "as_json", is_flag=True, help="Print faults and promises as JSON.")
def command(config: Path, rules: Path | None, *, as_json: bool) -> None:
    """Check the configuration and the rules; print every fault, or each promise in words.

    Exit code 0: good; 1: faults, one a line; 2: a file cannot be read.
    """
    from slamon.loading import channel_facts, connector_infos

    sys.exit(run(config, rules, connector_infos(), channel_facts, as_json=as_json))


def run(
    config: Path,
    rules: Path | None,
    connectors: Mapping[str, ConnectorInfo],
    facts: Callable[[Config], Mapping[str, ChannelFacts]],
    *,
    as_json: bool = False,
) -> int:
    """Check, print, and return the exit code."""
    from slamon.checks import check
    from slamon.cli._check_web import with_expiry
    from slamon.errors import UsageError
    from slamon.logs import escape

    now = time.time_ns() // 1_000_000
    try:
        checked = with_expiry(check(config, rules, connectors, facts), now)
    except UsageError as error:
        click.echo(escape(str(error)), err=True)
        return USAGE
    lines = [json.dumps(as_data(checked, now), indent=2)] if as_json else map(escape, as_lines(checked, now))
    click.echo("\n".join(lines))
    return FAULTY if checked.faults else GOOD


def as_lines(checked: Checked, now: Instant) -> list[str]:
    """One line a fault; without faults, a paragraph a channel, and one about those who are told."""
    from slamon.checks import settings
    from slamon.cli._check_audiences import audience_lines
    from slamon.cli._check_web import web_lines

    if checked.config is None or checked.rules is None:
        return [str(fault) for fault in checked.faults]
    lines = [f"{checked.config.path} and its rules are good (rules {checked.rules.version})"]
    for channel in checked.config.channels:
        rules = checked.rules.of(channel.name)
        lines += ["", f"{channel.name} on {channel.connector}, by {rules.source}"]
        lines += [f"  {line}" for line in (*_promises(checked.config, rules), *settings(rules))]
    told = [f"  {line}" for line in audience_lines(checked.config, now)]
    lines += ["", "who is told", *told] if told else []
    web = [f"  {line}" for line in web_lines(checked.config, now)]
    return [*lines, "", "who opens the pages", *web] if web else lines


def _promises(config: Config, rules: ChannelRules) -> list[str]:
    from slamon.checks import promise
    from slamon.cli._check_audiences import untold

    default = _default(config)
    lines = [promise(policy, default) for policy in rules.policies]
    lines += [line for policy in rules.policies for line in untold(config, policy, default)]
    unmatched = all(policy.conditions for policy in rules.policies)
    return [*lines, "whom no policy fits is counted as unmatched, and held to nothing"] if unmatched else lines


def _default(config: Config) -> str | None:
    return next((name for name, audience in config.notify.audiences.items() if audience.default), None)


def as_data(checked: Checked, now: Instant) -> dict[str, Any]:
    """The same for programs; spans are in seconds, open days as `1bd`, `null` where a target is off."""
    from slamon.cli._check_audiences import audience_data

    faults = [{key: getattr(fault, key) for key in fault.__slots__} for fault in checked.faults]
    if checked.config is None or checked.rules is None:
        return {"ok": False, "faults": faults}
    channels = {
        channel.name: {
            "platform": channel.connector,
            "rules": checked.rules.of(channel.name).source,
            "policies": [_policy(checked.config, policy) for policy in checked.rules.of(channel.name).policies],
        }
        for channel in checked.config.channels
    }
    version, audiences = checked.rules.version, audience_data(checked.config, now)
    return {"ok": True, "faults": [], "rules_version": version, "channels": channels, "audiences": audiences}


def _objective(objective: Objective | None) -> dict[str, float] | None:
    return None if objective is None else {"share": objective.share / 1e6, "over": objective.over / 1_000}


def _length(length: Length | None) -> float | str | None:
    """Seconds of open time, or open days as they are written."""
    if length is None or isinstance(length, int):
        return None if length is None else length / 1_000
    return f"{length.days}bd"


def _until(stage: Stage) -> str | None:
    if stage.repeat is None:
        return None
    return "answered" if stage.until_answered else "acknowledged"


def _policy(config: Config, policy: Policy) -> dict[str, Any]:
    from slamon.checks import promise

    default = _default(config)
    return {
        "name": policy.name,
        "when": [condition.words for condition in policy.conditions],
        "targets": {target: _length(length) for target, length in policy.targets.items()},
        "calendar": policy.calendar.name,
        "stages": [
            {
                "at": stage.name,
                "to": stage.audience or default,
                "broadcast": stage.broadcast,
                "repeat": None if stage.repeat is None else stage.repeat / 1_000,
                "at_most": stage.at_most,
                "until": _until(stage),
                "storm": "exempt" if stage.exempt else None,
                "quiet": "ignore" if stage.ignores_quiet else None,
            }
            for stage in policy.stages
        ],
        "objective": _objective(policy.objective),
        "words": promise(policy, default),
    }
