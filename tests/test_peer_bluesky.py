"""Against a Bluesky network that nobody of us wrote: what is done through its own API turns up in `slamon waiting`."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import requests

from bluesky_network import MISSING, Network, Person, network
from processes import until
from slamon.connectors.base import Context, OpenThread, Proof
from slamon.connectors.bluesky import Bluesky
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind
from watched import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.model import Message

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
LOGINS = 30
"""As many of one account in five minutes, and no more."""


@pytest.fixture(scope="module")
def bluesky() -> Iterator[Network]:
    with network() as up:
        yield up


@pytest.fixture
def acme(bluesky: Network) -> Person:
    return bluesky.person("acme")


@pytest.fixture
def ann(bluesky: Network) -> Person:
    return bluesky.person("ann")


def channel(acme: Person, **keys: Any) -> dict[str, Any]:
    plain = {"connector": "bluesky", "account": acme.handle, "base_url": acme.network.url, "watch": ["mentions"]}
    return plain | {"credentials": {"app_password": {"env": "BLUESKY_PASSWORD"}}} | keys


def watched(folder: Path, acme: Person, **keys: Any) -> Watched:
    return Watched(folder, channel(acme, **keys), {"BLUESKY_PASSWORD": acme.password})


class Reader:
    """The connector alone, with a clock that runs ahead on command."""

    def __init__(self, acme: Person, **keys: Any) -> None:
        given = {name: value for name, value in channel(acme, **keys).items() if name != "connector"}
        settings = Bluesky.Settings.model_validate(given, context={"environ": {"BLUESKY_PASSWORD": acme.password}})
        self.ahead = 0
        self.calls: list[str] = []
        context = Context("acme", self.now, 7 * DAY, on_call=lambda call: self.calls.append(call.endpoint))
        self.connector = Bluesky(settings, context)  # type: ignore[arg-type]
        self.identity = self.connector.identify()
        self.cursor: str | None = None

    def now(self) -> int:
        return round(time.time() * SECOND) + self.ahead

    def poll(self) -> list[Message]:
        pages = list(self.connector.fetch(self.identity, self.cursor))
        self.cursor = pages[-1].cursor
        assert not [reject for page in pages for reject in page.rejects]
        return [message for page in pages for message in page.messages]


class TestWhoWaits:
    def test_posts_appear_and_answers_by_account_and_team_end_their_waits(
        self, tmp_path: Path, bluesky: Network, acme: Person, ann: Person
    ) -> None:
        bob, cyd, team = (bluesky.person(name) for name in ("bob", "cyd", "acmehelp"))
        slamon = watched(tmp_path, acme, team=[team.handle])
        assert slamon.waiting() == set()
        news = acme.posts("we are open")
        asked = ann.posts("where is my parcel?", names=acme)
        reply, quote = bob.replies(news, "no you are not"), cyd.quotes(news, "look at them")
        acme.hears(asked, reply, quote)
        assert slamon.waiting() == {"where is my parcel?", "no you are not", "look at them"}
        answer = team.replies(asked, "on its way")
        acme.replies(reply, "from nine on", root=news)
        acme.quotes(quote, "thank you for looking")
        assert slamon.waiting() == set()
        ann.replies(answer, "still not here", root=asked)
        assert slamon.waiting() == {"still not here"}, "Bluesky tells this to the team member alone"

    def test_a_deleted_question_leaves_and_a_deleted_answer_brings_its_wait_back(
        self, tmp_path: Path, bluesky: Network, acme: Person, ann: Person
    ) -> None:
        bob = bluesky.person("bob")
        slamon = watched(tmp_path, acme)
        asked, gone = ann.posts("where is it?", names=acme), bob.posts("oops", names=acme)
        acme.hears(asked, gone)
        answer = acme.replies(asked, "here")
        assert slamon.waiting() == {"oops"}
        bob.deletes(gone)
        assert slamon.waiting() == set()
        acme.deletes(answer)
        assert slamon.waiting() == {"where is it?"}

    def test_a_post_may_be_of_any_age_and_none_is_of_the_future(
        self, tmp_path: Path, acme: Person, ann: Person
    ) -> None:
        reader, now = Reader(acme), round(time.time() * SECOND)
        old = ann.posts("since yesterday", names=acme, at=now - DAY)
        early = ann.posts("from next week", names=acme, at=now + 7 * DAY)
        acme.hears(old, early)
        times = {message.id: message.created_at for message in reader.poll()}
        reader.connector.close()
        assert times[old.uri] == now - DAY
        assert now - MINUTE < times[early.uri] < now + HOUR
        assert watched(tmp_path, acme).waiting() == {"since yesterday", "from next week"}

    def test_an_account_that_is_renamed_is_the_same_account(self, tmp_path: Path, acme: Person, ann: Person) -> None:
        slamon = watched(tmp_path, acme)
        assert slamon.waiting() == set()
        acme.renames(acme.handle.replace("acme", "new-acme"))
        acme.hears(ann.posts("hello?", names=acme))
        assert slamon.waiting() == {"hello?"}


class TestTraps:
    def test_of_many_posts_of_one_second_none_is_lost_between_two_pages(self, acme: Person, ann: Person) -> None:
        texts = [f"number {number}" for number in range(60)]
        times = [(round(time.time()) - age) * SECOND for age in (60, 30)]
        posts = [uri for at in times for uri in ann.posts_many(texts, names=acme, at=at)]
        acme.hears_of(len(posts))
        reader = Reader(acme)
        found = {message.id for message in reader.poll()}
        reader.connector.close()
        assert set(posts) - found == set()

    def test_an_edited_post_keeps_its_time_whatever_its_new_record_claims(self, acme: Person, ann: Person) -> None:
        reader, asked = Reader(acme), ann.posts("wher?", names=acme)
        acme.hears(asked)
        (first,) = reader.poll()
        ann.edits(asked, "where?", acme)
        until(lambda: acme.told()[asked.uri] == "where?")
        (second,) = reader.poll()
        reader.connector.close()
        assert (second.text, second.created_at) == ("where?", first.created_at)
        assert second.edited_at

    def test_a_reply_that_we_hide_is_hidden_and_not_deleted(self, acme: Person, ann: Person) -> None:
        reader, news = Reader(acme), acme.posts("we are open")
        rude = ann.replies(news, "you are thieves")
        acme.hears(rude)
        reader.poll()
        acme.hides(rude, under=news)
        until(lambda: rude.uri not in acme.told())
        (message,) = reader.poll()
        reader.connector.close()
        assert (message.id, message.hidden, message.gone_at) == (rude.uri, True, None)

    def test_who_blocks_us_has_deleted_nothing(self, acme: Person, ann: Person) -> None:
        reader, asked = Reader(acme), ann.posts("where?", names=acme)
        acme.hears(asked)
        (message,) = reader.poll()
        ann.blocks(acme)
        until(lambda: asked.uri not in acme.told())
        thread = OpenThread(message.thread, ann.did, (asked.uri,), message.created_at)
        looked = list(reader.connector.recheck(reader.identity, reader.cursor, [thread]))
        polled = list(reader.connector.fetch(reader.identity, reader.cursor))
        reader.connector.close()
        assert [gone for page in looked + polled for gone in page.gone] == []

    def test_a_quote_by_us_stands_in_the_thread_of_what_it_answers(self, acme: Person, ann: Person) -> None:
        reader, news = Reader(acme), acme.posts("we are open")
        asked = ann.replies(news, "why?")
        acme.hears(asked)
        answer = acme.quotes(asked, "since we like it")
        found = {message.id: message for message in reader.poll()}
        reader.connector.close()
        assert (found[answer.uri].thread, found[answer.uri].in_reply_to) == (news.uri, asked.uri)
        assert {message.kind for message in found.values()} == {Kind.MENTION}


class TestAccess:
    def test_a_session_is_renewed_and_not_begun_again(self, acme: Person) -> None:
        reader = Reader(acme)
        reader.ahead = 2 * HOUR - MINUTE
        reader.poll()
        reader.ahead = 0
        before = len(reader.calls)
        reader.poll()
        reader.connector.close()
        assert (reader.calls.count("login"), "refresh" in reader.calls) == (1, True)
        assert {"login", "refresh"}.isdisjoint(reader.calls[before:])

    def test_an_app_password_without_direct_messages_is_told_so(self, tmp_path: Path, acme: Person) -> None:
        slamon = watched(tmp_path, acme, watch=["messages"], chat_service=acme.network.appview)
        assert slamon.once() == "permission"
        reader = Reader(acme, watch=["messages"], chat_service=acme.network.appview)
        proofs = {finding.permission: finding.proof for finding in reader.connector.probe()}
        reader.connector.close()
        assert proofs == {"app password": Proof.OK, "access to direct messages": Proof.MISSING}

    def test_too_many_logins_are_waited_for(self, tmp_path: Path, acme: Person) -> None:
        slamon = watched(tmp_path, acme)
        wrong = {"identifier": acme.handle, "password": "wrong"}
        ask = partial(
            requests.post, f"{acme.network.url}/xrpc/com.atproto.server.createSession", json=wrong, timeout=20
        )
        assert {ask().status_code for _ in range(LOGINS)} == {401}
        assert slamon.once() == "wait"

    def test_what_bluesky_says_of_its_budget_is_passed_on(self, acme: Person) -> None:
        reader = Reader(acme)
        reader.poll()
        quotas = {quota.endpoint: quota for quota in reader.connector.quotas()}
        reader.connector.close()
        assert (quotas["requests"].limit, quotas["login"].limit) == (3_000, LOGINS)
        assert quotas["requests"].resets_at > reader.now()
