"""Every connector found keeps the contract of `connectors/base.py` over its pretend platform."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from connector_contract import A_WHILE, NOON, SECRET, Reader, Rig, all_messages, altered, keys, objects, rigs, rigs_of
from slamon import logs
from slamon.connectors import found
from slamon.connectors.base import OpenThread, Proof
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR, MINUTE, SECOND, Side
from slamon.sim.faults import Fault
from slamon.sim.server import PretendServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Page


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each case runs for the rigs that can show what it is about."""
    if "kind_of_rig" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("shows")
        wanted = dict(marker.kwargs if marker else {})
        if "web" in metafunc.fixturenames:
            wanted["http"] = True
        metafunc.parametrize("kind_of_rig", rigs(**wanted))


@pytest.fixture
def rig(kind_of_rig: type[Rig]) -> Iterator[Rig]:
    with kind_of_rig() as each:
        yield each


@pytest.fixture
def web(rig: Rig) -> Rig:
    return rig


@pytest.fixture
def reader(rig: Rig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture
def remote(reader: Reader) -> Reader:
    return reader


@pytest.mark.parametrize("name", found())
def test_every_connector_has_a_rig(name: str) -> None:
    assert rigs_of(name)


class TestReading:
    def test_a_silent_platform_is_one_complete_page(self, reader: Reader) -> None:
        (page,) = reader.poll()
        assert (list(page.messages), page.complete, page.cursor is not None) == ([], True, True)

    def test_customer_account_team_and_bystander_are_told_apart(self, rig: Rig, reader: Reader) -> None:
        asked = rig.customer("where is my parcel?")
        answers = [rig.ours("on its way", asked), rig.ours("indeed", asked, team=rig.team)]
        chats = [rig.bystander("mine too", asked)] if rig.bystanders else []
        reader.poll()
        sides = {key: message.side for key, message in reader.messages.items()}
        assert sides[asked] is Side.OTHER
        assert {sides[answer] for answer in answers} == {Side.OURS}
        assert {sides.get(chat, Side.OTHER) for chat in chats} <= {Side.OTHER}
        ours = {reader.messages[answer].author.id for answer in answers}
        assert ours == set(reader.identity.ours) if rig.team else ours <= set(reader.identity.ours)

    def test_answers_stand_in_the_thread_of_what_they_answer(self, rig: Rig, reader: Reader) -> None:
        asked = rig.customer("where is my parcel?")
        answer = rig.ours("on its way", asked)
        reader.poll()
        assert reader.messages[answer].thread == reader.messages[asked].thread
        assert reader.messages[answer].in_reply_to == (asked if rig.links else None)

    def test_times_are_the_platforms_to_the_second_and_ordered(self, rig: Rig, reader: Reader) -> None:
        asked = rig.customer("hello?", at=NOON - 3 * HOUR)
        reader.poll()
        assert reader.messages[asked].created_at // SECOND == (NOON - 3 * HOUR) // SECOND

    def test_no_message_comes_twice_in_a_poll(self, rig: Rig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        for number in range(5):
            rig.ours(f"answer {number}", asked, team=rig.team and bool(number % 2))
        ids = [message.id for message in all_messages(reader.poll())]
        assert len(ids) == len(set(ids)) == 6 + rig.roots

    def test_only_the_last_page_completes_and_carries_the_cursor(self, rig: Rig, reader: Reader) -> None:
        ids = crowd(rig)
        *before, last = reader.poll()
        assert before
        assert not any(page.complete or page.cursor for page in before)
        assert (last.complete, last.cursor is not None) == (True, True)
        assert set(ids) <= set(reader.messages)

    def test_the_next_poll_brings_what_is_new(self, rig: Rig, reader: Reader) -> None:
        rig.customer("first", at=NOON - HOUR)
        reader.poll()
        rig.now += A_WHILE
        reader.poll()
        rig.now += A_WHILE
        new = rig.customer("second")
        assert new in {message.id for message in all_messages(reader.poll())}

    def test_old_messages_are_not_read_for_ever(self, rig: Rig, reader: Reader) -> None:
        rig.customer("first")
        for _ in range(3):
            reader.poll()
            rig.now += A_WHILE
        assert all_messages(reader.poll()) == []

    def test_a_restart_goes_on_from_the_cursor(self, rig: Rig, reader: Reader) -> None:
        reader.poll()
        rig.now += A_WHILE
        new = rig.customer("while you were away")
        again = Reader(rig)
        again.cursor = reader.cursor
        assert new in {message.id for message in all_messages(again.poll())}
        again.close()

    def test_messages_are_of_the_kinds_that_the_connector_names(self, rig: Rig, reader: Reader) -> None:
        rig.ours("on it", rig.customer("hello?"))
        reader.poll()
        assert {message.kind for message in reader.messages.values()} <= reader.connector.kinds

    @pytest.mark.shows(edits=True)
    def test_an_edit_is_the_same_message_with_other_words_and_its_old_time(self, rig: Rig, reader: Reader) -> None:
        asked = rig.customer("wher is my parcel?")
        reader.poll()
        started = reader.messages[asked].created_at
        rig.now += MINUTE
        rig.edit(asked, "where is my parcel?")
        reader.poll()
        assert "where is my parcel?" in reader.messages[asked].text
        assert (len(reader.messages), reader.messages[asked].created_at) == (1 + rig.roots, started)

    @pytest.mark.parametrize(
        "text", ["<b>&amp;</b> & <i>", "\u202egnp.exe", "@everyone <!channel>", "👩\u200d👧 ü 日本", "x" * 300]
    )
    def test_texts_come_as_they_were_written(self, rig: Rig, reader: Reader, text: str) -> None:
        asked = rig.customer(text)
        reader.poll()
        assert text in reader.messages[asked].text


class TestRecheck:
    def recheck(self, reader: Reader, *waiting: str) -> list[Page]:
        threads = [
            OpenThread(each.thread, each.author.id, (each.id,), each.created_at)
            for each in (reader.messages[key] for key in waiting)
        ]
        pages = list(reader.connector.recheck(reader.identity, reader.cursor, threads))
        for page in pages:
            reader.keep(page)
        return pages

    def test_an_answer_since_the_last_poll_is_found(self, rig: Rig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        answers = {rig.ours("on it", asked), rig.ours("me too", asked, team=rig.team)}
        pages = self.recheck(reader, asked)
        assert answers <= {message.id for message in all_messages(pages)}
        assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]

    def test_with_nothing_new_it_is_complete_all_the_same(self, rig: Rig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        assert self.recheck(reader, asked)[-1].complete

    def test_it_begins_when_its_pages_are_asked_for(self, rig: Rig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        thread = OpenThread(reader.messages[asked].thread, "ann", (asked,), NOON)
        look = reader.connector.recheck(reader.identity, reader.cursor, [thread])
        late = rig.ours("on it", asked)
        assert late in {message.id for message in all_messages(look)}

    @pytest.mark.shows(deletes=True)
    def test_a_deleted_message_is_gone_since_it_was_noticed(self, rig: Rig, reader: Reader) -> None:
        asked, other = rig.customer("hello?"), rig.customer("anybody?", by="bob")
        reader.poll()
        rig.now += MINUTE
        rig.delete(asked)
        self.recheck(reader, asked, other)
        assert reader.gone == {asked: rig.now}


class TestTrouble:
    @pytest.mark.parametrize(
        ("status", "verdicts"),
        [
            (401, {Verdict.CREDENTIAL, Verdict.REFRESH}),
            (402, {Verdict.PAYMENT}),
            (403, {Verdict.PERMISSION}),
            (404, {Verdict.NOT_FOUND}),
            (429, {Verdict.WAIT}),
            (500, {Verdict.RETRY}),
            (503, {Verdict.RETRY}),
        ],
    )
    def test_a_refusal_has_its_verdict(self, web: Rig, remote: Reader, status: int, verdicts: set[Verdict]) -> None:
        error = refused(web, remote, Fault(status=status, body="odd"))
        assert error.verdict in verdicts
        assert (error.until is not None) == (error.verdict in {Verdict.WAIT, Verdict.PAYMENT})

    @pytest.mark.parametrize(
        ("fault", "verdict"),
        [
            (Fault(drop="before"), Verdict.RETRY),
            (Fault(hang=True), Verdict.RETRY),
            (Fault(drop="middle"), Verdict.BAD_ANSWER),
            (Fault(status=200, body="<html>Log in</html>"), Verdict.BAD_ANSWER),
            (Fault(status=200, body='{"data": ['), Verdict.BAD_ANSWER),
            (Fault(status=200, body=""), Verdict.BAD_ANSWER),
            (Fault(status=200, body="{}"), Verdict.BAD_ANSWER),
            (Fault(status=302, headers={"location": "http://127.0.0.1:9/"}), Verdict.BAD_ANSWER),
        ],
        ids=["closed", "hanging", "cut", "html", "half", "empty", "nothing", "redirect"],
    )
    def test_what_is_no_answer_has_its_verdict(self, web: Rig, remote: Reader, fault: Fault, verdict: Verdict) -> None:
        assert refused(web, remote, fault).verdict is verdict

    def test_unknown_fields_change_nothing(self, web: Rig, remote: Reader) -> None:
        web.ours("on it", web.customer("hello?"))
        expected = {message.id: message for message in all_messages(remote.poll())}
        assert web.server
        altered(web.server, lambda document: [each.update(brand_new={"a": [1]}) for each in list(objects(document))])
        remote.cursor = None
        assert {message.id: message for message in all_messages(remote.poll())} == expected

    @pytest.mark.parametrize("odd", [None, 5, "text", [], {}, [None], True])
    def test_any_value_may_be_odd_and_nothing_worse_than_a_verdict_or_a_reject_comes_of_it(
        self, web: Rig, remote: Reader, odd: Any
    ) -> None:
        asked = web.customer("hello?")
        if web.edits:
            web.edit(asked, "hello!")
        web.ours("on it", web.customer("anybody?", by="bob"))
        seen: set[str] = set()
        assert web.server
        place = {"key": ""}

        def spoil(document: Any) -> None:
            seen.update(keys(document))
            for each in objects(document):
                if place["key"] in each:
                    each[place["key"]] = odd

        altered(web.server, spoil)
        remote.poll()
        for place["key"] in sorted(seen):
            remote.cursor = None
            tolerant(remote)

    @pytest.mark.shows(pages=True)
    def test_a_page_token_that_does_not_move_is_an_error(self, web: Rig, remote: Reader) -> None:
        crowd(web)
        web.stuck()
        with pytest.raises(PlatformError) as caught:
            remote.poll()
        assert caught.value.verdict is Verdict.BAD_ANSWER

    @pytest.mark.shows(pages=True)
    def test_no_link_leads_to_another_host(self, web: Rig, remote: Reader) -> None:
        crowd(web)
        with PretendServer(web.clock) as elsewhere:
            web.lured(elsewhere.url)
            tolerant(remote)
            assert not elsewhere.ledger

    def test_a_poll_that_dies_half_way_keeps_the_old_cursor_and_loses_nothing(self, web: Rig, remote: Reader) -> None:
        web.customer("before", at=NOON - HOUR)
        remote.poll()
        old = remote.cursor
        ids = crowd(web)
        assert web.server
        web.server.faults.add(Fault(calls=1), Fault(status=503))
        with pytest.raises(PlatformError):
            remote.poll()
        assert remote.cursor == old
        remote.poll()
        assert set(ids) <= set(remote.messages)

    def test_a_recheck_that_cannot_be_completed_raises(self, web: Rig, remote: Reader) -> None:
        asked = web.customer("hello?")
        remote.poll()
        thread = OpenThread(remote.messages[asked].thread, "ann", (asked,), NOON)
        assert web.server
        web.server.faults.add(Fault(status=503, calls=None))
        with pytest.raises(PlatformError):
            list(remote.connector.recheck(remote.identity, remote.cursor, [thread]))

    def test_every_account_that_does_not_exist_is_named(self, web: Rig) -> None:
        assert web.server
        connector = web.connector()
        web.server.faults.add(Fault(status=404, body="{}"))
        with pytest.raises(PlatformError) as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND

    @pytest.mark.shows(silent_scope=True)
    def test_silence_for_want_of_a_right_is_a_fault(self, rig: Rig, reader: Reader) -> None:
        reader.poll()
        rig.withdraw()
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.PERMISSION

    @pytest.mark.shows(cuts=True)
    def test_a_thread_that_was_cut_off_is_read_to_its_end_or_named_as_unknown(self, rig: Rig, reader: Reader) -> None:
        asked, answer = rig.cut_off()
        pages = reader.poll()
        cut = {thread for page in pages for thread in page.partial}
        assert answer in reader.messages or reader.messages[asked].thread in cut


class TestProbe:
    def test_every_permission_is_proved(self, rig: Rig, reader: Reader) -> None:
        rig.ours("on it", rig.customer("hello?"))
        findings = list(reader.connector.probe())
        assert {finding.permission for finding in findings} >= {
            each.name for each in reader.connector.permissions if not each.optional
        }
        assert {finding.proof for finding in findings} <= {Proof.OK, Proof.UNKNOWN}

    def test_a_missing_permission_is_named_with_the_place_to_get_it(self, web: Rig, remote: Reader) -> None:
        assert web.server
        web.server.faults.add(Fault(status=403, body="{}", calls=None))
        findings = list(remote.connector.probe())
        lacking = [finding for finding in findings if finding.proof is Proof.MISSING]
        known = {each.name for each in remote.connector.permissions}
        assert lacking
        assert known >= {finding.permission for finding in lacking}

    def test_a_refused_token_is_no_missing_permission(self, web: Rig, remote: Reader) -> None:
        assert web.server
        web.server.faults.add(Fault(status=401, body="{}", calls=None))
        assert {finding.proof for finding in remote.connector.probe()} == {Proof.FAILED}


class TestSelfDescription:
    def test_every_call_has_a_name_that_the_connector_declares(self, web: Rig, remote: Reader) -> None:
        asked = web.customer("hello?")
        web.ours("on it", asked)
        remote.poll()
        thread = OpenThread(remote.messages[asked].thread, "ann", (asked,), NOON)
        list(remote.connector.recheck(remote.identity, remote.cursor, [thread]))
        assert {call.endpoint for call in web.calls} <= remote.connector.endpoints
        assert {quota.endpoint for quota in remote.connector.quotas() if not quota.endpoints} <= (
            remote.connector.endpoints
        )

    def test_what_people_are_told_of_it_is_there(self, rig: Rig, reader: Reader) -> None:
        told = reader.connector
        assert all((told.title, told.reach, told.limits))
        assert all((each.name, each.serves, each.where) for each in told.permissions)
        assert bool(told.permissions) is rig.http or not rig.http


class TestSecrets:
    @pytest.fixture(autouse=True)
    def _logs_as_before(self) -> Iterator[None]:
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        yield
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()

    def test_no_secret_reaches_a_log_or_an_error_even_at_debug_level(self, web: Rig, remote: Reader) -> None:
        stream = io.StringIO()
        logs.configure("debug", json=True, stream=stream)
        echo = f'{{"title": "no {SECRET}", "detail": "token {SECRET} is wrong"}}'
        told = [
            str(refused(web, remote, fault))
            for fault in (
                Fault(status=401, body=echo),
                Fault(status=403, body=echo),
                Fault(status=200, body=echo),
                Fault(drop="before"),
            )
        ]
        remote.poll()
        assert logs.LIBRARY in stream.getvalue()
        assert SECRET not in stream.getvalue() + "".join(told) + repr(remote.connector.settings)


def crowd(rig: Rig) -> list[str]:
    """A few more customers than a page holds."""
    return [rig.customer(f"number {n}", by=f"c{n}", at=NOON - MINUTE + n) for n in range(rig.page_size() + 5)]


def refused(rig: Rig, reader: Reader, fault: Fault) -> PlatformError:
    assert rig.server
    rig.server.faults.add(replace(fault, calls=None))  # also when it is tried again with a renewed token
    with pytest.raises(PlatformError) as caught:
        reader.poll()
    rig.server.faults.clear()
    return caught.value


def tolerant(reader: Reader) -> None:
    """Read; a verdict is as good as pages."""
    try:
        reader.poll()
    except PlatformError as error:
        # To be told to wait would mean that the pretend platform's budget is used up, and nothing is tried any more.
        assert error.verdict in set(Verdict) - {Verdict.WAIT}  # noqa: PT017 - either outcome is right
