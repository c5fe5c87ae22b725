"""The two files as text, and how files that are there differ from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.promrules import itself, objectives, recorded, seeing, telling, waiting
from slamon.promrules.model import Alert, Record
from slamon.yamlfile import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.promrules.basis import Basis
    from slamon.promrules.model import Group

RECORDING, ALERTING = "recording.rules.yml", "alerting.rules.yml"
Data: TypeAlias = dict[str, Any]
ABOUT_POLICY = {"slamon-objectives": "&var-policy={{$labels.policy|urlquery}}"}
"""What else a link to a board says, where the board has such a variable."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where people are sent, and how Prometheus names slamon."""

    runbooks: str = "https://github.com/slamon/slamon/blob/main/docs/runbooks.md"
    grafana: str = "http://127.0.0.1:3000"
    job: str = "slamon"


@dataclass(frozen=True, slots=True)
class File:
    """A file of rules."""

    name: str
    groups: tuple[Group, ...]
    data: Data
    """As Prometheus reads it."""
    text: str


def files(basis: Basis, links: Links) -> tuple[File, File]:
    """What is recorded, and what alerts."""
    alerts = (
        objectives.group(basis),
        waiting.group(basis),
        seeing.group(),
        telling.group(),
        itself.group(basis, links.job),
    )
    return _file(RECORDING, recorded.groups(), basis, links), _file(ALERTING, alerts, basis, links)


def differences(wanted: File, found: object) -> Iterator[str]:
    """In which rules `found`, read from a file, is another one than `wanted`; comments and layout do not count."""
    mine, theirs = _by_rule(wanted.data), _by_rule(found)
    for key in (*mine, *(key for key in theirs if key not in mine)):
        if key not in theirs:
            yield f"{key} is missing"
        elif key not in mine:
            yield f"{key} is not among them"
        elif mine[key] != theirs[key]:
            yield f"{key} has another {', '.join(_other(mine[key], theirs[key]))}"


def _other(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    return (key for key in {**mine, **theirs} if mine.get(key) != theirs.get(key))


def _by_rule(data: object) -> dict[str, Data]:
    """Every rule with its group's settings, by what people call it; of whatever may stand in a file."""
    found: dict[str, Data] = {}
    for group in _mappings(data, "groups"):
        settings = {f"group's {key}": value for key, value in group.items() if key != "rules"}
        for rule in _mappings(group, "rules"):
            name = f"{'alert' if 'alert' in rule else 'record'} {rule.get('alert') or rule.get('record')}"
            labels = rule.get("labels")
            if isinstance(labels, dict) and labels:
                name += f" ({', '.join(str(value) for value in labels.values())})"
            while name in found:
                name += ", the next"
            found[name] = {**rule, **settings}
    return found


def _mappings(data: object, key: str) -> Sequence[Mapping[str, Any]]:
    inner = data.get(key) if isinstance(data, dict) else None
    return [each for each in inner if isinstance(each, dict)] if isinstance(inner, list) else []


def _file(name: str, groups: tuple[Group, ...], basis: Basis, links: Links) -> File:
    made = [_group(group, links) for group in groups]
    head = (
        f"# Made by `slamon generate rules` from {basis.source} and its rules (version {basis.version}).\n"
        "# Do not edit it: change the YAML, and generate it again. `slamon generate rules --check DIR` compares.\n"
        "groups:\n"
    )
    parts = [_part(group, data) for group, data in zip(groups, made, strict=True)]
    return File(name, groups, {"groups": made}, head + "\n".join(parts))


def _part(group: Group, data: Data) -> str:
    comments = [f"# {line}" for line in group.about.splitlines()]
    return "".join(f"  {line}\n" if line else "\n" for line in [*comments, *dump([data]).splitlines()])


def _group(group: Group, links: Links) -> Data:
    interval = {"interval": group.interval} if group.interval else {}
    return {"name": group.name, **interval, "rules": [_rule(rule, links) for rule in group.rules]}


def _rule(rule: Record | Alert, links: Links) -> Data:
    if isinstance(rule, Record):
        labels = {"labels": dict(rule.labels)} if rule.labels else {}
        return {"record": rule.name, "expr": rule.expr, **labels}
    return {
        "alert": rule.name,
        "expr": rule.expr,
        **({"for": rule.held} if rule.held else {}),
        "labels": {"severity": rule.severity, **rule.labels},
        "annotations": {
            "summary": rule.summary,
            "description": rule.description,
            "runbook_url": f"{links.runbooks}#{rule.name.lower()}",
            "dashboard_url": _board(rule, links),
        },
    }


def _board(rule: Alert, links: Links) -> str:
    channel = "?var-channel={{$labels.channel|urlquery}}" if "$labels.channel" in rule.summary else ""
    return f"{links.grafana.rstrip('/')}/d/{rule.board}{channel}{ABOUT_POLICY.get(rule.board, '')}"
