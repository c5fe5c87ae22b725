from __future__ import annotations

from pathlib import Path

from promtool_cases.files import FILES, as_text

FOLDER = Path(__file__).resolve().parents[2] / "exporters/prometheus/tests"

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for book in FILES:
        (FOLDER / f"{book.name}.test.yml").write_text(as_text(book), encoding="utf-8")
