"""slamon against mastodon_mock: what is written through its own API appears in `waiting`, and leaves it again."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import requests

from watched import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(find_spec("mastodon_mock") is None, reason="pip install mastodon_mock==0.6.1"),
]

PATIENCE = 30.0
SECRET = "canary-mastodon-4711"
PEOPLE = ("acme", "acmehelp", "ann", "bob")
ACCOUNT = '[[seed.accounts]]\nusername = "{name}"\naccess_token = "{token}"\n'


class Server:
    """A server of its own on a free port; everybody who is seeded signs in by `token`."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        seed = "".join(ACCOUNT.format(name=name, token=token(name)) for name in PEOPLE)
        config = folder / "mock.toml"
        config.write_text(f'[database]\npath = "{folder / "mock.db"}"\n{settings}\n{seed}', encoding="utf-8")
        listen = ("--host", "127.0.0.1", "--port", str(self.port))
        self._command = [sys.executable, "-m", "mastodon_mock", "serve", "--config", str(config), *listen]
        self._log = folder / "mock.log"
        self._session = requests.Session()

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + PATIENCE
        while not self._answers():
            alive = self._process.poll() is None and time.monotonic() < until
            if not alive:
                self.__exit__()
                raise AssertionError(self._log.read_text(encoding="utf-8")[-2_000:])
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def post(self, name: str, text: str, **facts: Any) -> str:
        """Post as `name`; :returns: the id."""
        return str(self.call("POST", name, "/api/v1/statuses", {"status": text, **facts})["id"])

    def edit(self, name: str, post: str, text: str) -> None:
        self.call("PUT", name, f"/api/v1/statuses/{post}", {"status": text})

    def delete(self, name: str, post: str) -> None:
        self.call("DELETE", name, f"/api/v1/statuses/{post}")

    def boost(self, name: str, post: str) -> None:
        self.call("POST", name, f"/api/v1/statuses/{post}/reblog")

    def fault(self, calls: int | None = None, /, path: str | None = None, **effect: Any) -> None:
        """What the server does to the next requests, beside its own control calls."""
        self.call("DELETE", "acme", "/api/v1/_mock/faults")
        self.call("POST", "acme", "/api/v1/_mock/faults", {"match": {"path": path}, "effect": effect, "count": calls})

    def mend(self) -> None:
        self.call("DELETE", "acme", "/api/v1/_mock/faults")

    def call(self, method: str, name: str, path: str, body: Any = None) -> Any:
        headers = {"authorization": f"Bearer {token(name)}"}
        answer = self._session.request(method, self.url + path, json=body, headers=headers, timeout=PATIENCE)
        assert answer.ok, answer.text
        return answer.json()

    def _answers(self) -> bool:
        try:
            return self._session.get(f"{self.url}/api/v1/instance", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False


def token(name: str) -> str:
    return SECRET if name == "acme" else f"token-of-{name}"


def channel(server: Server, **keys: Any) -> dict[str, Any]:
    credentials = {"access_token": {"env": "MASTODON_TOKEN"}}
    known = {"connector": "mastodon", "account": "acme", "team": ["acmehelp"], "base_url": server.url}
    return {**known, "credentials": credentials, **keys}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as running:
        yield running


@pytest.fixture
def watched(tmp_path: Path, server: Server) -> Watched:
    return watching(tmp_path, server)


def watching(tmp_path: Path, server: Server, **keys: Any) -> Watched:
    folder = tmp_path / "watched"
    folder.mkdir()
    return Watched(folder, channel(server, **keys), {"MASTODON_TOKEN": SECRET})


class TestWaiting:
    def test_a_mention_waits_until_the_account_answers(self, server: Server, watched: Watched) -> None:
        asked = server.post("ann", "@acme where is my parcel?")
        other = server.post("bob", "@acme and mine?")
        assert watched.waiting() == {"@acme where is my parcel?", "@acme and mine?"}
        server.post("acme", "@ann on its way", in_reply_to_id=asked)
        assert watched.waiting() == {"@acme and mine?"}
        server.post("acmehelp", "@bob yours, too", in_reply_to_id=other)
        assert watched.waiting() == set()

    def test_a_reply_to_our_own_post_waits_and_so_does_a_reply_to_our_answer(
        self, server: Server, watched: Watched
    ) -> None:
        news = server.post("acme", "new opening hours")
        asked = server.post("ann", "@acme on Sundays, too?", in_reply_to_id=news)
        server.post("bob", "@acme and on Mondays?", in_reply_to_id=news)
        assert watched.waiting() == {"@acme on Sundays, too?", "@acme and on Mondays?"}
        answer = server.post("acme", "@ann no", in_reply_to_id=asked)
        assert watched.waiting() == {"@acme and on Mondays?"}
        server.post("ann", "@acme why not?", in_reply_to_id=answer)
        assert watched.waiting() == {"@acme why not?", "@acme and on Mondays?"}

    def test_an_answer_is_found_when_both_were_written_while_slamon_was_away(
        self, server: Server, watched: Watched
    ) -> None:
        asked = server.post("ann", "@acme hello?")
        server.post("acme", "@ann hello!", in_reply_to_id=asked)
        assert watched.waiting() == set()

    def test_a_private_mention_waits_until_it_is_answered(self, server: Server, watched: Watched) -> None:
        asked = server.post("ann", "@acme my card number is secret", visibility="direct")
        assert watched.waiting() == {"@acme my card number is secret"}
        server.post("ann", "@acme hello?", visibility="direct")
        server.post("acme", "@ann thank you", in_reply_to_id=asked, visibility="direct")
        assert watched.waiting() == set()
        server.post("ann", "@acme one more thing", visibility="direct")
        assert watched.waiting() == {"@acme one more thing"}

    def test_what_its_author_deletes_waits_no_longer(self, server: Server, watched: Watched) -> None:
        asked = server.post("ann", "@acme never mind")
        private = server.post("bob", "@acme never mind, privately", visibility="direct")
        assert len(watched.waiting()) == 2
        server.delete("ann", asked)
        assert watched.waiting() == {"@acme never mind, privately"}
        server.delete("bob", private)
        assert watched.waiting() == set()

    def test_an_edit_changes_the_words_that_wait(self, server: Server, watched: Watched) -> None:
        asked = server.post("ann", "@acme wher?")
        watched.waiting()
        server.edit("ann", asked, "@acme where?")
        assert watched.waiting() == {"@acme where?"}

    def test_boosts_and_talk_among_others_wait_for_nothing(self, server: Server, watched: Watched) -> None:
        asked = server.post("ann", "@acme hello?")
        server.boost("bob", asked)
        server.boost("acme", asked)
        server.post("bob", "@ann same here", in_reply_to_id=asked)
        assert watched.waiting() == {"@acme hello?"}

    def test_more_mentions_than_a_page_holds_are_all_read(self, server: Server, watched: Watched) -> None:
        server.post("ann", "@acme the first")
        watched.waiting()
        for number in range(45):
            server.post("bob", f"@acme number {number}")
        assert len(watched.waiting()) == 46

    def test_what_is_written_below_the_fold_is_read(self, server: Server, watched: Watched) -> None:
        server.post("ann", "@acme <b>it</b> burns & smokes\n\nhelp", spoiler_text="fire")
        assert watched.waiting() == {"fire\n\n@acme <b>it</b> burns & smokes\n\nhelp"}


class TestTrouble:
    @pytest.mark.parametrize(
        ("effect", "outcome"),
        [
            ({"type": "ratelimit"}, "wait"),
            ({"type": "status", "status": 503}, "retry"),
            ({"type": "malformed"}, "bad_answer"),
            ({"type": "malformed", "truncate": False}, "bad_answer"),
            ({"type": "latency", "delay_ms": 300}, "ok"),
        ],
        ids=["429", "503", "cut", "garbled", "slow"],
    )
    def test_a_scripted_fault_has_its_outcome_and_loses_nothing(
        self, server: Server, watched: Watched, effect: dict[str, Any], outcome: str
    ) -> None:
        server.post("ann", "@acme hello?")
        server.fault(**effect)
        assert watched.once() == outcome
        server.mend()
        assert watched.waiting() == {"@acme hello?"}

    def test_a_fault_in_the_middle_of_a_poll_loses_nothing(self, server: Server, watched: Watched) -> None:
        server.post("acme", "@bob hello", in_reply_to_id=server.post("bob", "@acme hello?"))
        server.post("ann", "@acme and me?")
        server.fault(path="/api/v1/accounts/*/statuses", type="status", status=503)
        assert watched.once() == "retry"
        server.mend()
        assert watched.waiting() == {"@acme and me?"}

    def test_a_limit_that_is_reached_is_waited_for(self, tmp_path: Path) -> None:
        limit = "[ratelimit]\nenabled = true\nlimit = 3\n"
        with Server(tmp_path, limit) as server:
            watched = watching(tmp_path, server, team=[])
            assert watched.once() == "wait"

    def test_a_probe_proves_every_scope(self, watched: Watched) -> None:
        found = watched.probe()
        names = {each["name"] for each in found["permissions"]}
        assert names == {"read:accounts", "read:notifications", "read:statuses"}
        assert {each["proof"] for each in found["permissions"]} == {"ok"}
        assert found["good"]
