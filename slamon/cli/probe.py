"""`slamon probe`: try a channel's credentials, or what slamon may do in Slack."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from slamon.cli._options import config_option, json_option, log_level_option

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.notifiers._slack_probe import Step
    from slamon.probe import Probed

SIGNS = {"ok": "ok     ", "missing": "MISSING", "unknown": "unknown", "failed": "FAILED "}


@click.command("probe")
@click.argument("channel", required=False)
@click.option("--slack", is_flag=True, help="Try the destinations in Slack in place of a channel.")
@config_option
@json_option
@log_level_option
def command(channel: str | None, config: Path, log_level: str, *, slack: bool, as_json: bool) -> None:
    """Prove each permission of CHANNEL by a real read, and say which one is missing and where to get it.

    Writes nothing, except that a token which had to be renewed is kept. Works beside a running daemon. With --slack:
    posts a message in each destination, reads it back, edits it and deletes it, and looks up whom messages wake.

    Exit code 0: nothing is missing, as far as the platform tells; 1: something is missing or was refused, or faults in
    the configuration; 2: no such channel.
    """
    from slamon import logs
    from slamon.app import wall_clock
    from slamon.config import load_config
    from slamon.loading import connector_infos
    from slamon.probe import probe

    logs.configure(log_level)
    if slack == (channel is not None):
        raise click.UsageError("name one channel, or write --slack")
    if channel is None:
        _probe_slack(config, as_json=as_json)
        return
    probed = probe(load_config(config, connector_infos()), channel, wall_clock)
    click.echo(json.dumps(_as_json(probed), indent=2) if as_json else "\n".join(_lines(probed)))
    sys.exit(0 if probed.good else 1)


def _probe_slack(config: Path, *, as_json: bool) -> None:
    import time
    from dataclasses import asdict

    from slamon.config import load_config
    from slamon.drill import probe_slack
    from slamon.loading import connector_infos

    steps = []
    for step in probe_slack(load_config(config, connector_infos()).notify, time.sleep):
        steps.append(step)
        if not as_json:
            click.echo(_step_line(step))
    good = all(step.good for step in steps)
    if as_json:
        click.echo(json.dumps({"good": good, "steps": [asdict(step) for step in steps]}, indent=2))
    sys.exit(0 if good else 1)


def _step_line(step: Step) -> str:
    from slamon.logs import escape

    said = f": {step.said}" if step.said else ""
    return escape(f"  {SIGNS[step.outcome]}  {step.destination}: {step.what}{said}")


def _as_json(probed: Probed) -> dict[str, Any]:
    from slamon.explaining import iso

    return {
        "channel": probed.channel,
        "platform": probed.platform,
        "permissions": [
            {"name": each.permission, "proof": each.proof.value, "said": each.said, "hint": each.hint}
            for each in probed.findings
        ],
        "expires": [
            {"credential": each.credential, "at": iso(each.at), "renewed": each.renewed} for each in probed.expiries
        ],
        "budgets": [
            {
                "endpoint": each.endpoint,
                "limit": each.limit,
                "remaining": each.remaining,
                "resets_at": iso(each.resets_at),
            }
            for each in probed.quotas
        ],
        "good": probed.good,
    }


def _lines(probed: Probed) -> list[str]:
    from slamon.explaining import iso
    from slamon.logs import escape

    lines = [f"{probed.channel} ({probed.platform})"]
    for each in probed.findings:
        lines.append(f"  {SIGNS[each.proof.value]}  {each.permission}: {each.said}")
        lines += [f"           {each.hint}"] if each.hint else []
    for expiry in probed.expiries:
        how = "slamon renews it" if expiry.renewed else "nobody renews it: put a new one in its place before that"
        lines.append(f"  the {expiry.credential} ends at {iso(expiry.at)}; {how}")
    lines += [
        f"  budget {each.endpoint}: {each.remaining} of {each.limit} left until {iso(each.resets_at)}"
        for each in probed.quotas
    ]
    return [escape(line) for line in lines]
