"""What the papers say is held to what is there: links, files, commands, options, configurations."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from pydantic import BaseModel

import command_table
from slamon.cli import COMMANDS
from slamon.config import load_config
from slamon.connectors import found
from slamon.eventlog import NAMES
from slamon.loading import connector_infos, load
from slamon.metrics.catalogue import FAMILIES
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "exporters").rglob("*.md")])
CONFIG_KEYS = {"database", "listen", "rules", "channels", "notify", "web"}
CHANNEL = """
channels:
  - {name: acme-x, connector: x, account: acme, credentials: {bearer_token: {env: X_BEARER_TOKEN}}}
"""
ADDRESSES = {"-", "_range", "metrics", "invite", "api", "conversations"}
"""First parts of paths that slamon and its practice range serve, and a command that is typed into Slack."""
FOLDERS = {"bin", "etc", "opt", "usr", "var"}
"""First parts of paths that any machine may have."""


VARIABLES = {name for page in PAGES for name in re.findall(r"env: (\w+)", page.read_text(encoding="utf-8"))}
ENVIRON = {name: f"canary-{name}-0123456789" for name in VARIABLES}
ENVIRON |= {"DATABASE_URL": "postgresql://db/slamon", "SLACK_APP_TOKEN": "xapp-canary"}
"""Every variable that a page tells an admin to set."""


def relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text(page), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def fenced(page: Path, language: str) -> list[str]:
    """The blocks of that language; all blocks for an empty one."""
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)


def code(page: Path) -> list[str]:
    """Everything on a page that is set as code: spans, and lines of blocks."""
    indented = re.findall(r"^ {4,}(\S.*)$", prose(page), re.MULTILINE)
    return [
        *re.findall(r"`([^`\n]+)`", prose(page)),
        *indented,
        *(line for block in fenced(page, "") for line in block.split("\n")),
    ]


def configurations() -> list[str]:
    """Each piece of config.yaml on any page, completed to a whole one."""
    whole = []
    for block in (block for page in PAGES for block in fenced(page, "yaml")):
        keys = set(parse(block.encode(), "page").data)
        if keys <= CONFIG_KEYS:
            whole.append(block if "channels" in keys else block + CHANNEL)
    return whole


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    for span in re.findall(r"`((?:slamon|rules|exporters|grafana|docs|tests|bench)/[\w./-]*)`", prose(page)):
        if span.startswith("rules/"):
            continue  # an admin's own folder
        assert (ROOT / span).exists(), span


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_no_line_names_a_path_of_one_machine(page: Path) -> None:
    absolute = re.findall(r"""(?:^|[\s`"'(=])/([\w-]+)""", text(page), re.MULTILINE)
    assert set(absolute) <= ADDRESSES | FOLDERS


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_command_that_is_shown_can_be_typed(page: Path) -> None:
    for line in code(page):
        shown = re.match(r"(?:\S*/)?slamon ([a-z][\w-]*)(.*)", line)
        if shown:
            assert shown[1] in COMMANDS, line
            assert set(re.findall(r"(?<=\s)--[\w-]+", shown[2])) <= command_table.options(shown[1]), line


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_metric_that_is_named_is_exported(page: Path) -> None:
    known = {family.name for family in FAMILIES}
    for name in {name for span in code(page) for name in re.findall(r"\bslamon_[a-z_]+", span)} - {"slamon_alert"}:
        assert re.sub(r"_(bucket|sum|count)$", "", name) in known or name in known, name


@pytest.mark.parametrize("configuration", configurations())
def test_every_configuration_on_any_page_is_good(configuration: str, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/x-token").write_text("canary")
    (tmp_path / "config.yaml").write_text(configuration, encoding="utf-8")
    shutil.copy(ROOT / "exporters/web.yml", tmp_path)
    for name, source in {"slamon.crt": "server.pem", "slamon.key": "server.key"}.items():
        shutil.copy(ROOT / "tests/tls" / source, tmp_path / name)
    assert load_config(tmp_path / "config.yaml", connector_infos(), ENVIRON).channels


def test_the_files_of_the_quickstart_are_good_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs/quickstart.md"
    (tmp_path / "rules").mkdir()
    for name, language in (("config", "config"), ("rules/acme-x", "rules"), ("rules/calendars", "calendars")):
        (block,) = fenced(page, f"yaml {language}")
        (tmp_path / f"{name}.yaml").write_text(block, encoding="utf-8")
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    _, rules = load(tmp_path / "config.yaml")
    assert [stage.audience for policy in rules.of("acme-x").policies for stage in policy.stages] == ["desk", "oncall"]


def test_the_page_of_commands_is_that_of_the_code() -> None:
    page = text(command_table.PAGE)
    assert command_table.updated(page) == page, "run: python tests/command_table.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_its_exit_codes_or_that_it_just_ends(name: str) -> None:
    assert re.search(r"Exit code 0: |Ends at Ctrl-C", inspect.cleandoc(command_table.command(name).help or ""))


@pytest.mark.parametrize("name", found())
class TestPageOfAConnector:
    """`docs/connectors/NAME.md` and the code of the connector say the same."""

    def page(self, name: str) -> str:
        return text(ROOT / f"docs/connectors/{name}.md")

    def test_every_key_is_explained(self, name: str) -> None:
        page = self.page(name)
        assert [key for key in keys(found()[name].Settings) if not re.search(rf"`(\w+\.)*{key}`|\b{key}:", page)] == []

    def test_every_permission_kind_and_call_is_named(self, name: str) -> None:
        page, connector = self.page(name), found()[name]
        permissions = {each.name for each in connector.permissions}
        words = permissions | connector.endpoints | (set() if name == "archive" else set(connector.kinds))
        assert {word for word in words if f"`{word}`" not in page} == set()

    def test_no_call_is_named_that_is_none(self, name: str) -> None:
        table = re.search(r"^\|.*name in metrics.*\|\n\|[-| ]+\|\n((?:\|.*\|\n)+)", self.page(name), re.MULTILINE)
        told = re.findall(r"`([a-z_]+)` \|$", table[1], re.MULTILINE) if table else []
        assert set(told) == found()[name].endpoints


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a connector's settings, those inside of others too."""
    for key, field in model.model_fields.items():
        yield key
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from keys(inner)


def test_every_page_stands_in_the_index() -> None:
    index = text(ROOT / "docs/index.md")
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_every_event_in_the_log_is_explained_to_who_reads_it() -> None:
    page = text(ROOT / "docs/operations.md")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "slamon").rglob("*.py")]
    written = {name for source in sources for name in re.findall(r"\blog\.[a-z]+\(\s*\"(\w+)\"", source)}
    assert {name for name in {*NAMES.values(), *written} if f"`{name}`" not in page} == set()
