from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from slamon.resources import SHIPPED

ROOT = Path(__file__).resolve().parent.parent
PROBE = """
import slamon
from slamon.resources import SHIPPED, shipped
from slamon.store.store import Store

for name in SHIPPED:
    print(shipped(name))
store = Store("sqlite:///new.db")
print(slamon.__file__, len(store.id))
store.close()
"""


def build(kind: str, of: Path, into: Path) -> Path:
    """Build an sdist or a wheel of the sources in `of`."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(into)]
    done = subprocess.run(command, cwd=of, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(into.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def names(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def unpack(sdist: Path, into: Path) -> None:
    with tarfile.open(sdist) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content:  # not `extractall`: without a filter new Pythons warn, and old ones do not know filters
                (into / member.name).parent.mkdir(parents=True, exist_ok=True)
                (into / member.name).write_bytes(content.read())


def files(of: Path) -> set[Path]:
    """`of` itself, or all files in it that are no leavings of an interpreter."""
    found = [of] if of.is_file() else [path for path in of.rglob("*") if path.is_file()]
    return {path.relative_to(ROOT) for path in found if path.suffix != ".pyc"}


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    assert {path.as_posix() for path in files(ROOT / "slamon")} <= names(wheel)


def test_the_wheel_can_migrate_a_database(wheel: Path) -> None:
    migrations = "slamon/store/migrations"
    assert {f"{migrations}/env.py", f"{migrations}/script.py.mako"} < names(wheel)
    assert any(re.fullmatch(rf"{migrations}/versions/\d+_\w+\.py", name) for name in names(wheel))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_wheel_ships_what_admins_and_ops_take_from_it(wheel: Path, name: str) -> None:
    wanted = {f"slamon/shipped/{path.as_posix()}" for path in files(ROOT / name)}
    assert wanted
    assert wanted <= names(wheel)


def test_the_wheel_carries_what_rules_name_and_what_proves_them(wheel: Path) -> None:
    rules = "slamon/shipped/rules"
    assert {f"{rules}/vips.txt", f"{rules}/words.yaml", f"{rules}/tests/acme-x.yaml"} <= names(wheel)


def test_the_wheel_takes_no_name_but_its_own(wheel: Path) -> None:
    assert {re.sub(r"-\d.*", "-VERSION", name.split("/")[0]) for name in names(wheel)} == {"slamon", "slamon-VERSION"}


def test_the_wheel_holds_no_leavings(wheel: Path) -> None:
    assert not {name for name in names(wheel) if name.endswith((".pyc", ".db", ".lock"))}


def test_an_unpacked_wheel_finds_its_data_and_makes_a_database(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *found, last = done.stdout.splitlines()
    assert found == [str(site / "slamon/shipped" / name) for name in SHIPPED]
    assert last == f"{site / 'slamon/__init__.py'} 32"


def test_a_wheel_built_from_the_source_archive_is_the_same(wheel: Path, tmp_path: Path) -> None:
    unpack(build("sdist", ROOT, tmp_path / "sdist"), tmp_path / "sources")
    (sources,) = (tmp_path / "sources").iterdir()
    assert names(build("wheel", sources, tmp_path / "wheel")) == names(wheel)


def test_ci_installs_every_tool_for_want_of_which_a_test_is_skipped() -> None:
    wanted: set[str] = set()
    for test in (ROOT / "tests").glob("test_*.py"):
        wanted |= set(re.findall(r"Debian package ([a-z0-9-]+)\)", test.read_text(encoding="utf-8")))
    installed = re.search(r'^packages="([^"]+)"', (ROOT / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE)
    assert installed
    assert {"prometheus"} <= wanted <= set(installed[1].split())
