"""Facebook's traps: silence that is a lack of a right, what is gone and what only seems so, refusals, and the probe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import LOOKBACK, NOON, Reader, all_messages, altered
from rig_facebook import CommentsRig, waiting
from slamon.connectors._facebook.reads import COMMENT_PAGES, COMMENTS_PAGE, POSTS_PAGE
from slamon.connectors.base import OpenThread, Page, Proof
from slamon.connectors.facebook import Facebook
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE
from slamon.sim.facebook import ENGAGEMENT, MODERATE, PAGE_ID, USER_CONTENT
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def rig() -> Iterator[CommentsRig]:
    with CommentsRig() as each:
        yield each


@pytest.fixture
def reader(rig: CommentsRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture
def signed(rig: CommentsRig) -> CommentsRig:
    """The same, with the app's id and secret in the configuration."""
    rig.keys["credentials"] = {
        "access_token": {"env": "TOKEN"},
        "app_id": rig.facebook.tokens.app_id,
        "app_secret": {"env": "APP"},
    }
    return rig


def verdict(reader: Reader) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        reader.poll()
    return caught.value


def look(reader: Reader, *waiting_ids: str) -> list[Page]:
    """Recheck the threads of these messages, and keep what came."""
    threads: dict[str, list[str]] = {}
    for key in waiting_ids:
        threads.setdefault(reader.messages[key].thread, []).append(key)
    asked = [
        OpenThread(thread, "x", tuple(ids), min(reader.messages[key].created_at for key in ids))
        for thread, ids in threads.items()
    ]
    pages = list(reader.connector.recheck(reader.identity, reader.cursor, asked))
    for page in pages:
        reader.keep(page)
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages


def partial(pages: list[Page]) -> set[str]:
    return {thread for page in pages for thread in page.partial}


class TestSilence:
    def test_a_persons_token_is_refused_although_it_could_ask(self, rig: CommentsRig) -> None:
        rig.facebook.user_token("a-persons-token")
        keys = {"account": PAGE_ID, "credentials": {"access_token": {"env": "T"}}, "base_url": rig.facebook.url}
        settings = Facebook.Settings.model_validate(keys, context={"environ": {"T": "a-persons-token"}})
        connector = Facebook(settings, rig.context())  # type: ignore[arg-type]
        with pytest.raises(PlatformError) as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.CREDENTIAL
        assert "me/accounts" in str(caught.value)

    def test_comments_that_are_counted_and_never_shown_are_a_missing_right(
        self, rig: CommentsRig, reader: Reader
    ) -> None:
        reader.poll()
        rig.withdraw()
        error = verdict(reader)
        assert (error.verdict, USER_CONTENT in str(error)) == (Verdict.PERMISSION, True)
        cursor = reader.cursor
        rig.facebook.token.scopes.add(USER_CONTENT)
        reader.poll()
        assert (cursor != reader.cursor, len(waiting(reader))) == (True, 3)

    def test_a_right_that_goes_while_the_page_answers_itself_is_noticed_too(
        self, rig: CommentsRig, reader: Reader
    ) -> None:
        for name in ("Ana", "Ben", "Cyd"):
            rig.page.brand_replies(rig.customer("Hello?", by=name), "Hi")
        reader.poll()
        rig.facebook.token.scopes.discard(USER_CONTENT)
        rig.now += MINUTE
        assert verdict(reader).verdict is Verdict.PERMISSION

    def test_a_comment_or_two_that_privacy_hides_are_no_missing_right(self, rig: CommentsRig, reader: Reader) -> None:
        for name in ("Ana", "Ben"):
            rig.page.withhold(rig.customer("Hello?", by=name))
        assert reader.poll()[-1].complete

    def test_many_that_privacy_hides_are_none_either_where_others_are_shown(
        self, rig: CommentsRig, reader: Reader
    ) -> None:
        for number in range(9):
            rig.page.withhold(rig.customer("Hello?", by=f"c{number}"))
        asked = rig.customer("Anybody?")
        assert reader.poll()[-1].complete
        assert waiting(reader) == {asked}

    def test_comments_without_ids_are_a_missing_task(self, rig: CommentsRig, reader: Reader) -> None:
        rig.customer("Hello?")
        rig.facebook.token.tasks.discard(MODERATE)
        error = verdict(reader)
        assert (error.verdict, MODERATE in str(error)) == (Verdict.PERMISSION, True)

    def test_a_scope_that_meta_does_not_list_is_a_fault_before_anything_is_read(self, signed: CommentsRig) -> None:
        signed.facebook.token.scopes.discard(USER_CONTENT)
        signed.facebook.shapes.counts = False
        connector = signed.connector()
        with pytest.raises(PlatformError) as caught:
            connector.identify()
        connector.close()
        assert (caught.value.verdict, USER_CONTENT in str(caught.value)) == (Verdict.PERMISSION, True)

    def test_a_scope_that_goes_later_is_noticed_within_hours_even_if_nothing_is_counted(
        self, signed: CommentsRig
    ) -> None:
        reader = Reader(signed)
        reader.poll()
        signed.facebook.token.scopes.discard(USER_CONTENT)
        signed.facebook.shapes.counts = False
        signed.now += 7 * HOUR
        error = verdict(reader)
        reader.close()
        assert error.verdict is Verdict.PERMISSION

    def test_the_tokens_end_is_known(self, signed: CommentsRig) -> None:
        signed.facebook.token.expires_at = NOON + 50 * DAY
        reader = Reader(signed)
        ends = [(each.credential, each.at) for each in reader.connector.expiries()]
        reader.close()
        assert ends == [("access token", NOON + 50 * DAY)]


