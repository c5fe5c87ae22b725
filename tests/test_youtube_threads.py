"""YouTube's lists are read so that no comment and no reply is lost, and for as few units as that allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import LOOKBACK, NOON, Reader, all_messages, altered, objects
from rig_youtube import CLIENT, YouTubeRig
from slamon.connectors._youtube.cursor import Cursor
from slamon.connectors._youtube.threads import LOOKUP_SIZE
from slamon.connectors.base import OpenThread
from slamon.connectors.http import Timeouts
from slamon.model import DAY, HOUR, MAX_INSTANT, MINUTE, SECOND
from slamon.sla.fold import FoldSettings, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Page
    from slamon.sim.youtube import PretendYouTube

A_DAY = NOON - DAY


@pytest.fixture
def rig() -> Iterator[YouTubeRig]:
    with YouTubeRig(Timeouts()) as each:
        yield each


@pytest.fixture
def youtube(rig: YouTubeRig) -> PretendYouTube:
    return rig.youtube


@pytest.fixture
def reader(rig: YouTubeRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


def asked(youtube: PretendYouTube, resource: str = "commentThreads") -> list[dict[str, str]]:
    """The queries of the requests so far."""
    return [dict(taken.request.query) for taken in youtube.server.ledger if taken.request.path.endswith(resource)]


def poll(reader: Reader, threads: list[OpenThread] | None = None) -> list[Page]:
    """A poll to which these threads are told; those in which somebody waits, unless said."""
    pages = []
    told = reader.threads() if threads is None else threads
    for page in reader.connector.fetch(reader.identity, reader.cursor, told):
        reader.keep(page)
        pages.append(page)
    reader.cursor = pages[-1].cursor
    return pages


def waiting(reader: Reader, *ids: str) -> list[OpenThread]:
    said = [reader.messages[ident] for ident in ids]
    return [OpenThread(each.thread, each.author.id, (each.id,), each.created_at) for each in said]


def look(reader: Reader, *ids: str) -> list[Page]:
    return list(reader.connector.recheck(reader.identity, reader.cursor, waiting(reader, *ids)))


def crowd(youtube: PretendYouTube, count: int, at: int = NOON - 3 * HOUR) -> None:
    for number in range(count):
        youtube.customer_comments(f"fan{number}", "nice", at=at + number)


def top_of(thread: dict[str, Any]) -> dict[str, Any]:
    snippet: dict[str, Any] = thread["snippet"]["topLevelComment"]["snippet"]
    return snippet


class TestCursor:
    def test_what_is_written_is_read(self) -> None:
        whole = Cursor(5, 4, {"a": "b"})
        assert Cursor.parse(whole.text()) == whole

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "{",
            "[]",
            '{"since": "x", "swept": 1}',
            '{"since": 1, "swept": null}',
            f'{{"since": {MAX_INSTANT + 1}, "swept": 0}}',
        ],
    )
    def test_what_is_no_cursor_starts_from_the_lookback(self, text: str | None) -> None:
        assert Cursor.parse(text) == Cursor()

    def test_a_memory_that_cannot_be_read_is_none(self) -> None:
        assert Cursor.parse('{"since": 1, "swept": 1, "seen": {"a": 5, "b": "c"}}').seen == {"b": "c"}


class TestPolls:
    def test_a_quiet_poll_costs_one_call(self, youtube: PretendYouTube, reader: Reader) -> None:
        crowd(youtube, 30)
        poll(reader)
        before = len(youtube.server.ledger)
        poll(reader, [])
        assert len(youtube.server.ledger) - before == 1

    def test_plain_text_is_asked_for_and_nothing_is_escaped(self, youtube: PretendYouTube, reader: Reader) -> None:
        said = youtube.customer_comments("ann", "a <b> & c\nd")
        poll(reader)
        assert reader.messages[said].text == "a <b> & c\nd"
        assert {query["textFormat"] for query in asked(youtube)} == {"plainText"}

    def test_the_first_poll_reads_the_lookback_and_no_further(self, youtube: PretendYouTube, reader: Reader) -> None:
        youtube.customer_comments("bob", "too long ago", at=NOON - LOOKBACK - HOUR)
        inside = youtube.customer_comments("ann", "last week", at=NOON - LOOKBACK + HOUR)
        poll(reader)
        assert set(reader.messages) == {inside}

    def test_a_short_page_is_no_end(self, youtube: PretendYouTube, reader: Reader) -> None:
        youtube.short_pages = 20
        crowd(youtube, 70)
        poll(reader)
        assert len(reader.messages) == 70

    def test_a_thread_out_of_order_does_not_end_the_reading(self, youtube: PretendYouTube, reader: Reader) -> None:
        youtube.short_pages = 20
        poll(reader)
        ids = [youtube.customer_comments(f"fan{n}", "hi", at=NOON - n * SECOND) for n in range(40)]
        altered(
            youtube.server, lambda document: top_of(document["items"][-1]).update(publishedAt="2020-01-01T00:00:00Z")
        )
        poll(reader, [])
        assert len(set(ids) & set(reader.messages)) == 38

    def test_pages_end_where_they_are_older_than_the_last_poll(self, youtube: PretendYouTube, reader: Reader) -> None:
        crowd(youtube, 250, A_DAY)
        poll(reader)
        before = len(asked(youtube))
        youtube.customer_comments("ann", "new")
        poll(reader, [])
        assert len(asked(youtube)) - before == 1

    def test_times_of_older_records_are_read_as_well(self, youtube: PretendYouTube, reader: Reader) -> None:
        said = youtube.customer_comments("ann", "hello?")
        youtube.fractions = True
        poll(reader)
        assert reader.messages[said].created_at == NOON

    def test_a_comment_that_a_filter_held_back_for_hours_is_not_lost(
        self, rig: YouTubeRig, youtube: PretendYouTube, reader: Reader
    ) -> None:
        late = youtube.comment("ann", "hello?", at=NOON - HOUR, status="likelySpam")
        poll(reader)
        rig.now += 5 * HOUR
        poll(reader)
        assert late not in reader.messages
        youtube.moderate(late, "published")
        poll(reader)
        assert reader.messages[late].created_at == NOON - HOUR

    def test_likes_alone_bring_nothing(self, youtube: PretendYouTube, reader: Reader) -> None:
        said = youtube.customer_comments("ann", "hello?")
        poll(reader)
        youtube.like(said, 40)
        assert all_messages(poll(reader)) == []

    def test_a_video_whose_comments_are_off_hides_no_other(self, youtube: PretendYouTube, reader: Reader) -> None:
        silent = youtube.upload("No comments")
        youtube.customer_comments("bob", "gone", video=silent)
        youtube.disable_comments(silent)
        said = youtube.customer_comments("ann", "hello?")
        assert poll(reader)[-1].complete
        assert set(reader.messages) == {said}

    def test_old_words_of_others_begin_no_wait_and_old_ones_of_ours_are_told(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        old = youtube.customer_comments("ann", "half a year ago", at=NOON - 180 * DAY)
        ours = youtube.brand_replies(old, "indeed", at=NOON - 179 * DAY)
        poll(reader)
        assert reader.messages == {}
        new = youtube.customer_comments("zoe", "mine too", old)
        poll(reader)
        assert set(reader.messages) == {ours, new}

    def test_an_unreadable_memory_costs_units_and_loses_nothing(self, youtube: PretendYouTube, reader: Reader) -> None:
        said = youtube.customer_comments("ann", "hello?")
        reader.cursor = "{"
        poll(reader)
        assert said in reader.messages

    def test_the_cursor_stays_small(self, youtube: PretendYouTube, reader: Reader) -> None:
        crowd(youtube, 2_300)
        poll(reader, [])
        assert len(reader.cursor or "") < 50_000


class TestWaiting:
    def test_what_waits_for_longer_than_the_lookback_is_read_as_long_as_it_does(
        self, rig: YouTubeRig, youtube: PretendYouTube, reader: Reader
    ) -> None:
        said = youtube.customer_comments("ann", "wher?", at=NOON - LOOKBACK + HOUR)
        poll(reader)
        rig.now += DAY
        poll(reader)
        youtube.edit(said, "where?")
        poll(reader, [])
        assert reader.messages[said].text == "wher?"
        youtube.edit(said, "where?!")
        poll(reader, waiting(reader, said))
        assert reader.messages[said].text == "where?!"


class TestReplies:
    def test_replies_that_did_not_come_along_are_read(self, rig: YouTubeRig, reader: Reader) -> None:
        _, answer = rig.cut_off()
        poll(reader)
        assert answer in reader.messages

    def test_they_are_read_again_only_when_their_thread_has_changed(
        self, rig: YouTubeRig, youtube: PretendYouTube, reader: Reader
    ) -> None:
        rig.cut_off()
        poll(reader)
        poll(reader)
        assert len(asked(youtube, "comments")) == 1
        rig.cut_off()
        poll(reader)
        assert len(asked(youtube, "comments")) == 2

    def test_all_pages_of_them_are_read(self, youtube: PretendYouTube, reader: Reader) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - HOUR)
        replies = {youtube.customer_comments("zoe", f"{n}", top, NOON - MINUTE + n) for n in range(230)}
        poll(reader)
        assert replies <= set(reader.messages)

    def test_a_thread_with_too_many_of_them_is_named_as_unknown_and_its_newest_are_read(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - HOUR)
        for number in range(1_010):
            youtube.customer_comments("zoe", f"{number}", top, NOON - HOUR + number)
        answer = youtube.brand_replies(top, "on it")
        pages = poll(reader)
        assert [thread for page in pages for thread in page.partial] == [top]
        assert answer in reader.messages
        assert pages[-1].complete

    def test_an_answer_in_an_old_thread_is_found_while_somebody_waits_there(
        self, rig: YouTubeRig, youtube: PretendYouTube, reader: Reader
    ) -> None:
        old = youtube.customer_comments("ann", "hello?", at=A_DAY)
        crowd(youtube, 120)
        poll(reader)
        rig.now += MINUTE
        answer = youtube.brand_replies(old, "on it")
        poll(reader, waiting(reader, old))
        assert answer in reader.messages

    def test_threads_on_the_first_page_are_not_asked_for_again(self, youtube: PretendYouTube, reader: Reader) -> None:
        said = youtube.customer_comments("ann", "hello?")
        poll(reader)
        poll(reader, waiting(reader, said))
        assert [query for query in asked(youtube) if "id" in query] == []

    def test_waiting_threads_are_looked_up_by_fifties(self, youtube: PretendYouTube, reader: Reader) -> None:
        ids = [youtube.customer_comments(f"old{n}", "hello?", at=A_DAY + n) for n in range(LOOKUP_SIZE + 1)]
        crowd(youtube, 120)
        poll(reader)
        poll(reader, waiting(reader, *ids))
        sizes = [len(query["id"].split(",")) for query in asked(youtube) if "id" in query]
        assert sizes == [LOOKUP_SIZE, 1]

    def test_where_nobody_waits_a_new_reply_in_an_old_thread_is_found_within_the_hour(
        self, rig: YouTubeRig, youtube: PretendYouTube, reader: Reader
    ) -> None:
        old = youtube.customer_comments("ann", "hello?", at=A_DAY)
        youtube.brand_replies(old, "done", at=A_DAY + HOUR)
        crowd(youtube, 120)
        poll(reader, [])
        rig.now += MINUTE
        again = youtube.customer_comments("ann", "not done!", old)
        poll(reader, [])
        assert again not in reader.messages
        rig.now += HOUR
        poll(reader, [])
        assert again in reader.messages

    def test_a_clock_that_was_set_back_does_not_keep_it_from_reading_all_again(
        self, rig: YouTubeRig, youtube: PretendYouTube, reader: Reader
    ) -> None:
        old = youtube.customer_comments("ann", "hello?", at=A_DAY)
        crowd(youtube, 120)
        rig.now += DAY
        poll(reader, [])
        rig.now -= DAY
        again = youtube.customer_comments("ann", "well?", old)
        poll(reader, [])
        assert again in reader.messages


class TestWaits:
    """What the fold makes of it: YouTube hangs every reply under the top comment."""

    def waits(self, reader: Reader) -> dict[str, bool]:
        """Author → whether the newest wait was answered."""
        settings = FoldSettings(reader.identity.ours, flat_replies=reader.connector.flat_replies)
        handles = {each.author.id: each.author.handle for each in reader.messages.values()}
        folded = fold(reader.messages.values(), settings)
        return {handles[wait.customer]: wait.answered_at is not None for wait in folded.waits}

    def test_an_answer_is_for_the_latest_customer_of_its_thread(self, youtube: PretendYouTube, reader: Reader) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - 5 * MINUTE)
        youtube.brand_replies(top, "hi", at=NOON - 4 * MINUTE)
        youtube.customer_comments("bob", "and me?", top, at=NOON - 3 * MINUTE)
        poll(reader)
        assert self.waits(reader) == {"ann": True, "bob": False}
        youtube.brand_replies(top, "you too", at=NOON - 2 * MINUTE)
        poll(reader)
        assert self.waits(reader) == {"ann": True, "bob": True}

    def test_an_answer_that_begins_with_a_name_is_for_that_one(self, youtube: PretendYouTube, reader: Reader) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - 5 * MINUTE)
        bob = youtube.customer_comments("bob", "@acme me too", top, at=NOON - 4 * MINUTE)
        youtube.customer_comments("cyd", "@acme and me", top, at=NOON - 3 * MINUTE)
        youtube.brand_replies(bob, "sent")
        poll(reader)
        assert self.waits(reader) == {"ann": False, "bob": True, "cyd": False}

    def test_people_who_talk_to_each_other_wait_for_nobody(self, youtube: PretendYouTube, reader: Reader) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - 5 * MINUTE)
        first = youtube.customer_comments("bob", "same here", top, at=NOON - 4 * MINUTE)
        youtube.brand_replies(top, "fixed", at=NOON - 3 * MINUTE)
        youtube.customer_comments("cyd", "glad to hear", first, at=NOON - 2 * MINUTE)
        poll(reader)
        assert self.waits(reader) == {"ann": True, "cyd": False}
        # bob was nobody the brand knew of when cyd spoke to him, so cyd's words stand under the brand's.


class TestGone:
    def gone(self, pages: list[Page]) -> set[str]:
        return {each.id for page in pages for each in page.gone}

    def test_a_deleted_reply_is_gone_and_its_thread_is_not(self, youtube: PretendYouTube, reader: Reader) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - HOUR)
        reply = youtube.customer_comments("ann", "well?", top)
        poll(reader)
        youtube.delete(reply)
        assert self.gone(look(reader, top, reply)) == {reply}

    def test_a_poll_notices_a_deleted_thread_in_which_somebody_waits(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        said = youtube.customer_comments("ann", "hello?")
        poll(reader)
        youtube.delete(said)
        assert self.gone(poll(reader, waiting(reader, said))) == {said}

    def test_a_poll_notices_a_deleted_reply_by_somebody_who_waits_and_asks_for_it_once(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - HOUR)
        reply = youtube.customer_comments("ann", "well?", top)
        poll(reader)
        poll(reader, waiting(reader, top, reply))
        assert [query for query in asked(youtube, "comments") if "id" in query] == []
        youtube.delete(reply)
        assert self.gone(poll(reader, waiting(reader, top, reply))) == {reply}

    def test_a_reply_that_is_missing_in_its_thread_and_there_by_id_is_not_gone(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - HOUR)
        reply = youtube.customer_comments("ann", "well?", top)
        poll(reader)

        def lag(document: dict[str, Any]) -> None:
            for each in document["items"]:
                if each.pop("replies", None):
                    each["snippet"]["totalReplyCount"] = 0

        altered(youtube.server, lag)
        assert self.gone(look(reader, top, reply)) == set()
        assert [query["id"] for query in asked(youtube, "comments")] == [reply]

    def test_a_reply_that_cannot_be_read_is_not_gone(self, youtube: PretendYouTube, reader: Reader) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - HOUR)
        reply = youtube.customer_comments("ann", "well?", top)
        poll(reader)
        altered(
            youtube.server,
            lambda document: [each.update(snippet=None) for each in objects(document) if each.get("id") == reply],
        )
        assert self.gone(look(reader, top, reply)) == set()

    def test_a_look_costs_one_call_for_fifty_threads(self, youtube: PretendYouTube, reader: Reader) -> None:
        ids = [youtube.customer_comments(f"fan{n}", "hello?") for n in range(LOOKUP_SIZE)]
        poll(reader)
        before = len(youtube.server.ledger)
        look(reader, *ids)
        assert len(youtube.server.ledger) - before == 1

    def test_where_comments_were_switched_off_nothing_is_known_and_nothing_gone(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        silent = youtube.upload("Soon without comments")
        off = youtube.customer_comments("bob", "hello?", video=silent)
        deleted, there = (youtube.customer_comments(name, "hello?") for name in ("ann", "cyd"))
        poll(reader)
        youtube.disable_comments(silent)
        youtube.delete(deleted)
        pages = look(reader, off, deleted, there)
        assert self.gone(pages) == {deleted}
        assert {thread for page in pages for thread in page.partial} == {off}
        assert pages[-1].complete

    def test_a_thread_that_cannot_be_read_any_more_is_unknown_and_not_gone(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        said = youtube.customer_comments("ann", "hello?")
        poll(reader)
        altered(youtube.server, lambda document: [each.pop("publishedAt", None) for each in objects(document)])
        pages = look(reader, said)
        assert self.gone(pages) == set()
        assert {thread for page in pages for thread in page.partial} == {said}


class TestHeld:
    @pytest.fixture
    def reader(self, rig: YouTubeRig) -> Iterator[Reader]:
        each = Reader(rig)
        each.connector.close()
        each.connector = rig.connector(credentials=CLIENT, watch=["comments", "held"])
        yield each
        each.close()

    @pytest.mark.parametrize("status", ["heldForReview", "likelySpam"])
    def test_what_is_held_is_hidden_until_it_is_published(
        self, youtube: PretendYouTube, reader: Reader, status: str
    ) -> None:
        said = youtube.comment("ann", "hello?", status=status)
        poll(reader)
        assert reader.messages[said].hidden
        youtube.moderate(said, "published")
        poll(reader)
        assert not reader.messages[said].hidden

    def test_a_held_reply_under_a_public_comment_is_hidden_alone(self, youtube: PretendYouTube, reader: Reader) -> None:
        top = youtube.customer_comments("ann", "hello?", at=NOON - HOUR)
        reply = youtube.comment("bob", "buy pills", reply_to=top, status="heldForReview")
        poll(reader)
        assert (reader.messages[top].hidden, reader.messages[reply].hidden) == (False, True)
        assert all_messages(poll(reader)) == []

    def test_what_the_brand_holds_later_is_hidden_and_not_gone(
        self, rig: YouTubeRig, youtube: PretendYouTube, reader: Reader
    ) -> None:
        said = youtube.customer_comments("ann", "hello?", at=A_DAY)
        crowd(youtube, 120)
        poll(reader)
        youtube.moderate(said, "heldForReview")
        rig.now += MINUTE
        poll(reader, waiting(reader, said))
        assert (reader.messages[said].hidden, reader.gone) == (True, {})
        for page in look(reader, said):
            reader.keep(page)
        assert (reader.messages[said].hidden, reader.gone) == (True, {})

    def test_a_thread_that_is_listed_for_a_held_reply_is_still_looked_at_for_answers(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        old = youtube.customer_comments("ann", "hello?", at=A_DAY)
        crowd(youtube, 120)
        poll(reader)
        for number in range(5):  # as many as come along with a thread
            youtube.comment("bob", f"buy pills {number}", reply_to=old, status="heldForReview")
        answer = youtube.brand_replies(old, "on it")
        poll(reader, waiting(reader, old))
        assert answer in reader.messages

    def test_with_an_api_key_alone_it_is_not_asked_for(self, rig: YouTubeRig, youtube: PretendYouTube) -> None:
        plain = Reader(rig)
        poll(plain)
        plain.close()
        assert all("moderationStatus" not in query for query in asked(youtube))


def test_the_watermark_waits_for_what_may_still_show_up(reader: Reader) -> None:
    poll(reader)
    since: Any = Cursor.parse(reader.cursor).since
    assert since == NOON - reader.connector.visible_after
    assert reader.connector.visible_after >= 30 * SECOND
