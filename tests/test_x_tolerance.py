"""Servers that are not quite X: of another spelling, with fewer words, without what X always sends along.

The small server here answers as a public simulator of X does that none of us wrote; its answers are written by hand.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_contract import LOOKBACK, NOON, Reader, all_messages, altered
from rig_x import ENVIRON, QUICK, MessagesRig, SearchRig, XRig
from slamon.connectors._x.answers import STALE_SINCE, problem
from slamon.connectors._x.ids import id_at
from slamon.connectors._x.messages import GROUP, direct_messages, inside, is_dialogue
from slamon.connectors._x.posts import around, handles, messages
from slamon.connectors._x.wording import ASKED, EVENTS, NEWER, OWN_POSTS, UNKNOWN, Wording
from slamon.connectors.base import Context, Identity, OpenThread
from slamon.connectors.x import X
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR, MINUTE, SECOND
from slamon.sim._x.shape import iso
from slamon.sim.server import Answer, PretendServer
from x_client import STALE, asked, post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors.base import Call, Page
    from slamon.model import Message
    from slamon.sim.server import Request
    from slamon.sim.x import PretendX

OURS = frozenset({"900", "901"})
IDENTITY = Identity("900", "Acme", ("901",))
NAMES = handles(IDENTITY, ["AcmeHelp"])
INVALID = "https://api.twitter.com/2/problems/invalid-request"


def refusing(server: PretendServer, refuses: Callable[[Request], dict[str, Any] | None]) -> None:
    """From now on, answer 400 with what `refuses` says of a request."""
    serve = server.serve

    def serve_or_refuse(request: Request) -> Answer:
        error = refuses(request)
        return serve(request) if error is None else Answer.json(invalid(error), 400)

    setattr(server, "serve", serve_or_refuse)  # noqa: B010 - mypy takes no assignment to a method


def invalid(*errors: dict[str, Any]) -> dict[str, Any]:
    detail = "One or more parameters to your request was invalid."
    return {"title": "Invalid Request", "detail": detail, "type": INVALID, "errors": list(errors)}


def unknown_parameter(name: str, value: str) -> dict[str, Any]:
    """As X refuses it; among what it knows stands `since_id`, of which it may be taken to complain."""
    message = f"The query parameter [{name}] is not one of [expansions,max_results,post.fields,since_id,user.fields]"
    return {"parameters": {name: [value]}, "message": message}


def unknown_value(name: str, value: str) -> dict[str, Any]:
    message = f"The `{name}` query parameter value [{value}] is not one of [created_at,entities,id,lang,text]"
    return {"parameters": {name: [value]}, "message": message}


BY_EXPANSION = ("author_id", "in_reply_to_user_id", "referenced_posts", "edit_history_post_ids", "sender_id")


def only_newer(request: Request) -> dict[str, Any] | None:
    """As a server that knows X's description 2.167 and no more."""
    query = request.query
    if "tweet.fields" in query:
        return unknown_parameter("tweet.fields", query["tweet.fields"])
    for name in ("post.fields", "dm_event.fields"):
        for word in query.get(name, "").split(","):
            if word in (*BY_EXPANSION, *NEWER):
                return unknown_value(name, word)
    for word in query.get("expansions", "").split(","):
        if word in NEWER:
            return unknown_value("expansions", word)
    return None


@pytest.fixture
def rig() -> Iterator[XRig]:
    with XRig() as each:
        yield each


@pytest.fixture
def x(rig: XRig) -> PretendX:
    return rig.x