class TestGone:
    def test_a_deleted_comment_is_gone_by_the_next_poll(self, rig: CommentsRig, reader: Reader) -> None:
        asked, other = rig.customer("Hello?"), rig.customer("Anybody?", by="Ben")
        reader.poll()
        rig.now += MINUTE
        rig.page.delete(asked)
        reader.poll()
        assert (reader.gone, waiting(reader)) == ({asked: rig.now}, {other})

    def test_a_lone_comment_is_gone_where_its_post_counts_none(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Hello?")
        reader.poll()
        rig.page.delete(asked)
        look(reader, asked)
        assert set(reader.gone) == {asked}

    def test_a_comment_that_is_counted_and_shown_no_more_is_unknown(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Hello?")
        reader.poll()
        rig.page.withhold(asked)
        pages = look(reader, asked)
        assert (reader.gone, partial(pages)) == ({}, {rig.post})

    def test_a_deleted_post_takes_all_that_waits_under_it_along(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Hello?")
        reader.poll()
        rig.page.delete(rig.post or "")
        look(reader, asked)
        assert set(reader.gone) == {asked, rig.post}

    def test_a_lone_visitors_post_is_not_taken_for_deleted(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.page.visitor_posts("Ana", "Hello?")
        reader.poll()
        rig.page.delete(asked)
        assert partial(look(reader, asked)) == {asked}
        assert reader.gone == {}

    def test_it_is_where_another_visitor_is_still_shown(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.page.visitor_posts("Ana", "Hello?")
        rig.page.visitor_posts("Ben", "Nice page")
        reader.poll()
        rig.page.delete(asked)
        look(reader, asked)
        assert set(reader.gone) == {asked}

    def test_or_where_meta_says_that_no_right_is_missing(self, signed: CommentsRig) -> None:
        reader = Reader(signed)
        asked = signed.page.visitor_posts("Ana", "Hello?")
        reader.poll()
        signed.page.delete(asked)
        signed.now += MINUTE
        reader.poll()
        reader.close()
        assert reader.gone == {asked: signed.now}

    def test_what_a_lost_right_hides_is_not_gone(self, rig: CommentsRig, reader: Reader) -> None:
        posts = [rig.page.visitor_posts("Ana", "Hello?"), rig.page.visitor_posts("Ben", "Hello!")]
        asked = rig.customer("Hello?")
        reader.poll()
        rig.facebook.token.scopes.discard(USER_CONTENT)
        pages = look(reader, *posts, asked)
        assert (reader.gone, partial(pages)) == ({}, {*posts, rig.post})

    def test_not_even_while_the_list_of_scopes_is_remembered(self, signed: CommentsRig) -> None:
        reader = Reader(signed)
        asked = signed.page.visitor_posts("Ana", "Hello?")
        reader.poll()
        signed.facebook.token.scopes.discard(USER_CONTENT)
        look(reader, asked)
        reader.close()
        assert reader.gone == {}

    def test_nor_while_the_page_itself_is_not_shown(self, rig: CommentsRig, reader: Reader) -> None:
        asked, other = rig.customer("Hello?"), rig.customer("Hi", by="Ben")
        reader.poll()
        rig.page.delete(asked)

        def no_page(document: Any) -> None:
            body = json.dumps({"error": {"code": 10, "message": "no"}})
            if isinstance(document, list) and json.loads(document[0]["body"]) == {"id": PAGE_ID}:
                document[0].update(code=403, body=body)

        altered(rig.facebook.server, no_page)
        assert partial(look(reader, asked, other)) == {rig.post}
        assert reader.gone == {}

    def test_an_edited_comment_is_read_again_by_a_look(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Helo?")
        reader.poll()
        rig.page.edit(asked, "Hello?")
        look(reader, asked)
        assert reader.messages[asked].text == "Hello?"

    def test_a_waiting_comment_far_down_the_list_is_looked_up(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Helo?", at=NOON - DAY)
        for number in range(COMMENTS_PAGE + 20):
            rig.customer("me too", by=f"c{number}", at=NOON - DAY + (number + 1) * MINUTE)
        reader.poll()
        rig.page.edit(asked, "Hello?")
        rig.calls.clear()
        look(reader, asked)
        assert [call.endpoint for call in rig.calls] == ["batch", "batch"], "and not page by page"
        assert (reader.messages[asked].text, reader.gone) == ("Hello?", {})

    def test_a_post_that_was_deleted_between_two_calls_breaks_no_poll(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Hello?")
        fed = rig.facebook.server.serve
        deleted: list[str] = []

        def delete_it(document: Any) -> None:
            if rig.post and not deleted and "paging" in document:
                deleted.append(rig.post)
                rig.page.delete(rig.post)

        altered(rig.facebook.server, delete_it)
        assert partial(reader.poll()) == {rig.post}
        setattr(rig.facebook.server, "serve", fed)  # noqa: B010 - mypy takes no assignment to a method
        assert (reader.poll()[-1].complete, asked in reader.messages) == (True, False)


class TestCutOff:
    def test_a_thread_with_more_new_comments_than_are_read_is_unknown(
        self, rig: CommentsRig, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert COMMENT_PAGES == 100
        monkeypatch.setattr("slamon.connectors._facebook.reads.COMMENT_PAGES", 2)
        for number in range(3 * COMMENTS_PAGE):
            rig.customer("me too", by=f"c{number}", at=NOON - HOUR)
        pages = reader.poll()
        assert (partial(pages), pages[-1].complete) == ({rig.post}, True)
        assert len(all_messages(pages)) == 2 * COMMENTS_PAGE + 1

    @pytest.mark.parametrize("orders", [True, False])
    def test_and_stays_so_for_whoever_waited_before_the_cut(
        self, rig: CommentsRig, reader: Reader, monkeypatch: pytest.MonkeyPatch, *, orders: bool
    ) -> None:
        monkeypatch.setattr("slamon.connectors._facebook.reads.COMMENT_PAGES", 2)
        rig.facebook.shapes.orders = orders
        for number in range(3 * COMMENTS_PAGE):
            rig.customer("me too", by=f"c{number}", at=NOON - DAY + number * MINUTE)
        reader.poll()
        asked = sorted((said for said in reader.messages.values() if said.text == "me too"), key=lambda s: s.created_at)
        first, last = asked[0], asked[-1]
        assert partial(look(reader, first.id)) == {rig.post}
        assert partial(look(reader, last.id)) == (set() if orders else {rig.post})
        for said, unknown in ((first, True), (last, not orders)):
            threads = [OpenThread(said.thread, "x", (said.id,), said.created_at)]
            pages = list(reader.connector.fetch(reader.identity, reader.cursor, threads))
            assert partial(pages) == ({rig.post} if unknown else set())

    def test_anothers_post_under_which_we_may_not_look_is_unknown_and_not_asked_for_ever(
        self, rig: CommentsRig
    ) -> None:
        rig.keys = {"watch": ["posts", "tags"]}
        asked = rig.page.tags_the_page("Ana", "Hello,")
        rig.page.customer_writes("Zoe", "Hi", asked)
        reader = Reader(rig)
        rig.page.closed.add(asked)
        assert partial(reader.poll()) == {asked}
        assert partial(look(reader, asked)) == {asked}
        rig.calls.clear()
        reader.connector.follows_threads = False  # type: ignore[misc] # as if nobody waited
        rig.now += MINUTE
        reader.poll()
        reader.close()
        assert [call.endpoint for call in rig.calls] == ["feed", "tagged"]

    def test_a_post_that_could_not_be_read_is_read_by_the_next_poll(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Hello?")
        refusal = json.dumps({"error": {"code": 100, "error_subcode": 33, "message": "no"}})
        rig.facebook.faults.add(Fault(path=f"/v25.0/{rig.post}/comments", status=400, body=refusal))
        assert partial(reader.poll()) == {rig.post}
        reader.poll()
        assert waiting(reader) == {asked}

    def test_an_item_that_comes_on_two_pages_is_told_once(self, rig: CommentsRig, reader: Reader) -> None:
        for number in range(COMMENTS_PAGE + 5):
            rig.customer("me too", by=f"c{number}", at=NOON - MINUTE)
        pages: list[Any] = []

        def repeat(document: Any) -> None:
            if "data" in document and "order" in document.get("summary", {}):
                pages.append(document["data"])
                document["data"] = [*pages[0][-1:], *document["data"]] if len(pages) > 1 else document["data"]

        altered(rig.facebook.server, repeat)
        ids = [said.id for said in all_messages(reader.poll())]
        assert len(ids) == len(set(ids)) == COMMENTS_PAGE + 6

    def test_whose_post_it_is_has_to_be_known_before_anything_under_it_is_told(
        self, rig: CommentsRig, reader: Reader
    ) -> None:
        asked = rig.customer("Hello?")
        reader.poll()
        reader.cursor = None

        def no_post(document: Any) -> None:
            if isinstance(document, list):
                document[0].update(code=403, body=json.dumps({"error": {"code": 10, "message": "no"}}))

        altered(rig.facebook.server, no_post)
        pages = look(reader, asked)
        assert (partial(pages), all_messages(pages)) == ({rig.post}, [])

    def test_a_thread_of_which_nothing_is_known_is_read_by_its_post(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Hello?")
        reader.poll()
        reader.cursor = None
        rig.page.brand_replies(asked, "Hi")
        look(reader, asked)
        assert waiting(reader) == set()
        assert reader.messages[asked].addressed


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("expired", Verdict.CREDENTIAL),
            ("role_lost", Verdict.CREDENTIAL),
            ("proof", Verdict.CREDENTIAL),
            ("permission", Verdict.PERMISSION),
            ("capability", Verdict.PERMISSION),
            ("throttled", Verdict.WAIT),
            ("app_limit", Verdict.WAIT),
            ("user_limit", Verdict.WAIT),
            ("abusive", Verdict.WAIT),
            ("down", Verdict.RETRY),
            ("unknown", Verdict.RETRY),
            ("gone", Verdict.NOT_FOUND),
            ("deprecated", Verdict.BAD_REQUEST),
        ],
    )
    def test_each_refusal_has_its_verdict(self, rig: CommentsRig, reader: Reader, name: str, expected: Verdict) -> None:
        rig.facebook.refuse(name)
        error = verdict(reader)
        assert (error.verdict, (error.until or 0) > NOON) == (expected, expected is Verdict.WAIT)

    def test_too_much_data_is_asked_for_in_smaller_pages(self, rig: CommentsRig, reader: Reader) -> None:
        asked = [rig.page.visitor_posts("Ana", f"number {number}") for number in range(POSTS_PAGE + 5)]
        rig.facebook.heavy = 30
        reader.poll()
        assert set(asked) <= set(reader.messages)

    def test_a_look_that_asks_for_too_much_at_once_reads_thread_by_thread(
        self, rig: CommentsRig, reader: Reader
    ) -> None:
        asked = rig.customer("Hello?")
        post = rig.page.visitor_posts("Ana", "Hello?")
        reader.poll()
        for each in (asked, post):
            rig.page.brand_replies(each, "Hi", at=NOON + MINUTE)
        rig.facebook.heavy = 40
        look(reader, asked, post)
        assert waiting(reader) == set()

    def test_a_field_that_a_version_does_not_offer_is_done_without(self, rig: CommentsRig, reader: Reader) -> None:
        asked = rig.customer("Hello?")
        for shape, field in (
            (rig.facebook.shapes.post, "is_inline_created"),
            (rig.facebook.shapes.comment, "like_count"),
        ):
            del shape.fields[field]  # type: ignore[attr-defined] # a dictionary in truth
        reader.poll()
        assert waiting(reader) == {asked}
        rig.page.brand_replies(asked, "Hi", at=NOON + MINUTE)
        reader.connector.close()
        reader.connector = rig.connector()  # one that does not know yet
        look(reader, asked)
        assert waiting(reader) == set()

    def test_quotas_follow_metas_headers(self, rig: CommentsRig, reader: Reader) -> None:
        rig.facebook.usage.set("pages", 40)
        reader.poll()
        (quota,) = reader.connector.quotas()
        assert (quota.endpoint, quota.remaining, set(quota.endpoints)) == ("pages", 60, set(reader.connector.endpoints))

    def test_a_lookback_starts_where_the_first_poll_said(self, rig: CommentsRig, reader: Reader) -> None:
        post = rig.page.page_posts("Sale")
        reader.poll()
        rig.now += 3 * DAY
        late = rig.page.customer_writes("Ana", "Hello?", post, NOON - LOOKBACK + HOUR)
        reader.poll()
        assert late in reader.messages, "it lies before the lookback of today, and after that of the first poll"


class TestProbe:
    def proofs(self, rig: CommentsRig) -> dict[str, Proof]:
        connector = rig.connector()
        found = {finding.permission: finding.proof for finding in connector.probe()}
        connector.close()
        return found

    def test_words_and_rights_of_others_prove_everything(self, rig: CommentsRig) -> None:
        rig.customer("Hello?")
        assert self.proofs(rig) == {ENGAGEMENT: Proof.OK, USER_CONTENT: Proof.OK, MODERATE: Proof.OK}

    def test_silence_proves_nothing(self, rig: CommentsRig) -> None:
        assert self.proofs(rig) == {ENGAGEMENT: Proof.OK, USER_CONTENT: Proof.UNKNOWN, MODERATE: Proof.UNKNOWN}

    def test_metas_list_of_scopes_does(self, signed: CommentsRig) -> None:
        assert self.proofs(signed)[USER_CONTENT] is Proof.OK
        signed.facebook.token.scopes.discard(USER_CONTENT)
        assert self.proofs(signed)[USER_CONTENT] is Proof.MISSING

    def test_a_refused_feed_is_a_missing_permission_with_the_place_to_get_it(self, rig: CommentsRig) -> None:
        rig.facebook.token.scopes.discard(ENGAGEMENT)
        connector = rig.connector()
        first, *others = connector.probe()
        connector.close()
        assert (first.permission, first.proof, "App Review" in first.hint) == (ENGAGEMENT, Proof.MISSING, True)
        assert {each.proof for each in others} == {Proof.UNKNOWN}

    def test_comments_without_ids_are_a_missing_task(self, rig: CommentsRig) -> None:
        rig.customer("Hello?")
        rig.facebook.token.tasks.discard(MODERATE)
        assert self.proofs(rig)[MODERATE] is Proof.MISSING

    def test_a_wrong_token_fails_everywhere(self, rig: CommentsRig) -> None:
        rig.facebook.token.refused = "expired"
        assert set(self.proofs(rig).values()) == {Proof.FAILED}

    def test_it_writes_nothing_and_says_nothing_of_what_people_wrote(self, rig: CommentsRig) -> None:
        rig.customer("my secret words", by="Ana Ruiz")
        connector = rig.connector()
        said = str(list(connector.probe()))
        connector.close()
        assert "secret" not in said
        assert "Ana" not in said
        assert {taken.request.method for taken in rig.facebook.server.ledger} == {"GET"}
