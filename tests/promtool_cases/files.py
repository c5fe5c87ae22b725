from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promtool_cases import arrivals, objectives, objectives_slow, seeing, telling
from promtool_cases import itself as slamon_itself
from slamon.yamlfile import dump

if TYPE_CHECKING:
    from promtool_cases.shape import Book, Case

FILES = (
    objectives.BOOK,
    objectives_slow.BOOK,
    arrivals.BOOK,
    seeing.BOOK,
    telling.BOOK,
    slamon_itself.BOOK,
)
HEAD = """\
# {about}
# Made from the tables in tests/promtool_cases: change them there, and write this file anew with
# `PYTHONPATH=tests python -m promtool_cases`. Run it here with `promtool test rules {name}.test.yml`.
"""
ORDER = (
    "now",
    "settled",
    "settled-long",
    "objective",
    "arrivals",
    "objectives",
    "waiting",
    "seeing",
    "telling",
    "itself",
)


def as_text(book: Book) -> str:
    head = {
        "rule_files": ["../recording.rules.yml", "../alerting.rules.yml"],
        "evaluation_interval": book.every,
        "group_eval_order": [f"slamon-{name}" for name in ORDER],
        "tests": [_case(case, book.interval) for case in book.cases],
    }
    return HEAD.format(about=book.about, name=book.name) + dump(head)


def _case(case: Case, interval: str) -> dict[str, Any]:
    return {
        "name": case.name,
        "interval": interval,
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "alert_rule_test": [
            {
                "eval_time": look.at,
                "alertname": look.alert,
                **({"exp_alerts": [each.expected(look.alert) for each in look.fires]} if look.fires else {}),
            }
            for look in case.looks
        ],
    }