@pytest.fixture
def reader(rig: XRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


class TestWording:
    def test_a_server_that_knows_only_the_newer_spelling_shows_the_same(
        self, rig: XRig, x: PretendX, reader: Reader
    ) -> None:
        first = rig.customer("hello? " + "long " * 80)
        rig.edit(rig.customer("mine?", by="bob"), "mine, too")
        rig.ours("on it", first)
        x.quote("cyd", rig.ours("news", first), "look at that")
        expected = {message.id: message for message in all_messages(reader.poll())}
        assert len(expected) == 5
        refusing(x.server, only_newer)
        reader.cursor = None
        assert {message.id: message for message in all_messages(reader.poll())} == expected

    def test_what_was_learned_is_not_asked_again(self, x: PretendX, reader: Reader) -> None:
        refusing(x.server, only_newer)
        reader.poll()
        x.server.ledger.clear()
        reader.poll()
        assert [taken.status for taken in x.server.ledger] == [200, 200, 200]
        assert "post.fields" in asked(x, "/mentions")[0]

    def test_x_itself_is_asked_in_the_older_spelling_once_for_each_list(self, x: PretendX) -> None:
        class Alone(XRig):
            def pretend(self) -> PretendX:
                return x

            def keys(self) -> dict[str, Any]:
                return super().keys() | {"team": []}

        alone = Reader(Alone())
        alone.poll()
        x.server.ledger.clear()
        alone.poll()
        alone.close()
        assert [taken.request.path.rsplit("/", 1)[-1] for taken in x.server.ledger] == ["mentions", "tweets"]
        assert all("tweet.fields" in taken.request.query for taken in x.server.ledger)

    def test_direct_messages_are_read_from_such_a_server_as_well(self) -> None:
        with MessagesRig() as rig:
            rig.customer("hello?")
            refusing(rig.x.server, only_newer)
            reader = Reader(rig)
            assert [message.text for message in all_messages(reader.poll())] == ["hello?"]
            reader.close()

    def test_a_probe_says_which_words_the_server_does_not_know(self, x: PretendX, reader: Reader) -> None:
        refusing(x.server, lambda request: unknown_value("expansions", "author_id") if expands(request) else None)
        (found,) = [each for each in reader.connector.probe() if each.permission == "tweet.read"]
        assert "does not know author_id" in found.said

    def test_a_refusal_of_what_is_needed_stands(self, x: PretendX, reader: Reader) -> None:
        refusing(x.server, lambda request: unknown_parameter("post.fields" if "post.fields" in request.query
                 else "tweet.fields", "x"))  # fmt: skip
        with pytest.raises(PlatformError, match=r"not one of|post\.fields") as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.BAD_REQUEST

    def test_an_id_that_is_too_old_is_still_told_from_a_word_that_is_unknown(self) -> None:
        assert problem(STALE).code == STALE_SINCE
        assert problem(invalid(unknown_parameter("tweet.fields", "x"))).code == f"{UNKNOWN} tweet.fields"

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            (invalid(unknown_value("tweet.fields", "note_tweet")), f"{UNKNOWN} tweet.fields note_tweet"),
            (
                invalid(
                    {
                        "parameters": {"dm_event.fields": ["id,sender_id"]},
                        "message": "invalid value 'sender_id' at index 1: value must be one of: [id text]",
                    }
                ),
                f"{UNKNOWN} dm_event.fields sender_id",
            ),
            (
                {"type": INVALID, "parameter": "expansions", "value": "author_id", "detail": "no"},
                f"{UNKNOWN} expansions author_id",
            ),
            ({"title": "Bad Request", "detail": "unknown parameter: exclude"}, f"{UNKNOWN} exclude"),
            ({"errors": [{"message": "tweet.fields is not one of [post.fields]"}]}, f"{UNKNOWN} tweet.fields"),
            (invalid({"parameters": {"query": ["exclude"]}, "message": "exclude expansions"}), "invalid-request"),
            ({"type": "https://api.x.com/2/problems/client-forbidden", "detail": "expansions"}, "client-forbidden"),
        ],
        ids=[
            "a value",
            "a value in the words",
            "newer",
            "words only",
            "a list of words",
            "another's",
            "no 400 of ours",
        ],
    )
    def test_a_word_is_known_by_the_place_that_names_it(self, document: Any, code: str) -> None:
        assert problem(document).code == code

    @given(
        st.recursive(
            st.none() | st.integers() | st.text() | st.sampled_from(sorted({*OWN_POSTS, "errors", "parameters"})),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(
                ["errors", "parameters", "parameter", "value", "message", "detail", "type", *OWN_POSTS]), inner),
        )
    )  # fmt: skip
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_no_json_at_all_raises(self, odd: Any) -> None:
        assert isinstance(problem(odd).code, str)

    @given(st.data(), st.sampled_from([OWN_POSTS, EVENTS]))
    def test_giving_way_comes_to_an_end(self, data: st.DataObject, words: dict[str, Sequence[str]]) -> None:
        wording = Wording(words)
        names = st.sampled_from([*words, "post.fields"])
        each = st.sampled_from([word for some in words.values() for word in some] + [*NEWER.values(), ""])
        for number in count():
            code = f"{UNKNOWN} {data.draw(names)} {data.draw(each)}".strip()
            if not wording.give_way(code, wording.text):
                break
            assert number < 60
        assert "fields" in wording.text

    def test_another_threads_lesson_is_taken(self) -> None:
        wording = Wording(OWN_POSTS)
        sent = wording.text
        assert wording.give_way(f"{UNKNOWN} expansions author_id", sent)
        learned = wording.text
        assert wording.give_way(f"{UNKNOWN} expansions author_id", sent)
        assert wording.text == learned

    def test_what_is_no_field_any_more_is_asked_for_as_an_expansion(self) -> None:
        wording = Wording(OWN_POSTS)
        assert wording.give_way(f"{UNKNOWN} tweet.fields in_reply_to_user_id", wording.text)
        asked_for = dict(parse_qsl(wording.text))
        assert "in_reply_to_user_id" not in asked_for["tweet.fields"]
        assert asked_for["expansions"].endswith(",in_reply_to_user_id")

    def test_every_endpoint_that_reads_has_its_words(self) -> None:
        assert ASKED.keys() == X.endpoints - {"token"}


