"""The pretend Mastodon answers as the real one does, and as unkindly as it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mastodon_client import NOON, Client, Clock
from slamon.model import HOUR, MINUTE
from slamon.sim._mastodon.access import Budgets, Throttle
from slamon.sim.mastodon import OTHER, Flavour, PretendMastodon

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mastodon(clock: Clock) -> Iterator[PretendMastodon]:
    with PretendMastodon(clock, team=["acmehelp", "carla@other.example"]) as pretend:
        yield pretend


@pytest.fixture
def client(mastodon: PretendMastodon) -> Iterator[Client]:
    asking = Client(mastodon)
    yield asking
    asking.close()


def ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["id"] for entry in entries]


class TestNotifications:
    def test_mentions_come_newest_first_with_their_status(self, mastodon: PretendMastodon, client: Client) -> None:
        first = mastodon.customer_writes("ann", "@acme one", at=NOON - HOUR)
        second = mastodon.customer_writes("bob@other.example", "@acme two", at=NOON)
        assert [entry["status"]["id"] for entry in client.mentions()] == [second, first]
        assert [entry["account"]["acct"] for entry in client.mentions()] == ["bob@other.example", "ann"]

    def test_who_is_not_named_is_not_notified(self, mastodon: PretendMastodon, client: Client) -> None:
        own = mastodon.post("acme", "hello all")
        mastodon.post("ann", "no names", reply_to=own)
        mastodon.post("acme", "@ann hi")
        assert client.mentions() == []

    def test_every_page_has_links_and_the_last_one_is_empty(self, mastodon: PretendMastodon, client: Client) -> None:
        made = [mastodon.customer_writes("ann", f"@acme {n}", at=NOON - n * MINUTE) for n in (2, 1, 0)]
        pages = list(client.pages("/api/v1/notifications", types__="mention", limit=2))
        assert [entry["status"]["id"] for page in pages for entry in page] == made[::-1]
        assert [len(page) for page in pages] == [2, 1]
        assert "link" not in client.get("/api/v1/notifications", max_id="1").headers

    def test_since_id_gives_the_newest_page_and_min_id_the_oldest(
        self, mastodon: PretendMastodon, client: Client
    ) -> None:
        for number in range(5):
            mastodon.customer_writes("ann", f"@acme {number}")
        whole = ids(client.mentions())
        assert ids(client.mentions(since_id=whole[-1], limit=2)) == whole[:2]
        assert ids(client.mentions(min_id=whole[-1], limit=2)) == whole[2:4]

    def test_too_long_a_page_is_cut_without_a_word(self, mastodon: PretendMastodon, client: Client) -> None:
        for number in range(90):
            mastodon.customer_writes("ann", f"@acme {number}")
        assert len(client.mentions(limit=1_000)) == 80
        assert len(client.mentions()) == 40

    def test_a_deleted_status_takes_its_notification_along(self, mastodon: PretendMastodon, client: Client) -> None:
        mastodon.delete(mastodon.customer_writes("ann", "@acme hello"))
        assert client.mentions() == []

    def test_what_a_policy_filters_is_shown_on_request_and_what_it_drops_never(
        self, mastodon: PretendMastodon, client: Client
    ) -> None:
        mastodon.policy["for_not_following"] = "filter"
        mastodon.customer_writes("ann", "@acme filtered")
        mastodon.policy["for_not_following"] = "drop"
        mastodon.customer_writes("ann", "@acme dropped")
        assert client.mentions() == []
        (shown,) = client.mentions(include_filtered="true")
        assert "filtered" in shown["status"]["content"]
        policy = client.json("/api/v2/notifications/policy")
        assert (policy["for_not_following"], policy["for_private_mentions"]) == ("drop", "accept")

    def test_a_quote_of_ours_is_a_notification_of_its_own(self, mastodon: PretendMastodon, client: Client) -> None:
        own = mastodon.post("acme", "we are great")
        quote = mastodon.quote("ann", own, "are you?")
        (notice,) = client.json("/api/v1/notifications", types__="quote")
        assert (notice["status"]["id"], notice["status"]["quote"]["quoted_status"]["id"]) == (quote, own)
        assert notice["status"]["quote"]["quoted_status"]["quote"] is None

    def test_what_is_on_its_way_is_not_there_and_has_an_old_id_when_it_comes(
        self, mastodon: PretendMastodon, client: Client, clock: Clock
    ) -> None:
        late = mastodon.customer_writes("ann@other.example", "@acme late", at=NOON, arrives_after=HOUR)
        clock.now += MINUTE
        quick = mastodon.customer_writes("bob", "@acme quick")
        assert [entry["status"]["id"] for entry in client.mentions()] == [quick]
        clock.now += HOUR
        notices = client.mentions()
        assert {entry["status"]["id"] for entry in notices} == {late, quick}
        assert int(late) < int(quick)
        assert {entry["created_at"] for entry in notices} == {"2026-11-22T13:00:00.000Z", "2026-11-22T12:01:00.000Z"}


class TestStatuses:
    def test_words_are_html_with_names_as_links(self, mastodon: PretendMastodon, client: Client) -> None:
        new = mastodon.customer_writes(
            "ann", "@acme <b> & co\nsee https://shop.example/a/very/long/address/indeed\n\nbye"
        )
        content = client.status(new)["content"]
        assert content.startswith('<p><span class="h-card" translate="no"><a href="https://mastodon.example/@acme"')
        assert "&lt;b&gt; &amp; co<br>see " in content
        assert content.endswith("</a></p><p>bye</p>")
        assert '<span class="invisible">https://</span>' in content

    def test_a_reply_begins_with_names_and_says_whom_it_answers(
        self, mastodon: PretendMastodon, client: Client
    ) -> None:
        asked = mastodon.customer_writes("ann", "@acme @bob@other.example where?")
        mastodon.account("bob@other.example")
        answer = client.status(mastodon.brand_replies(asked, "here"))
        assert (answer["in_reply_to_id"], answer["in_reply_to_account_id"]) == (asked, mastodon.account("ann").id)
        assert [each["acct"] for each in answer["mentions"]] == ["ann"]

    def test_an_answer_to_oneself_names_the_one_before(self, mastodon: PretendMastodon, client: Client) -> None:
        asked = mastodon.customer_writes("ann", "@acme where?")
        more = mastodon.brand_replies(mastodon.brand_replies(asked, "here"), "and there")
        assert client.status(more)["in_reply_to_account_id"] == mastodon.account("ann").id

    def test_a_deleted_parent_leaves_its_replies_without_one(self, mastodon: PretendMastodon, client: Client) -> None:
        asked = mastodon.customer_writes("ann", "@acme where?")
        answer = mastodon.brand_replies(asked, "here")
        mastodon.delete(asked)
        assert client.status(answer)["in_reply_to_id"] is None
        assert client.get(f"/api/v1/statuses/{asked}").status_code == 404

    def test_an_edit_keeps_id_and_time(self, mastodon: PretendMastodon, client: Client, clock: Clock) -> None:
        new = mastodon.customer_writes("ann", "@acme wher?")
        clock.now += MINUTE
        mastodon.edit(new, "@acme where?")
        shown = client.status(new)
        assert "where?" in shown["content"]
        assert (shown["created_at"], shown["edited_at"]) == ("2026-11-22T12:00:00.000Z", "2026-11-22T12:01:00.000Z")

    def test_a_boost_holds_another_status(self, mastodon: PretendMastodon, client: Client) -> None:
        asked = mastodon.customer_writes("ann", "@acme hello")
        boost = mastodon.boost("acme", asked)
        assert client.status(boost)["reblog"]["id"] == asked
        assert ids(client.own()) == [boost]
        assert client.own(exclude_reblogs="true") == []

    def test_twenty_can_be_looked_up_at_once_and_missing_ones_are_left_out(
        self, mastodon: PretendMastodon, client: Client
    ) -> None:
        there, gone = mastodon.customer_writes("ann", "@acme a"), mastodon.customer_writes("ann", "@acme b")
        mastodon.delete(gone)
        assert ids(client.json("/api/v1/statuses", id__=[there, gone])) == [there]
        assert client.get("/api/v1/statuses", id__=[there] * 21).status_code == 422

    def test_private_words_of_others_and_of_the_suspended_are_not_shown(
        self, mastodon: PretendMastodon, client: Client
    ) -> None:
        hidden = mastodon.post("ann", "@bob psst", visibility="direct")
        public = mastodon.customer_writes("bob", "@acme hello")
        mastodon.suspend("bob")
        assert {client.get(f"/api/v1/statuses/{each}").status_code for each in (hidden, public)} == {404}
        assert client.json(f"/api/v1/accounts/{mastodon.account('bob').id}")["suspended"] is True

    def test_a_context_has_what_stands_above_and_below(self, mastodon: PretendMastodon, client: Client) -> None:
        root = mastodon.post("ann", "first")
        middle = mastodon.post("bob", "second", reply_to=root)
        last = mastodon.post("acme", "third", reply_to=middle)
        context = client.json(f"/api/v1/statuses/{middle}/context")
        assert (ids(context["ancestors"]), ids(context["descendants"])) == ([root], [last])

    def test_own_lists_can_be_asked_for_without_replies(self, mastodon: PretendMastodon, client: Client) -> None:
        news = mastodon.post("acme", "news")
        mastodon.brand_replies(mastodon.customer_writes("ann", "@acme hello"), "hi")
        assert ids(client.own(exclude_replies="true")) == [news]
        assert len(client.own(limit=1)) == 1


class TestConversations:
    def test_one_goes_on_while_the_same_people_reply(self, mastodon: PretendMastodon, client: Client) -> None:
        asked = mastodon.customer_writes("ann", "@acme secret", visibility="direct")
        answer = mastodon.brand_replies(asked, "thanks")
        (conversation,) = client.json("/api/v1/conversations")
        assert (conversation["last_status"]["id"], conversation["unread"]) == (answer, False)
        assert [each["acct"] for each in conversation["accounts"]] == ["ann"]

    def test_one_that_replies_to_nothing_begins_another(self, mastodon: PretendMastodon, client: Client) -> None:
        mastodon.customer_writes("ann", "@acme one", visibility="direct")
        mastodon.customer_writes("ann", "@acme two", visibility="direct")
        assert len(client.json("/api/v1/conversations")) == 2

    def test_only_a_full_page_has_a_link_to_older_ones(self, mastodon: PretendMastodon, client: Client) -> None:
        for number in range(3):
            mastodon.customer_writes(f"c{number}", "@acme hi", visibility="direct")
        assert [len(page) for page in client.pages("/api/v1/conversations", limit=2)] == [2, 1]
        assert 'rel="next"' not in client.get("/api/v1/conversations").headers["link"]


class TestAccess:
    def test_a_wrong_token_is_refused(self, client: Client) -> None:
        client.session.headers["authorization"] = "Bearer wrong"
        assert client.get("/api/v1/notifications").status_code == 401

    @pytest.mark.parametrize(
        ("path", "scope"),
        [
            ("/api/v1/notifications", "read:notifications"),
            ("/api/v1/conversations", "read:statuses"),
            ("/api/v1/accounts/verify_credentials", "read:accounts"),
        ],
    )
    def test_a_missing_scope_is_refused(self, mastodon: PretendMastodon, client: Client, path: str, scope: str) -> None:
        mastodon.scopes -= {scope}
        assert client.get(path).status_code == 403
        mastodon.scopes = frozenset({"read"})
        assert client.get(path).status_code == 200

    def test_an_applications_own_token_belongs_to_nobody(self, mastodon: PretendMastodon, client: Client) -> None:
        mastodon.owner = None
        assert client.get("/api/v1/accounts/verify_credentials").status_code == 422

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("/api/v1/notifications", {"type[]": "mention"}),
            ("/api/v1/notifications", {"limit": "many"}),
            ("/api/v1/notifications", {"include_filtered": "yes"}),
            ("/api/v1/notifications", {"limit": ["1", "2"]}),
            ("/api/v1/statuses", {"ids[]": "1"}),
            ("/api/v1/conversations", {"types[]": "mention"}),
        ],
        ids=str,
    )
    def test_a_parameter_that_is_not_known_is_refused(self, client: Client, path: str, query: dict[str, Any]) -> None:
        answer = client.session.get(client.mastodon.url + path, params=query, timeout=5)
        assert answer.status_code == 422

    def test_headers_tell_the_nearest_limit_and_when_it_ends(self, client: Client) -> None:
        headers = client.get("/api/v1/notifications").headers
        assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("300", "299")
        assert headers["X-RateLimit-Reset"] == "2026-11-22T12:05:00.000000Z"

    def test_paging_has_a_limit_of_its_own(self, clock: Clock) -> None:
        budgets = Budgets(Throttle(5, 5 * MINUTE), Throttle(2, 15 * MINUTE))
        with PretendMastodon(clock, budgets=budgets) as tight:
            asking = Client(tight)
            codes = [asking.get("/api/v1/notifications", since_id="1").status_code for _ in range(3)]
            rest = [asking.get("/api/v1/notifications").status_code for _ in range(3)]
            clock.now += 5 * MINUTE
            again = [asking.get("/api/v1/notifications", **query).status_code for query in ({}, {"max_id": "9"})]
            asking.close()
        assert (codes, rest, again) == ([200, 200, 429], [200, 200, 429], [200, 429])

    def test_refusals_come_on_command(self, mastodon: PretendMastodon, client: Client) -> None:
        mastodon.refuse("unavailable")
        assert [client.get("/api/v1/notifications").status_code for _ in range(2)] == [503, 200]
        mastodon.exhaust()
        assert client.get("/api/v1/notifications").status_code == 429


class TestAccounts:
    def test_handles_are_found_with_and_without_a_domain(self, client: Client) -> None:
        look = "/api/v1/accounts/lookup"
        assert client.json(look, acct="ACMEHELP")["acct"] == "acmehelp"
        assert client.json(look, acct="acmehelp@mastodon.example")["acct"] == "acmehelp"
        assert client.json(look, acct="carla@other.example")["username"] == "carla"
        assert client.get(look, acct="nobody").status_code == 404

    def test_accounts_are_searched_for(self, client: Client) -> None:
        found = client.json("/api/v1/accounts/search", q="acme")
        assert [each["acct"] for each in found] == ["acme", "acmehelp"]

    def test_who_one_is_comes_with_more_than_others_see(self, client: Client) -> None:
        assert {"source", "role"} <= set(client.json("/api/v1/accounts/verify_credentials"))


class TestOtherServers:
    def test_what_they_lack_is_not_there(self, clock: Clock) -> None:
        with PretendMastodon(clock, flavour=OTHER) as other:
            asking = Client(other)
            new = other.customer_writes("ann", "@acme hello")
            answer = asking.get("/api/v1/notifications", types__="mention")
            missing = {
                path: asking.get(path).status_code
                for path in ("/api/v1/conversations", "/api/v1/statuses", "/api/v2/notifications/policy")
            }
            asking.close()
        assert set(missing.values()) == {404}
        assert "link" not in answer.headers
        assert answer.headers["x-ratelimit-reset"] == str(NOON // 1_000 + 300)
        assert (len(new), "quote" in answer.json()[0]["status"]) == (26, False)

    def test_a_notification_that_is_still_being_written_appears_under_a_newer_one(
        self, mastodon: PretendMastodon, client: Client, clock: Clock
    ) -> None:
        slow = mastodon.customer_writes("ann", "@acme slow", at=NOON, noticed_after=5_000)
        quick = mastodon.customer_writes("bob", "@acme quick", at=NOON + 1)
        clock.now += 1
        assert [entry["status"]["id"] for entry in client.mentions()] == [quick]
        clock.now += 5_000
        assert [entry["status"]["id"] for entry in client.mentions()] == [quick, slow]

    def test_ulids_are_ordered_by_time(self, clock: Clock) -> None:
        other = PretendMastodon(clock, flavour=OTHER)
        made = [other.post("ann", "hi", at=NOON + n) for n in range(50)]
        other.server.close()
        assert made == sorted(set(made))

    def test_some_ignore_the_types_that_are_asked_for(self, clock: Clock) -> None:
        with PretendMastodon(clock, flavour=Flavour(honours=frozenset({"max_id"}))) as odd:
            asking = Client(odd)
            odd.quote("ann", odd.post("acme", "we are great"), "are you?")
            kinds = [notice["type"] for notice in asking.mentions()]
            asking.close()
        assert kinds == ["quote"]

    def test_some_ignore_since_id_and_some_refuse_what_they_do_not_know(self, clock: Clock) -> None:
        with PretendMastodon(clock, flavour=Flavour(honours=frozenset({"types[]"}), quotes=False, strict=422)) as odd:
            asking = Client(odd)
            odd.customer_writes("ann", "@acme hello")
            (notice,) = asking.mentions()
            shown = asking.mentions(since_id=notice["id"])
            refused = asking.get("/api/v1/notifications", types__=["mention", "quote"]).status_code
            asking.close()
        assert (len(shown), refused) == (1, 422)


class TestVerbs:
    @pytest.mark.parametrize("call", ["delete", "edit", "brand_replies", "boost"])
    def test_what_was_never_there_cannot_be_touched(self, mastodon: PretendMastodon, call: str) -> None:
        calls: dict[str, Any] = {
            "delete": lambda: mastodon.delete("1"),
            "edit": lambda: mastodon.edit("1", "x"),
            "brand_replies": lambda: mastodon.brand_replies("1", "x"),
            "boost": lambda: mastodon.boost("ann", "1"),
        }
        with pytest.raises(ValueError, match="no status"):
            calls[call]()

    def test_what_is_no_handle_or_no_visibility_is_refused(self, mastodon: PretendMastodon) -> None:
        with pytest.raises(ValueError, match="handle"):
            mastodon.account("no spaces")
        with pytest.raises(ValueError, match="visibility"):
            mastodon.post("ann", "x", visibility="secret")

    def test_an_agent_may_clear_all_notifications(self, mastodon: PretendMastodon, client: Client) -> None:
        new = mastodon.customer_writes("ann", "@acme hello")
        mastodon.clear_notifications()
        assert client.mentions() == []
        assert client.status(new)["id"] == new
