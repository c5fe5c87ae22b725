"""Reddit's listings are read so that nothing is lost: a thousand things, no `before`, filters that hold back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import LOOKBACK, NOON, Reader, all_messages, altered, objects
from rig_reddit import RedditMentionsRig
from slamon.connectors._reddit.lists import Cursor
from slamon.connectors.base import OpenThread
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MAX_INSTANT, MINUTE, Kind, Side
from slamon.sim.reddit import REACH
from slamon.sla.fold import FoldSettings, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Page
    from slamon.sim.reddit import PretendReddit

EVERYTHING = {
    "watch": ["mentions", "replies", "messages"],
    "own_subreddits": ["acme"],
    "subreddits": ["gadgets"],
}


@pytest.fixture
def rig() -> Iterator[RedditMentionsRig]:
    with RedditMentionsRig(Timeouts()) as each:
        yield each


@pytest.fixture
def reddit(rig: RedditMentionsRig) -> PretendReddit:
    return rig.reddit


@pytest.fixture
def reader(rig: RedditMentionsRig) -> Iterator[Reader]:
    """Reads all that can be read."""
    each = Reader(rig)
    each.connector.close()
    each.connector = rig.connector(**EVERYTHING)
    yield each
    each.close()


def paths(reddit: PretendReddit) -> list[str]:
    return [taken.request.path for taken in reddit.server.ledger]


def look(reader: Reader, *ids: str) -> list[Page]:
    said = [reader.messages[ident] for ident in ids]
    threads = [OpenThread(each.thread, each.author.id, (each.id,), each.created_at) for each in said]
    return list(reader.connector.recheck(reader.identity, reader.cursor, threads))


class TestCursor:
    def test_what_is_written_is_read(self) -> None:
        whole = Cursor(5, {"/message/inbox": {"a": "b"}})
        assert Cursor.parse(whole.text()) == whole

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "{",
            "5",
            "{}",
            '{"since": "x", "lists": {}}',
            '{"since": 1}',
            '{"since": 1, "lists": []}',
            f'{{"since": {MAX_INSTANT + 1}, "lists": {{}}}}',
        ],
    )
    def test_what_is_no_cursor_starts_from_the_lookback(self, text: str | None) -> None:
        assert Cursor.parse(text) == Cursor()

    def test_a_list_that_cannot_be_read_is_read_with_no_memory(self) -> None:
        assert Cursor.parse('{"since": 1, "lists": {"a": 5}}') == Cursor(1, {"a": {}})


class TestPolls:
    def test_a_quiet_poll_costs_one_call_a_list(self, reddit: PretendReddit, reader: Reader) -> None:
        reader.poll()
        before = len(reddit.server.ledger)
        reader.poll()
        assert sorted(paths(reddit)[before:]) == sorted(
            [
                "/message/inbox",
                "/r/acme/new",
                "/r/acme/comments",
                "/r/gadgets/new",
                "/r/gadgets/comments",
                "/user/acme/submitted",
                "/user/acme/comments",
                "/user/acmehelp/submitted",
                "/user/acmehelp/comments",
                "/message/sent",
            ]
        )

    def test_what_cannot_hold_an_answer_is_not_read(self, rig: RedditMentionsRig, reddit: PretendReddit) -> None:
        each = Reader(rig)
        each.connector.close()
        each.connector = rig.connector(watch=["messages"])
        before = len(reddit.server.ledger)
        each.poll()
        each.close()
        assert [path for path in paths(reddit)[before:] if "access" not in path] == ["/message/inbox", "/message/sent"]

    def test_texts_are_asked_for_as_they_were_written(self, reddit: PretendReddit, reader: Reader) -> None:
        said = reddit.post("ann", "acme", "a < b", "c > d & e")
        reader.poll()
        assert reader.messages[said].text == "a < b\n\nc > d & e"

    def test_reading_leaves_the_inbox_unread_and_names_no_thing_to_begin_before(
        self, reddit: PretendReddit, reader: Reader
    ) -> None:
        reader.poll()
        queries = [taken.request.query for taken in reddit.server.ledger]
        assert [query["mark"] for query in queries if "mark" in query] == ["false"]
        assert not any("before" in query for query in queries)

    def test_the_first_poll_reads_the_lookback(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.post("bob", "acme", "old", at=NOON - LOOKBACK - HOUR)
        inside = reddit.post("ann", "acme", "new", at=NOON - LOOKBACK + HOUR)
        reader.poll()
        assert set(reader.messages) == {inside}

    def test_when_the_newest_thing_is_deleted_the_next_is_read_all_the_same(
        self, rig: RedditMentionsRig, reddit: PretendReddit, reader: Reader
    ) -> None:
        first = reddit.post("ann", "acme", "x")
        reader.poll()
        reddit.delete(first)
        rig.now += MINUTE
        second = reddit.post("bob", "acme", "y")
        reader.poll()
        assert second in reader.messages

    def test_what_a_filter_held_back_for_hours_is_not_lost(
        self, rig: RedditMentionsRig, reddit: PretendReddit, reader: Reader
    ) -> None:
        late = reddit.post("ann", "acme", "x", at=NOON - HOUR)
        reddit.remove(late, "automod_filtered")
        reader.poll()
        rig.now += 6 * HOUR
        reddit.approve(late)
        reader.poll()
        assert reader.messages[late].created_at == NOON - HOUR

    def test_a_thing_on_two_lists_is_told_once(self, reddit: PretendReddit, reader: Reader) -> None:
        on_both = reddit.comment("ann", reddit.post("acme", "acme", "News"), "u/acme hello?")
        pages = reader.poll()
        assert [said.id for said in all_messages(pages)].count(on_both) == 1

    def test_votes_alone_bring_nothing(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.post("ann", "acme", "x")
        reader.poll()
        altered(
            reddit.server, lambda document: [each["data"].update(score=99) for each in document["data"]["children"]]
        )
        assert all_messages(reader.poll()) == []

    def test_what_was_deleted_is_told_once(self, rig: RedditMentionsRig, reddit: PretendReddit, reader: Reader) -> None:
        said = rig.customer("hello?")
        reader.poll()
        reddit.delete(said)
        assert [each.id for page in reader.poll() for each in page.gone] == [said]
        assert [each.id for page in reader.poll() for each in page.gone] == []

    def test_a_new_member_of_the_team_is_read_from_the_lookback(self, rig: RedditMentionsRig, reader: Reader) -> None:
        asked = rig.customer("hello?", at=NOON - 3 * DAY)
        answer = rig.reddit.brand_replies(asked, "on it", "newcomer", at=NOON - 2 * DAY)
        reader.poll()
        again = Reader(rig)
        again.connector.close()
        again.connector = rig.connector(**EVERYTHING, team=["acmehelp", "newcomer"])
        again.identity = again.connector.identify()
        again.cursor = reader.cursor
        again.poll()
        again.close()
        assert again.messages[answer].side is Side.OURS

    def test_the_cursor_stays_small(self, reddit: PretendReddit, reader: Reader) -> None:
        for number in range(900):
            reddit.post("ann", "acme", f"{number}", at=NOON - MINUTE - number)
        reader.poll()
        assert len(reader.cursor or "") < 20_000


class TestReach:
    def flood(self, reddit: PretendReddit, at: int) -> None:
        for number in range(REACH + 10):
            reddit.post("ann", "acme", f"{number}", at=at + number)

    def test_a_first_poll_that_reaches_the_end_of_a_listing_is_complete(
        self, reddit: PretendReddit, reader: Reader
    ) -> None:
        self.flood(reddit, NOON - HOUR)
        assert reader.poll()[-1].complete
        assert len(reader.messages) == REACH

    def test_a_later_one_is_not_but_goes_on_from_there(
        self, rig: RedditMentionsRig, reddit: PretendReddit, reader: Reader
    ) -> None:
        reader.poll()
        rig.now += 3 * HOUR
        self.flood(reddit, rig.now - HOUR)
        last = reader.poll()[-1]
        assert (last.complete, last.cursor is not None) == (False, True)
        rig.now += 3 * HOUR
        assert reader.poll()[-1].complete


class TestSides:
    """What each list is there for."""

    def waits(self, reader: Reader) -> dict[str, bool]:
        settings = FoldSettings(reader.identity.ours)
        handles = {each.author.id: each.author.handle for each in reader.messages.values()}
        threads: dict[str, list[Any]] = {}
        for said in reader.messages.values():
            threads.setdefault(said.thread, []).append(said)
        folded = [wait for messages in threads.values() for wait in fold(messages, settings).waits]
        return {handles[wait.customer]: wait.answered_at is not None for wait in folded}

    def test_every_answer_ends_the_wait_of_whom_it_answers(self, reddit: PretendReddit, reader: Reader) -> None:
        post = reddit.post("ann", "acme", "Broken", at=NOON - 5 * MINUTE)
        mention = reddit.customer_mentions("bob", "help", at=NOON - 4 * MINUTE)
        message = reddit.message("cyd", "acme", "hello?", at=NOON - 3 * MINUTE)
        named = reddit.post("dan", "gadgets", "acme, anyone?", at=NOON - 2 * MINUTE)
        reader.poll()
        assert self.waits(reader) == dict.fromkeys(["ann", "bob", "cyd", "dan"], False)
        for asked in (post, mention, message, named):
            reddit.brand_replies(asked, "on it", None if asked == message else "acmehelp")
        reader.poll()
        assert self.waits(reader) == dict.fromkeys(["ann", "bob", "cyd", "dan"], True)

    def test_a_customer_who_answers_back_waits_again(self, reddit: PretendReddit, reader: Reader) -> None:
        asked = reddit.post("ann", "acme", "Broken", at=NOON - 5 * MINUTE)
        answer = reddit.brand_replies(asked, "restart it", at=NOON - 4 * MINUTE)
        reddit.comment("ann", answer, "did not help", at=NOON - 3 * MINUTE)
        reader.poll()
        assert self.waits(reader) == {"ann": False}

    def test_people_who_talk_to_each_other_wait_for_nobody(self, reddit: PretendReddit, reader: Reader) -> None:
        asked = reddit.post("ann", "acme", "Broken")
        reddit.comment("bob", asked, "mine too")
        reader.poll()
        assert self.waits(reader) == {"ann": False}

    def test_a_comment_under_an_old_post_of_the_team_is_for_the_brand(
        self, reddit: PretendReddit, reader: Reader
    ) -> None:
        old = reddit.post("acmehelp", "acme", "Rules", at=NOON - 90 * DAY)
        reddit.comment("ann", old, "what about returns?")
        reader.poll()
        assert self.waits(reader) == {"ann": False}

    def test_kinds_are_those_of_the_lists(self, reddit: PretendReddit, reader: Reader) -> None:
        kinds = {
            reddit.customer_mentions("bob", "help"): Kind.MENTION,
            reddit.post("ann", "acme", "Broken"): Kind.POST,
            reddit.message("cyd", "acme", "hello?"): Kind.DIRECT_MESSAGE,
            reddit.comment("dan", reddit.post("acme", "acme", "News"), "nice"): Kind.COMMENT,
        }
        reader.poll()
        assert {ident: reader.messages[ident].kind for ident in kinds} == kinds

    def test_things_of_the_inbox_without_a_type_are_read(self, rig: RedditMentionsRig, reader: Reader) -> None:
        rig.reddit.old = True
        said = rig.customer("hello?")
        reader.poll()
        assert reader.messages[said].kind is Kind.MENTION


class TestRecheck:
    def test_it_costs_two_calls_an_account_and_one_a_hundred_things(
        self, reddit: PretendReddit, reader: Reader
    ) -> None:
        ids = [reddit.post("ann", "acme", f"{n}") for n in range(101)]
        reader.poll()
        before = len(reddit.server.ledger)
        look(reader, *ids)
        assert len(reddit.server.ledger) - before == 4 + 2

    def test_for_private_messages_only_what_we_sent_is_read(self, reddit: PretendReddit, reader: Reader) -> None:
        said = reddit.message("cyd", "acme", "hello?")
        reader.poll()
        before = len(reddit.server.ledger)
        answer = reddit.brand_replies(said, "on it")
        pages = look(reader, said)
        assert paths(reddit)[before:] == ["/message/sent"]
        assert answer in {each.id for each in all_messages(pages)}

    def test_what_moderators_removed_is_hidden_and_not_gone(self, reddit: PretendReddit, reader: Reader) -> None:
        said = reddit.post("ann", "acme", "x")
        reader.poll()
        reddit.remove(said)
        pages = look(reader, said)
        assert [each for page in pages for each in page.gone] == []
        assert [(each.id, each.hidden, each.addressed) for each in all_messages(pages)] == [(said, True, True)]

    def test_what_was_edited_still_speaks_to_the_brand(self, rig: RedditMentionsRig, reader: Reader) -> None:
        said = rig.customer("hello?")
        reader.poll()
        rig.now += MINUTE
        rig.reddit.edit(said, "never mind the name")
        (edited,) = all_messages(look(reader, said))
        assert (edited.text, edited.addressed) == ("never mind the name", True)

    def test_what_has_not_changed_is_not_told_again(self, rig: RedditMentionsRig, reader: Reader) -> None:
        said = rig.customer("hello?")
        reader.poll()
        assert all_messages(look(reader, said)) == []

    def test_what_stands_in_a_subreddit_that_became_private_is_unknown_and_not_gone(
        self, reddit: PretendReddit, reader: Reader
    ) -> None:
        there, lost = reddit.post("ann", "acme", "x"), reddit.post("bob", "gadgets", "acme?")
        reader.poll()
        reddit.close_subreddit("gadgets")
        pages = look(reader, there, lost)
        assert [each for page in pages for each in page.gone] == []
        assert [thread for page in pages for thread in page.partial] == [lost]
        assert pages[-1].complete

    def test_when_more_was_answered_than_a_listing_shows_it_is_not_complete(
        self, rig: RedditMentionsRig, reader: Reader
    ) -> None:
        said = rig.customer("hello?", at=NOON - HOUR)
        reader.poll()
        for number in range(REACH + 10):
            rig.reddit.comment("acmehelp", said, f"{number}")
        assert not look(reader, said)[-1].complete


class TestTrouble:
    def test_a_subreddit_that_became_private_is_a_missing_permission(
        self, reddit: PretendReddit, reader: Reader
    ) -> None:
        reddit.close_subreddit("gadgets")
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert (caught.value.verdict, caught.value.code) == (Verdict.PERMISSION, "private")

    def test_a_dialogue_that_is_cut_off_is_unknown(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.nested = True
        root = reddit.message("ann", "acme", "hello?")
        for number in range(3):
            reddit.message("ann", "acme", f"{number}", reply_to=root)
        assert {thread for page in reader.poll() for thread in page.partial} == {root}

    def test_a_thing_that_cannot_be_read_stops_nothing(self, reddit: PretendReddit, reader: Reader) -> None:
        bad, good = reddit.post("ann", "acme", "x"), reddit.post("bob", "acme", "y")

        def spoil(document: Any) -> None:
            for each in objects(document):
                if each.get("name") == bad:
                    each["created_utc"] = "soon"

        altered(reddit.server, spoil)
        rejects = [each for page in reader.poll() for each in page.rejects]
        assert [(each.id, json.loads(each.raw)["kind"]) for each in rejects] == [(bad, "t3")]
        assert good in reader.messages