def expands(request: Request) -> bool:
    return "author_id" in request.query.get("expansions", "")


def one(*, includes: dict[str, Any] | None = None, searched: bool = False, **facts: Any) -> Message:
    (message,), bad = messages([post(**facts)], around({"includes": includes or {}}, OURS, NAMES, searched=searched))
    assert bad == []
    return message


class TestNames:
    @pytest.mark.parametrize(
        ("text", "mentions", "opens_with"),
        [
            ("@acme hello", ("900",), "900"),
            ("hello @ACME, where?", ("900",), None),
            ("@acmehelp @acme!", ("901", "900"), "901"),
            ("(@acme)", ("900",), None),
            ("mail me@acme or see /@acme", (), None),
            ("@acme_fans and @acmex", ("acme_fans", "acmex"), "acme_fans"),
            ("nobody", (), None),
            ("@ann_t and @acme", ("55", "900"), "55"),
        ],
    )
    def test_without_entities_names_are_looked_for_in_the_text(
        self, text: str, mentions: tuple[str, ...], opens_with: str | None
    ) -> None:
        message = one(text=text, includes={"users": [{"id": "55", "username": "Ann_T"}]})
        assert (message.mentions, message.opens_with) == (mentions, opens_with)

    def test_what_the_prefix_of_a_reply_carries_on_stays_carried(self) -> None:
        message = one(text="@acme @bob yes", display_text_range=[6, 14])
        assert (message.mentions, message.carried, message.opens_with) == (("bob",), ("900",), "bob")

    def test_where_x_gives_entities_the_text_says_nothing(self) -> None:
        urls = {"urls": [{"start": 0, "end": 5, "url": "https://t.co/x"}]}
        assert one(text="@acme hello", entities=urls).mentions == ()

    def test_an_entity_without_an_id_is_known_by_its_handle(self) -> None:
        named = {"mentions": [{"start": 0, "end": 5, "username": "ACME"}, {"start": 6, "end": 10, "username": "Zoe"}]}
        assert one(text="@ACME @Zoe", entities=named).mentions == ("900", "zoe")

    def test_an_entity_without_a_place_is_found_in_the_text(self) -> None:
        message = one(text="hello @acme", entities={"mentions": [{"username": "acme"}]})
        assert (message.mentions, message.opens_with) == (("900",), None)

    def test_what_a_search_finds_is_a_mention_when_the_text_names_us(self) -> None:
        assert not one(text="my gizmo, @acme", searched=True).addressed
        assert one(text="my gizmo", searched=True).addressed

    @pytest.mark.parametrize(
        ("team", "known"),
        [(["AcmeHelp"], {"acme": "900", "acmehelp": "901"}), (["a", "b"], {"acme": "900"}), ([], {"acme": "900"})],
    )
    def test_handles_of_the_team_count_where_each_has_its_id(self, team: list[str], known: dict[str, str]) -> None:
        assert handles(IDENTITY, team) == known


