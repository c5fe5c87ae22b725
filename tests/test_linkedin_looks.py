"""What LinkedIn does not show is gone, out of sight, or not for us to see; and threads are looked at again cheaply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connector_contract import NOON, Reader, all_messages
from rig_linkedin import HELP, LinkedInMentionsRig, LinkedInPostsRig, LinkedInRig, Other, asked, cost, folded, look
from slamon.connectors.base import OpenThread
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.linkedin import PretendLinkedIn


@pytest.fixture
def rig() -> Iterator[LinkedInRig]:
    with LinkedInRig() as each:
        yield each


@pytest.fixture
def reader(rig: LinkedInRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture
def linkedin(rig: LinkedInRig) -> PretendLinkedIn:
    return rig.linkedin


@pytest.fixture
def by_posts() -> Iterator[LinkedInPostsRig]:
    with LinkedInPostsRig() as each:
        yield each


@pytest.fixture
def mentions() -> Iterator[LinkedInMentionsRig]:
    with LinkedInMentionsRig() as each:
        yield each


class TestMentions:
    def test_an_answer_below_a_mention_is_seen_in_the_same_poll(self, mentions: LinkedInMentionsRig) -> None:
        mentioned = mentions.customer("I like Acme", at=NOON - HOUR)
        mentions.ours("thanks", mentioned)
        reader = Reader(mentions)
        assert cost(mentions, reader) == ["notifications", "comments"]
        assert [(wait.messages, wait.answered_at) for wait in folded(reader).waits] == [((mentioned,), NOON)]
        reader.close()

    def test_strangers_below_somebody_elses_post_wait_for_nobody(self, mentions: LinkedInMentionsRig) -> None:
        mentioned = mentions.customer("I like Acme")
        stranger = mentions.bystander("me too", mentioned)
        reader = Reader(mentions)
        reader.poll()
        look(reader, mentioned)
        assert stranger in reader.messages
        assert [wait.messages for wait in folded(reader).waits] == [(mentioned,)]
        reader.close()

    def test_a_mention_whose_comments_cannot_be_read_is_unknown(self, mentions: LinkedInMentionsRig) -> None:
        mentions.linkedin.ways.closed_to_pages = True
        mentioned = mentions.customer("I like Acme")
        reader = Reader(mentions)
        thread = f"urn:li:share:{mentioned}"
        assert [page.partial for page in reader.poll() if page.partial] == [(thread,)]
        pages = look(reader, mentioned)
        assert [page.partial for page in pages] == [(thread,), ()]
        assert (pages[-1].complete, reader.gone) == (True, {})
        reader.close()

    def test_a_mention_that_is_told_barely_is_read_by_itself(self, mentions: LinkedInMentionsRig) -> None:
        mentions.linkedin.ways.decorated = False
        mentioned = mentions.customer("I like <Acme>")
        reader = Reader(mentions)
        assert cost(mentions, reader) == ["notifications", "post", "comments"]
        said = reader.messages[mentioned]
        assert (said.text, said.author.id) == ("I like <Acme> Acme", "urn:li:person:zann")
        reader.close()

    def test_a_mention_that_is_told_barely_and_cannot_be_read_has_an_unknown_author(
        self, mentions: LinkedInMentionsRig
    ) -> None:
        mentions.linkedin.ways.decorated = False
        mentions.linkedin.ways.closed_to_pages = True
        mentioned = mentions.customer("I like Acme", at=NOON - HOUR)
        reader = Reader(mentions)
        reader.poll()
        said = reader.messages[mentioned]
        assert (said.author.id, said.text, said.created_at) == ("", "", NOON - HOUR)
        reader.close()

    def test_the_activity_of_a_mention_cannot_be_asked_for_and_is_not(self, mentions: LinkedInMentionsRig) -> None:
        reader = Reader(mentions)
        thread = OpenThread("urn:li:activity:5", "ann", ("5",), NOON)
        list(reader.connector.recheck(reader.identity, None, [thread]))
        assert "post" not in asked(mentions)
        reader.close()

    def test_a_deleted_mention_is_noticed(self, mentions: LinkedInMentionsRig) -> None:
        mentioned = mentions.customer("I like Acme")
        reader = Reader(mentions)
        reader.poll()
        mentions.now += MINUTE
        mentions.delete(mentioned)
        reader.poll()
        assert reader.gone == {mentioned: mentions.now}
        reader.close()

    def test_beyond_the_limit_mentions_are_unknown_until_they_are_read(self, mentions: LinkedInMentionsRig) -> None:
        ids = [mentions.customer("I like Acme", by=f"c{n}", at=NOON - HOUR + n) for n in range(3)]
        with Other(mentions, follow=1) as reader:
            pages = reader.poll()
            assert set(ids) == set(reader.messages)
            assert len([thread for page in pages for thread in page.partial]) == 2


class TestRights:
    def test_the_role_that_is_there_and_the_one_that_is_needed_are_named(
        self, rig: LinkedInRig, reader: Reader
    ) -> None:
        rig.withdraw()
        with pytest.raises(PlatformError, match="ADMINISTRATOR is needed, has RECRUITING_POSTER") as caught:
            reader.poll()
        assert "super admin" in str(caught.value)

    def test_a_role_that_was_lost_is_noticed_although_nothing_is_new(self, rig: LinkedInRig, reader: Reader) -> None:
        rig.ours("hi", rig.customer("hello?"))
        reader.poll()
        rig.now += DAY
        rig.linkedin.grant(None)
        with pytest.raises(PlatformError, match="has none"):
            reader.poll()

    def test_a_role_on_another_page_does_not_count(self, rig: LinkedInRig, reader: Reader) -> None:
        rig.linkedin.grant(None)
        rig.linkedin.roles["urn:li:organization:5"] = "ADMINISTRATOR"
        with pytest.raises(PlatformError, match="has none"):
            reader.poll()

    @pytest.mark.parametrize("key", ["organization", "organizationTarget", "organizationalTarget"])
    def test_the_page_of_a_role_is_read_under_each_of_its_names(
        self, rig: LinkedInRig, reader: Reader, key: str
    ) -> None:
        rig.linkedin.ways.acl_key = key
        assert reader.poll()[-1].complete

    def test_to_read_comments_alone_a_weaker_role_will_do(self, by_posts: LinkedInPostsRig) -> None:
        by_posts.linkedin.grant("DIRECT_SPONSORED_CONTENT_POSTER")
        reader = Reader(by_posts)
        assert reader.poll()[-1].complete
        reader.close()

    def test_an_admin_may_name_another_role(self, rig: LinkedInRig) -> None:
        rig.linkedin.grant("CONTENT_ADMINISTRATOR")
        with Other(rig, roles=["CONTENT_ADMINISTRATOR"]) as reader:
            assert reader.poll()[-1].complete

    def test_where_roles_cannot_be_asked_for_silence_is_believed(self, by_posts: LinkedInPostsRig) -> None:
        by_posts.linkedin.take_scope("rw_organization_admin")
        reader = Reader(by_posts)
        assert reader.poll()[-1].complete
        reader.close()

    def test_where_there_is_no_list_of_roles_silence_is_believed(self, rig: LinkedInRig, reader: Reader) -> None:
        rig.linkedin.faults.add(Fault(path="/rest/organizationAcls", status=404))
        assert reader.poll()[-1].complete

    def test_a_name_that_may_not_be_read_is_not_needed(self, rig: LinkedInRig) -> None:
        rig.linkedin.faults.add(Fault(path="/rest/organizations/", status=403, body="{}"))
        connector = rig.connector()
        identity = connector.identify()
        connector.close()
        assert (identity.account, identity.handle) == (rig.linkedin.page, rig.linkedin.organization)
        assert identity.team == (HELP,)


class TestRecheck:
    def test_it_costs_a_call_a_post_and_one_for_each_answered_comment(self, rig: LinkedInRig, reader: Reader) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(50)]
        reader.poll()
        rig.ours("hi", waiting[7])
        rig.calls.clear()
        look(reader, *waiting)
        assert asked(rig) == ["comments", "replies"]

    def test_an_answer_that_stands_beside_the_comment_is_found_too(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        beside = linkedin.page_replies(linkedin.first_post, "all: it is on its way", mention="ann")
        look(reader, parcel)
        assert reader.messages[beside].mentions == ("urn:li:person:zann",)

    def test_a_reply_that_waits_is_found_below_its_comment(self, rig: LinkedInRig, reader: Reader) -> None:
        tops = [rig.customer("hello?", by=f"c{number}") for number in range(5)]
        for top in tops:
            rig.ours("hi", top)
        again = rig.customer("and now?", by="c3", reply_to=tops[3])
        reader.poll()
        rig.now += MINUTE
        answer = rig.ours("now", again)
        rig.calls.clear()
        look(reader, again)
        assert answer in reader.messages
        assert asked(rig) == ["comments", "replies"]

    def test_what_waits_is_handed_out_whenever_its_wait_is_said_to_have_begun(
        self, rig: LinkedInRig, reader: Reader
    ) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        thread = OpenThread(reader.messages[parcel].thread, "ann", (parcel,), NOON + DAY)
        pages = reader.connector.recheck(reader.identity, reader.cursor, [thread])
        assert {message.id for message in all_messages(pages)} == {parcel}

    def test_an_edit_is_read(self, rig: LinkedInRig, reader: Reader) -> None:
        parcel = rig.customer("wher?")
        reader.poll()
        rig.now += MINUTE
        rig.edit(parcel, "where?")
        look(reader, parcel)
        assert reader.messages[parcel].text == "where?"

    def test_with_a_deleted_post_everything_under_it_is_gone(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        rig.now += MINUTE
        rig.delete(linkedin.first_post)
        look(reader, parcel)
        root = reader.messages[parcel].in_reply_to
        assert reader.gone == {parcel: rig.now, root: rig.now}

    @pytest.mark.parametrize("deleted", ["comment", "post"])
    def test_what_is_not_shown_to_a_weak_role_is_not_gone(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader, deleted: str
    ) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        rig.delete(parcel if deleted == "comment" else linkedin.first_post)
        rig.withdraw()
        with pytest.raises(PlatformError) as caught:
            look(reader, parcel)
        assert caught.value.verdict is Verdict.PERMISSION
        assert reader.gone == {}

    @pytest.mark.parametrize("deleted", ["comment", "post"])
    def test_what_is_not_shown_is_unknown_where_roles_cannot_be_asked_for(
        self, by_posts: LinkedInPostsRig, deleted: str
    ) -> None:
        parcel = by_posts.customer("hello?")
        reader = Reader(by_posts)
        reader.poll()
        by_posts.linkedin.take_scope("rw_organization_admin")
        by_posts.delete(parcel if deleted == "comment" else by_posts.linkedin.first_post)
        pages = look(reader, parcel)
        assert [page.partial for page in pages] == [(reader.messages[parcel].thread,), ()]
        assert reader.gone == {}
        reader.close()

    def test_a_thread_longer_than_is_read_is_unknown(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        ids = [rig.customer("hello?", by=f"c{number}") for number in range(25)]
        reader.poll()
        linkedin.ways.most_in_a_page = 1
        pages = look(reader, ids[0])
        assert [page.partial for page in pages] == [(reader.messages[ids[0]].thread,), ()]
        assert reader.gone == {}

    def test_it_may_run_beside_a_poll(self, rig: LinkedInRig, reader: Reader) -> None:
        parcel = rig.customer("hello?")
        reader.poll()
        answer = rig.ours("on it", parcel)
        poll = reader.connector.fetch(reader.identity, reader.cursor)
        first = next(poll)
        looked = look(reader, parcel)
        assert answer in {message.id for message in all_messages(looked)}
        assert answer in {message.id for message in all_messages([first, *poll])}
