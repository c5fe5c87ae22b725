"""Other servers that speak Mastodon's API are read as far as they go, and no further than they are to be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import NOON, Reader, all_messages, altered, objects
from mastodon_looks import (
    AllTypes,
    Clumsy,
    NothingHonoured,
    Picky,
    SinceIgnored,
    Unfinished,
    asked_for,
    identity_of,
    waits,
    with_rig,
)
from rig_mastodon import MastodonRig, OtherServerRig
from slamon.connectors._mastodon.lists import PAGE_SIZE
from slamon.connectors._mastodon.poll import CONTEXTS
from slamon.connectors.base import OpenThread
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.mastodon import PretendMastodon


@pytest.fixture
def rig() -> Iterator[MastodonRig]:
    with MastodonRig() as each:
        yield each


@pytest.fixture
def mastodon(rig: MastodonRig) -> PretendMastodon:
    return rig.mastodon


@pytest.fixture
def reader(rig: MastodonRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture
def other(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Reader]]:
    """A rig of the kind that the test names, and its reader."""
    with request.param() as rig:
        reader = Reader(rig)
        yield rig, reader
        reader.close()


class TestOtherServers:
    @with_rig(SinceIgnored)
    def test_a_server_that_ignores_since_id_brings_nothing_twice(self, other: tuple[MastodonRig, Reader]) -> None:
        rig, reader = other
        rig.customer("first", at=NOON - HOUR)
        reader.poll()
        rig.now += HOUR
        new = rig.customer("second")
        assert [message.id for message in all_messages(reader.poll())] == [new]

    @with_rig(SinceIgnored)
    def test_nor_does_it_leave_a_gap(self, other: tuple[MastodonRig, Reader]) -> None:
        rig, reader = other
        rig.customer("first", at=NOON - HOUR)
        reader.poll()
        rig.now += HOUR
        made = {rig.customer(f"number {n}") for n in range(2 * PAGE_SIZE + 1)}
        reader.poll()
        assert made <= set(reader.messages)

    @with_rig(AllTypes)
    def test_a_server_that_ignores_the_types_asked_for_brings_nothing_that_is_not_watched(
        self, other: tuple[MastodonRig, Reader]
    ) -> None:
        rig, reader = other
        rig.mastodon.quote("ann", rig.mastodon.post("acme", "we are great", at=NOON - 30 * DAY), "are you?")
        assert all_messages(reader.poll()) == []

    @with_rig(Picky)
    def test_a_server_that_refuses_new_parameters_is_asked_plainly_from_then_on(
        self, other: tuple[MastodonRig, Reader], capsys: pytest.CaptureFixture[str]
    ) -> None:
        rig, reader = other
        new = rig.customer("hello?")
        reader.poll()
        reader.poll()
        assert new in reader.messages
        assert ["include_filtered" in query for query in asked_for(rig.mastodon, "/notifications")].count(True) == 1
        assert "mastodon_call_missing" in capsys.readouterr().err

    @with_rig(Clumsy)
    def test_a_server_that_answers_500_to_what_it_does_not_know_is_read_and_after_a_while_believed(
        self, other: tuple[MastodonRig, Reader], capsys: pytest.CaptureFixture[str]
    ) -> None:
        rig, reader = other
        assert reader.identity.team == (rig.mastodon.team[0].id,)
        made = []
        for number in range(5):
            made.append(rig.customer(f"number {number}", by=f"c{number}"))
            assert reader.poll()[-1].complete
            rig.now += MINUTE
        assert set(made) <= set(reader.messages)
        statuses = [taken.status for taken in rig.server.ledger if taken.request.path.endswith("/conversations")]
        assert statuses == [500] * 3
        assert capsys.readouterr().err.count('"call":"conversations"') == 1

    def test_500_of_what_has_worked_before_is_trouble(self, mastodon: PretendMastodon, reader: Reader) -> None:
        reader.poll()
        for path in ("/api/v1/notifications", "/api/v1/conversations"):
            mastodon.faults.add(Fault(path=path, status=500))
            with pytest.raises(PlatformError) as caught:
                reader.poll()
            assert caught.value.verdict is Verdict.RETRY

    def test_a_team_that_cannot_be_looked_up_just_now_is_not_taken_for_missing(self, rig: MastodonRig) -> None:
        rig.mastodon.faults.add(Fault(path="/api/v1/accounts/lookup", status=503))
        altered(rig.server, lambda document: document.clear() if isinstance(document, list) else None)
        with pytest.raises(PlatformError) as caught:
            identity_of(rig)
        assert caught.value.verdict is Verdict.RETRY

    @with_rig(Unfinished)
    def test_a_mention_that_the_server_does_not_list_as_such_is_for_us_all_the_same(
        self, other: tuple[MastodonRig, Reader]
    ) -> None:
        rig, reader = other
        asked = rig.mastodon.post("ann", "hello, can anybody hear me? @acme", at=NOON - HOUR)
        answer = rig.ours("yes", asked)
        reader.poll()
        assert (reader.messages[asked].addressed, reader.messages[answer].addressed) == (True, False)
        rig.now += HOUR
        rig.edit(asked, "anybody?")
        again = all_messages(reader.connector.fetch(reader.identity, reader.cursor, waits(asked)))
        edited = next(message for message in again if message.id == asked)
        assert (edited.addressed, edited.text) == (True, "@acme anybody?")

    def test_mastodon_needs_no_such_help(self, rig: MastodonRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        assert not reader.messages[asked].addressed

    @with_rig(Unfinished)
    def test_answers_in_a_dialogue_are_found_although_no_list_shows_them(
        self, other: tuple[MastodonRig, Reader]
    ) -> None:
        rig, reader = other
        asked = rig.mastodon.customer_writes("ann", "@acme psst", visibility="direct")
        reader.poll()
        answer = rig.ours("yes?", asked)
        thread = reader.messages[asked].thread
        for look in (reader.connector.recheck, reader.connector.fetch):
            pages = list(look(reader.identity, reader.cursor, waits(asked, thread=thread)))
            assert answer in {message.id for message in all_messages(pages)}
            assert pages[-1].complete
        assert len(asked_for(rig.mastodon, "/conversations")) == 1

    @with_rig(Unfinished)
    def test_of_too_many_dialogues_the_least_urgent_are_unknown(self, other: tuple[MastodonRig, Reader]) -> None:
        rig, reader = other
        reader.poll()
        many = [OpenThread(f"direct:{n}", str(n), (str(n),), NOON) for n in range(CONTEXTS + 2)]
        pages = list(reader.connector.recheck(reader.identity, reader.cursor, many))
        assert [thread for page in pages for thread in page.partial] == [f"direct:{CONTEXTS}", f"direct:{CONTEXTS + 1}"]
        assert sum(call.endpoint == "context" for call in rig.calls) == CONTEXTS

    @with_rig(OtherServerRig)
    def test_without_links_pages_are_followed_by_their_last_id(self, other: tuple[MastodonRig, Reader]) -> None:
        rig, reader = other
        made = {rig.customer(f"number {n}", at=NOON - MINUTE + n) for n in range(65)}
        reader.poll()
        assert made <= set(reader.messages)

    def test_a_server_that_ignores_max_id_as_well_ends_the_poll(self) -> None:
        with NothingHonoured() as rig:
            reader = Reader(rig)
            new = rig.customer("hello?")
            assert reader.poll()[-1].complete
            reader.close()
            assert new in reader.messages

    def test_numbers_instead_of_texts_are_ids_too(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        parcel = rig.customer("where?")
        answer = rig.ours("here", parcel)

        def unquote(document: Any) -> None:
            for each in objects(document):
                each.update(
                    {key: int(value) for key, value in each.items() if key.endswith("id") and str(value).isdigit()}
                )

        altered(mastodon.server, unquote)
        reader.poll()
        assert reader.messages[answer].in_reply_to == parcel
        assert reader.messages[answer].thread == parcel

    @pytest.mark.parametrize(
        "field",
        [
            "visibility", "language", "mentions", "spoiler_text", "in_reply_to_account_id", "edited_at", "url", "uri",
            "favourites_count", "acct", "username", "display_name", "bot", "followers_count", "application", "reblog",
        ],
    )  # fmt: skip
    def test_a_field_that_is_missing_loses_no_message(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader, field: str
    ) -> None:
        parcel = rig.customer("where?")
        answer = rig.ours("here", parcel)
        altered(mastodon.server, lambda document: [each.pop(field, None) for each in objects(document)])
        pages = reader.poll()
        assert {parcel, answer} == set(reader.messages)
        assert pages[-1].complete