class TestPosts:
    def test_quotation_marks_are_undone_too_and_only_once(self) -> None:
        assert one(text="it&#39;s &#34;a&quot; &amp;#39; &amp;quot;").text == 'it\'s "a" &#39; &quot;'

    def test_an_id_may_be_a_short_word(self) -> None:
        message = one(id="post-7a", conversation_id="post-1", author_id="user_b")
        assert (message.id, message.thread, message.author.id) == ("post-7a", "post-1", "user_b")

    @pytest.mark.parametrize("ident", ["a b", "../x", "a/b", "é", "a" * 65, ""])
    def test_but_nothing_that_could_lead_elsewhere(self, ident: str) -> None:
        (_,) = messages([post(id=ident)], around({}, OURS))[1]

    @pytest.mark.parametrize("ident", ["105", "post-7a"])
    def test_without_any_time_a_post_is_set_aside(self, ident: str) -> None:
        (reject,) = messages([post(id=ident, created_at=None)], around({}, OURS))[1]
        assert "no created_at" in reject.reason

    def test_a_reply_without_a_conversation_stands_where_its_chain_leads(self) -> None:
        reply: dict[str, Any] = {"referenced_tweets": [{"type": "replied_to", "id": "7"}], "conversation_id": None}
        chain = [
            {"id": "7", "author_id": "900", "referenced_tweets": [{"type": "replied_to", "id": "6"}]},
            {"id": "6", "author_id": "55", "conversation_id": "5"},
        ]
        assert one(**reply).thread == "7"
        assert one(includes={"tweets": chain[:1]}, **reply).thread == "6"
        assert one(includes={"tweets": chain}, **reply).thread == "5"

    def test_a_chain_without_an_end_is_left(self) -> None:
        circle = [{"id": "7", "referenced_tweets": [{"type": "replied_to", "id": "7"}]}]
        reply: dict[str, Any] = {"referenced_tweets": [{"type": "replied_to", "id": "7"}], "conversation_id": None}
        assert one(includes={"tweets": circle}, **reply).thread == "7"

    def test_whom_a_reply_is_to_is_known_by_the_post_above_it(self) -> None:
        reply: dict[str, Any] = {"referenced_tweets": [{"type": "replied_to", "id": "7"}]}
        assert one(includes={"tweets": [{"id": "7", "author_id": "900"}]}, **reply).in_reply_to_author == "900"

    def test_an_older_field_may_say_what_a_reply_is_to(self) -> None:
        assert one(in_reply_to_tweet_id="7").in_reply_to == "7"


