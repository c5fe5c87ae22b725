"""slamon against a Slack that nobody of us wrote: it accepts everything that slamon sends, and shows it again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from bluesky_network import running
from processes import CONFIG, Daemon, Range, until
from slack_parts import BREACHED, NASTY, STATES, WAITING
from slamon.notifiers.base import Digest, Notice
from slamon.notifiers.slack import Slack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.notifiers.base import Alert, Content

INSTALLED = Path(__file__).parents[1] / ".peers/slack"
THERE = shutil.which("node") and (INSTALLED / "node_modules/emulate").exists()
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not THERE, reason="node 20 and .peers/slack (tests/peers/install-slack) are not installed"),
]
TOKEN = "xoxb-peer-canary"
DIGEST = Digest(
    number=3, kind="storm", title="300 customers wait", rows=(BREACHED, WAITING), more=298, now=WAITING.now, note="Look"
)
SAID: dict[str, Content] = {**STATES, "digest": DIGEST, "notice": Notice("the rules were not taken up\nline 3")}


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """The address of its API."""
    server = Path(__file__).parent / "peers/slack.mjs"
    with running("node", str(server), TOKEN, cwd=INSTALLED) as slack:
        assert slack.stdout
        yield json.loads(slack.stdout.readline())["api"]


@pytest.fixture
def notifier(api: str) -> Slack:
    return Slack(TOKEN, api, "Europe/Berlin")


@pytest.fixture
def desk(notifier: Slack) -> str:
    return notifier.resolve("#social-desk")


def shown(api: str, place: str, ts: str) -> dict[str, Any]:
    """A message as Slack shows it."""
    asked = {"channel": place, "ts": ts, "include_all_metadata": "true"}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = requests.post(f"{api}conversations.replies", asked, headers=headers, timeout=10).json()
    found: dict[str, Any] = next(message for message in answer["messages"] if message["ts"] == ts)
    return found


@pytest.mark.parametrize("name", SAID)
def test_whatever_slamon_says_is_posted_edited_replied_and_found_again(
    api: str, notifier: Slack, desk: str, name: str
) -> None:
    content = SAID[name]
    root = notifier.post(desk, content, f"root-{name}")
    notifier.edit(root, content)
    reply = notifier.reply(root, content, f"reply-{name}", broadcast=True)
    assert notifier.find(desk, f"root-{name}", parent=None, since=None) == root
    assert notifier.find(desk, f"reply-{name}", parent=root, since=None) == reply
    message = shown(api, root.place, root.ts)
    assert message["metadata"]["event_payload"]["intent"] == f"root-{name}"
    assert message["blocks"]


@pytest.mark.parametrize("text", NASTY)
def test_hostile_words_are_taken_as_they_are_sent(api: str, notifier: Slack, desk: str, text: str) -> None:
    alert: Alert = replace(WAITING, text=text, customer=text, policy=text[:60], handle=text[:60])
    root = notifier.post(desk, alert, "hostile")
    assert "<!" not in shown(api, root.place, root.ts)["text"]


def test_a_daemon_tells_the_desk_and_shows_the_answer(api: str, tmp_path: Path) -> None:
    with Range() as ground:
        ground.addresses |= {"slack_api": api, "slack_token": TOKEN}
        assert "{slack_api}" in CONFIG
        with Daemon(tmp_path, ground) as daemon:
            daemon.wait_ready()
            post = ground.asks("ann")
            until(lambda: daemon.letters("sent"))
            ((place, ts),) = daemon.rows("SELECT place, ts FROM living")
            ground.answers(post)
            until(lambda: daemon.rows("SELECT 1 FROM timer WHERE status = 'missed'"))
            until(lambda: "Answered" in shown(api, place, ts)["text"])
            assert daemon.stop() == 0
