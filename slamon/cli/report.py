"""`slamon report --since 28d`: the figures of a span of time, for people who were not there."""

from __future__ import annotations

from pathlib import Path

import click

from slamon.cli._history import progress
from slamon.cli._options import config_option, opened
from slamon.model import CHANNEL_LABELS

FORMATS = click.Choice(["markdown", "html", "csv", "json"])
LABEL = click.Choice(CHANNEL_LABELS)


@click.command("report")
@click.option("--since", default="28d", show_default=True, metavar="TIME", help="28d, 12h, a date, or an instant.")
@click.option("--until", metavar="TIME", help="A date, that day included, or an instant; left out: the last midnight.")
@config_option
@click.option("--channel", "channels", multiple=True, metavar="NAME", help="Of this channel alone; may be repeated.")
@click.option("--policy", "policies", multiple=True, metavar="NAME", help="Of this policy alone; may be repeated.")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="Of channels so labelled: market=de.")
@click.option("--by", multiple=True, type=LABEL, help="Sum up by this label; left out: by each that is configured.")
@click.option("--format", "form", type=FORMATS, help="Left out: by the name of FILE, else markdown.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there.")
@click.option("--timezone", metavar="ZONE", help="Whose days and hours; left out: notify.timezone.")
def command(  # noqa: PLR0913, PLR0917 - one parameter for each option, by name
    since: str,
    until: str | None,
    config: Path,
    channels: tuple[str, ...],
    policies: tuple[str, ...],
    labels: tuple[str, ...],
    by: tuple[str, ...],
    form: str | None,
    out: Path | None,
    timezone: str | None,
) -> None:
    """Report how customers were answered: share in time, times, where everything went, by channel, policy and label.

    Counted are the waits that began in the time asked for, as they stand now. Whole days where SPAN or DATE says days:
    28d are the 28 days up to the last midnight. Reads only; works beside a running daemon.

    Exit code 0: reported; 1: faults in the configuration or the rules; 2: a wrong option, or no database.
    """
    from slamon.app import wall_clock
    from slamon.logs import escape
    from slamon.report.asked import Asked, labels_of, span_of, zone_of
    from slamon.report.formats import SUFFIXES, written
    from slamon.report.making import report

    wanted = labels_of(labels)
    now = wall_clock()
    loaded, rules, store = opened(config)
    try:
        zone = zone_of(timezone or loaded.notify.timezone)
        first, stop = span_of(since, until, now, zone)
        asked = Asked(first, stop, now, zone, channels, policies, wanted, by or CHANNEL_LABELS)
        with progress("counting") as show:
            sheet = report(store, rules, {each.name: each.labels for each in loaded.channels}, asked, show)
    finally:
        store.close()
    chosen = form or SUFFIXES.get(out.suffix.lower() if out else "", "markdown")
    text = written(chosen, sheet, zone)
    if out is not None:
        out.write_text(text, encoding="utf-8", newline="")
    elif chosen == "markdown":
        click.echo("\n".join(escape(line) for line in text.rstrip("\n").split("\n")))
    else:
        click.echo(text, nl=False)