class SmallServer:
    """Posts and messages with ids that hold no time, compared as texts; no `meta` where there is nothing to page.

    It knows no expansion, brings no authors along, and leaves what it does not find out without a word.
    """

    def __init__(self) -> None:
        self.now = NOON
        self.server = PretendServer(lambda: self.now)
        self.posts: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.people = {"0": "acme", "10": "ann", "11": "bob"}
        self.calls: list[Call] = []
        self.has_people = self.has_posts = True
        self._numbers = count(95)
        for path, route in (
            ("/2/users/by", self._users_by),
            ("/2/users", self._users),
            ("/2/users/me", lambda _request: {"data": {"id": "0", "username": "acme"}}),
            ("/2/users/{id}/mentions", lambda request: self._list(request, lambda each: "@acme" in each["text"])),
            ("/2/users/{id}/tweets", lambda request: self._list(request, lambda each: each["author_id"] == "0")),
            ("/2/tweets/search/recent", self._search),
            ("/2/tweets", lambda request: self._list(request, lambda each: each["id"] in request.query["ids"])),
            ("/2/dm_events", self._events),
        ):  # fmt: skip
            self._add(path, route)

        @self.server.route("GET", "/2/tweets/{id}")
        def single(request: Request) -> Answer:
            if not self.has_posts:
                return Answer.json({"errors": [{"message": "Endpoint not found", "code": 404}]}, 404)
            lost = {"value": request.parts["id"], "type": "https://api.twitter.com/2/problems/resource-not-found"}
            found = [each for each in self.posts if each["id"] == request.parts["id"]]
            return Answer.json({"data": found[0]} if found else {"errors": [lost]})

    def post(self, text: str, by: str = "10", **facts: Any) -> str:
        ident = str(next(self._numbers))
        plain = {"id": ident, "text": text, "author_id": by, "conversation_id": ident, "created_at": self._time()}
        self.posts.append(plain | facts)
        return ident

    def reply(self, text: str, to: str) -> str:
        references = [{"type": "replied_to", "id": to}]
        return self.post(text, "0", conversation_id=to, in_reply_to_user_id="10", referenced_tweets=references)

    def message(self, text: str, by: str = "10", members: Sequence[str] = ("10", "0"), conversation: str = "7") -> str:
        ident = str(next(self._numbers))
        event = {"id": ident, "event_type": "MessageCreate", "text": text, "sender_id": by, "created_at": self._time()}
        self.events.append(event | {"dm_conversation_id": conversation, "participant_ids": list(members)})
        return ident

    def connector(self, **keys: Any) -> X:
        own = {"client_id": "c", "refresh_token": {"env": "REFRESH"}, "access_token": {"env": "TOKEN"}}
        plain = {"account": "acme", "base_url": self.server.url, "credentials": own}
        read = X.Settings.model_validate(plain | keys, context={"environ": ENVIRON})
        context = Context("acme", lambda: self.now, LOOKBACK, on_call=self.calls.append)
        return X(read, context, QUICK)  # type: ignore[arg-type]

    def _time(self) -> str:
        return iso(self.now)

    def _add(self, path: str, route: Callable[[Request], Any]) -> None:
        @self.server.route("GET", path)
        def answer(request: Request) -> Answer:
            if "expansions" in request.query and "dm_" not in path:
                return Answer.json(invalid(unknown_value("expansions", request.query["expansions"].split(",")[0])), 400)
            found = route(request)
            return Answer(404) if found is None else Answer.json(found)

    def _users_by(self, request: Request) -> Any:
        wanted = request.query["usernames"].split(",")
        return counted([{"id": key, "username": name} for key, name in self.people.items() if name in wanted])

    def _users(self, request: Request) -> Any:
        wanted = request.query["ids"].split(",")
        found = [{"id": key, "username": name} for key, name in self.people.items() if key in wanted]
        return counted(found) if self.has_people else None

    def _list(self, request: Request, fits: Callable[[dict[str, Any]], bool]) -> Any:
        start, since = request.query.get("start_time", ""), request.query.get("since_id", "")
        found = [each for each in reversed(self.posts) if fits(each) and each["id"] > since]
        return counted([each for each in found if each["created_at"] >= start.replace("Z", ".000Z")])

    def _search(self, request: Request) -> Any:
        return self._list(request, lambda each: request.query["query"] in each["text"])

    def _events(self, request: Request) -> Any:
        # In no order, and without a word of what is left.
        return {"data": sorted(self.events, key=lambda each: each["text"])[: int(request.query["max_results"])]}


def counted(found: list[Any]) -> dict[str, Any]:
    return {"data": found, "meta": {"result_count": len(found)}}


@pytest.fixture
def small() -> Iterator[SmallServer]:
    each = SmallServer()
    with each.server:
        yield each


class Small:
    """Polls the small server as the poller does."""

    def __init__(self, small: SmallServer, **keys: Any) -> None:
        self.connector = small.connector(**keys)
        self.identity = self.connector.identify()
        self.cursor: str | None = None

    def poll(self) -> list[Message]:
        pages = list(self.connector.fetch(self.identity, self.cursor))
        self.cursor = pages[-1].cursor
        assert pages[-1].complete
        assert not any(page.rejects for page in pages)
        return all_messages(pages)

    def look(self, thread: str, *ids: str, since: int = NOON) -> list[Page]:
        return list(self.connector.recheck(self.identity, self.cursor, [OpenThread(thread, "10", ids, since)]))


@pytest.fixture
def polls(small: SmallServer) -> Iterator[Small]:
    each = Small(small)
    yield each
    each.connector.close()


