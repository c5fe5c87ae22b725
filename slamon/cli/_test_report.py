"""The results of rule tests: for people, for programs, and as JUnit XML for CI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.errors import Fault
    from slamon.practice.expectations import Mismatch
    from slamon.ruletests import Report, Result

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, not even escaped."""


def as_lines(report: Report) -> list[str]:
    """What differs in each case that failed, how that case went, and the sum."""
    lines = [line for result in report.results if not result.passed for line in _failure(result)]
    return [*lines, _sum(report)]


def _failure(result: Result) -> Iterator[str]:
    yield f"FAILED {_where(result)}: {result.case.name}"
    yield from (f"  {line}" for line in _differences(result))
    yield "  how it went:"
    yield from (f"    {line}" for line in result.story)
    yield ""


def _differences(result: Result) -> Iterator[str]:
    for mismatch in result.mismatches:
        yield from (f"{_row(mismatch)}{difference}" for difference in mismatch.differences)


def _row(mismatch: Mismatch) -> str:
    return f"row {mismatch.number} (line {mismatch.row.place.line}): " if mismatch.row else ""


def _where(result: Result) -> str:
    place = result.case.place
    return f"{place.file}:{place.line}"


def _sum(report: Report) -> str:
    counted, faults = f"{report.passed} passed, {report.failed} failed", len(report.faults)
    return f"{counted}, {faults} fault{'s' if faults > 1 else ''} in cases that were not tried" if faults else counted


def as_data(report: Report) -> dict[str, Any]:
    """The same for programs."""
    return {
        "ok": report.good,
        "passed": report.passed,
        "failed": report.failed,
        "faults": [{key: getattr(fault, key) for key in fault.__slots__} for fault in report.faults],
        "cases": [_case(result) for result in report.results],
    }


def _case(result: Result) -> dict[str, Any]:
    place = result.case.place
    differences = [
        {"row": mismatch.number, "key": found.key or None, "expected": found.expected, "found": found.found}
        for mismatch in result.mismatches
        for found in mismatch.differences
    ]
    return {
        "file": place.file,
        "line": place.line,
        "name": result.case.name,
        "channel": result.case.channel,
        "passed": result.passed,
        "differences": differences,
        "story": list(result.story),
    }


def as_junit(report: Report) -> bytes:
    """A `testsuite` with a `testcase` a case; files with faults are errors of it."""
    counts = {
        "tests": len(report.results) + len(report.faults),
        "failures": report.failed,
        "errors": len(report.faults),
    }
    attributes = {key: str(count) for key, count in counts.items()}
    suites = ET.Element("testsuites", {"name": "slamon test-rules", **attributes})
    suite = ET.SubElement(suites, "testsuite", {"name": "rules", "skipped": "0", **attributes})
    for result in report.results:
        _junit_case(suite, result)
    for fault in report.faults:
        _junit_fault(suite, fault)
    ET.indent(suites)
    return bytes(ET.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _junit_case(suite: ET.Element, result: Result) -> None:
    place = result.case.place
    about = {"classname": _class(place.file), "name": _xml(result.case.name), "file": _xml(place.file)}
    case = ET.SubElement(suite, "testcase", about | {"line": str(place.line)})
    if result.passed:
        return
    differences = [_xml(line) for line in _differences(result)]
    failure = ET.SubElement(case, "failure", {"message": differences[0]})
    failure.text = "\n".join([*differences, "", *map(_xml, result.story)])


def _junit_fault(suite: ET.Element, fault: Fault) -> None:
    about = {"classname": _class(fault.file), "name": f"line {fault.line}", "file": _xml(fault.file)}
    case = ET.SubElement(suite, "testcase", about | {"line": str(fault.line)})
    ET.SubElement(case, "error", {"message": _xml(str(fault))})


def _class(file: str) -> str:
    return _xml(file.removesuffix(".yaml").strip("/").replace("/", "."))


def _xml(text: str) -> str:
    return NO_XML.sub("", text)
