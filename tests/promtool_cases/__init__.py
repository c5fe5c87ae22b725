"""Traffic, and which alerts it raises at which time: exporters/prometheus/tests/*.test.yml are made from these tables.

`PYTHONPATH=tests python -m promtool_cases` writes them. Values are in promtool's notation: `0+2x60` is 0, then 2 more
60 times; `_x10` is ten scrapes that were missed.
"""

from promtool_cases.files import FILES, as_text
from promtool_cases.shape import Book

__all__ = ["FILES", "Book", "as_text"]