class TestSmallServer:
    def test_ids_that_hold_no_time_are_read_on_by_time(self, small: SmallServer, polls: Small) -> None:
        first = small.post("@acme one")
        assert [message.id for message in polls.poll()] == [first]
        found = []
        for number in range(10):  # their numbers grow from two digits to three
            small.now += MINUTE
            found.append(small.post(f"@acme {number}"))
            assert found[-1] in [message.id for message in polls.poll()]
        small.now += HOUR
        assert {message.id for message in polls.poll()} <= {found[-1]}
        assert json.loads(polls.cursor or "")["since"] == {}

    def test_a_customer_is_addressed_answered_and_named(self, small: SmallServer, polls: Small) -> None:
        question = small.post("@Acme where? @acme")
        answer = small.reply("here", question)
        found = {message.id: message for message in polls.poll()}
        assert found[question].mentions == ("0",)
        assert found[question].author.handle == "ann"
        assert (found[answer].thread, found[answer].in_reply_to) == (question, question)

    def test_each_author_is_asked_for_once(self, small: SmallServer, polls: Small) -> None:
        for number in range(3):
            small.now += MINUTE
            small.post(f"@acme {number}")
            polls.poll()
        assert len([taken for taken in small.server.ledger if taken.request.path == "/2/users"]) == 1

    def test_where_nobody_can_be_asked_for_posts_come_without_names(self, small: SmallServer, polls: Small) -> None:
        small.has_people = False
        for number in range(3):
            small.now += MINUTE
            small.post(f"@acme {number}")
            assert polls.poll()[0].author.handle == ""
        assert len([taken for taken in small.server.ledger if taken.request.path == "/2/users"]) == 1

    def test_an_account_that_nobody_has_is_named(self, small: SmallServer) -> None:
        connector = small.connector(account="nobody")
        with pytest.raises(PlatformError, match="@nobody") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_what_a_look_up_passes_over_is_gone_where_the_server_says_so(
        self, small: SmallServer, polls: Small
    ) -> None:
        lost, kept = small.post("@acme one"), small.post("@acme two")
        polls.poll()
        del small.posts[0]
        gone = [each.id for page in polls.look(lost, lost, kept) for each in page.gone]
        assert gone == [lost]

    def test_a_server_that_has_no_single_posts_does_not_make_them_gone(self, small: SmallServer, polls: Small) -> None:
        lost = small.post("@acme one")
        polls.poll()
        small.posts.clear()
        small.has_posts = False
        pages = polls.look(lost, lost)
        assert pages[-1].complete
        assert not any(page.gone for page in pages)

    def test_every_call_has_a_name_that_the_connector_declares(self, small: SmallServer, polls: Small) -> None:
        lost = small.post("@acme one")
        polls.poll()
        small.posts.clear()
        polls.look(lost, lost)
        assert {call.endpoint for call in small.calls} <= X.endpoints


@pytest.fixture
def inbox(small: SmallServer) -> Iterator[Small]:
    each = Small(small, watch=["messages"])
    yield each
    each.connector.close()


class TestSmallInbox:
    def test_messages_in_no_order_and_without_a_word_of_more_are_all_read(
        self, small: SmallServer, inbox: Small
    ) -> None:
        ids = {small.message(f"number {number}") for number in range(40)}
        assert {message.id for message in inbox.poll()} == ids
        small.now += MINUTE
        new = small.message("a later one that sorts first")
        assert new in {message.id for message in inbox.poll()}

    def test_more_than_a_whole_page_without_a_word_of_more_is_not_complete(
        self, small: SmallServer, inbox: Small
    ) -> None:
        for number in range(101):
            small.message(f"number {number}")
        *_, last = inbox.connector.fetch(inbox.identity, None)
        assert (last.complete, last.cursor is not None) == (False, True)

    def test_two_who_take_part_are_a_dialogue_whatever_its_id(self, small: SmallServer, inbox: Small) -> None:
        small.message("hello")
        (message,) = inbox.poll()
        assert (message.thread, is_dialogue(message.thread)) == (f"{GROUP}7", True)
        assert message.author.handle == "ann"

    def test_dialogues_of_others_are_none_of_ours(self, small: SmallServer, inbox: Small) -> None:
        small.message("psst", by="11", members=("10", "11"), conversation="8")
        small.message("psst", by="11", members=(), conversation="10-11")
        small.message("hi all", by="11", members=("10", "11", "0"), conversation="9")
        assert inbox.poll() == []

    def test_a_dialogue_that_the_server_does_not_know_by_id_is_looked_for_in_the_inbox(
        self, small: SmallServer, inbox: Small
    ) -> None:
        kept, lost = (small.message(f"number {number}") for number in range(2))
        inbox.poll()
        del small.events[1]

        @small.server.route("GET", "/2/dm_conversations/{id}/dm_events")
        def refused(_request: Request) -> Answer:
            return Answer.json(invalid({"parameters": {"id": ["7"]}, "message": "does not match"}), 400)

        assert [each.id for page in inbox.look(f"{GROUP}7", kept, lost) for each in page.gone] == [lost]

    def test_nothing_is_gone_from_a_page_that_may_be_cut(self, small: SmallServer, inbox: Small) -> None:
        ids = [small.message(f"number {number}") for number in range(150)]
        threads = [OpenThread(f"{GROUP}{name}", "10", (ids[99],), NOON - HOUR) for name in "abcd"]
        pages = list(inbox.connector.recheck(inbox.identity, None, threads))
        assert not any(page.gone for page in pages)

    def test_a_message_without_a_conversation_stands_by_who_takes_part(self) -> None:
        event = {"id": str(id_at(NOON)), "text": "hi", "sender_id": "900", "participant_ids": ["900", "55"]}
        good, bad = direct_messages([event], inside({}, IDENTITY, groups=False))
        assert ([message.thread for message in good], bad) == (["55-900"], [])


class TestSearches:
    def test_a_server_without_operators_is_searched_for_the_words_alone(self, small: SmallServer) -> None:
        polls = Small(small, watch=["search"], search=["gizmo"])
        heard = small.post("my gizmo broke")
        assert [message.id for message in polls.poll()] == [heard]
        polls.connector.close()

    def test_whoever_finds_nothing_there_at_first_finds_what_comes(self, small: SmallServer) -> None:
        polls = Small(small, watch=["search"], search=["gizmo"])
        assert polls.poll() == []
        small.now += HOUR
        heard = small.post("my gizmo broke")
        assert [message.id for message in polls.poll()] == [heard]
        polls.connector.close()

    def test_a_server_with_operators_is_asked_to_leave_retweets_out(self) -> None:
        with SearchRig() as rig:
            reader = Reader(rig)
            reader.poll()
            reader.poll()
            assert [query["query"] for query in asked(rig.x, "/recent")] == [
                "-is:retweet",
                *["(gizmo OR gizmos) -is:retweet"] * 2,
            ]
            reader.close()


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "kind", "verdict"),
        [
            (403, "unsupported-authentication", Verdict.PERMISSION),
            (404, "resource-not-found", Verdict.NOT_FOUND),
            (429, "rate-limit-exceeded", Verdict.WAIT),
            (429, "usage-capped", Verdict.PAYMENT),
        ],
    )
    def test_a_problem_may_stand_in_the_list_of_errors_only(
        self, x: PretendX, reader: Reader, status: int, kind: str, verdict: Verdict
    ) -> None:
        error = {"title": "No", "detail": "no", "type": f"https://api.twitter.com/2/problems/{kind}", "code": 88}
        reset = str((NOON + 5 * MINUTE) // SECOND)
        headers = {"x-rate-limit-limit": "75", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        serve = x.server.serve

        def refuse(request: Request) -> Answer:
            answer = serve(request)
            return replace(Answer.json({"errors": [error]}, status), headers={**answer.headers, **headers})

        setattr(x.server, "serve", refuse)  # noqa: B010 - mypy takes no assignment to a method
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert (caught.value.verdict, caught.value.code) == (verdict, kind)
        if verdict is Verdict.WAIT:
            assert caught.value.until == pytest.approx(NOON + 5 * MINUTE, abs=2 * SECOND)

    def test_a_page_token_of_no_letters_is_none(self, x: PretendX, reader: Reader) -> None:
        altered(x.server, lambda document: document.get("meta", {}).update(next_token=""))
        assert reader.poll()[-1].complete

    def test_a_full_page_without_a_word_of_more_is_not_complete(self, rig: XRig, x: PretendX, reader: Reader) -> None:
        for number in range(100):
            rig.customer(f"number {number}", by=f"c{number}")
        altered(x.server, lambda document: document.pop("meta", None) if "data" in document else None)
        assert not reader.poll()[-1].complete
