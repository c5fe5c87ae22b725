"""Programs read over HTTP: the queue, conversations, channels and policies as JSON."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from api_server import HOSTILE, RULES, Served, fits, serving
from slamon.model import HOUR, MINUTE
from slamon.web.api.query import LONGEST_NAME, LONGEST_TEXT, MOST_VALUES
from slamon.web.api.routes import MOST_EXPLAINED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Nothing of it is changed by a test."""
    with serving(tmp_path_factory.mktemp("served")) as made:
        yield made


class TestTheQueue:
    def test_it_says_who_waits_nearest_deadline_first(self, served: Served) -> None:
        status, body, headers = served.get("/waiting")
        fits("/waiting", 200, body)
        assert status == 200
        assert [one["wait"] for one in body["waiting"]] == [1, 2, 3, 5, 7]
        assert (body["total"], body["total_is_minimum"], body["complete"], body["next"]) == (5, False, True, None)
        assert headers["Content-Type"] == "application/json"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert not [name for name in headers if name.lower().startswith("access-control")]

    def test_what_strangers_wrote_comes_whole_and_in_ascii(self, served: Served) -> None:
        connection = HTTPConnection(served.address, timeout=10)
        connection.request("GET", "/api/v1/waiting")
        raw = connection.getresponse().read()
        connection.close()
        assert raw.isascii()
        texts = [one["text"] for one in json.loads(raw)["waiting"]]
        assert texts[:3] == [f"@acme {text}" for text in HOSTILE[:3]]

    def test_it_says_in_whose_hands_a_wait_is(self, served: Served) -> None:
        _, body, _ = served.get("/waiting")
        held = {one["wait"]: (one["acknowledged"], one["snoozed"]) for one in body["waiting"]}
        assert held[1] == (None, None)
        assert (held[3][0], held[3][1]["by"]) == (None, "duty")

    @pytest.mark.parametrize(
        ("query", "waits"),
        [
            ("channel=acme-x", [1, 2, 3, 5, 7]),
            ("channel=nobody", []),
            ("status=on_track", [7]),
            ("status=breached&status=on_track", [1, 2, 3, 5, 7]),
            ("policy=everyone&status=on_track", [7]),
            ("policy=vip", []),
            ("policy=", []),
            ("text=PARTY", [7]),
            ("text=" + quote(HOSTILE[0]), [1]),
            ("text=carl", [7]),
        ],
    )
    def test_filters_leave_what_is_asked_for(self, query: str, waits: list[int], served: Served) -> None:
        status, body, _ = served.get(f"/waiting?{query}")
        assert (status, [one["wait"] for one in body["waiting"]], body["total"]) == (200, waits, len(waits))

    def test_pages_lead_through_all_of_it(self, served: Served) -> None:
        seen: list[int] = []
        after = ""
        while True:
            _, body, _ = served.get(f"/waiting?limit=2{after}")
            seen += [one["wait"] for one in body["waiting"]]
            if body["next"] is None:
                break
            after = f"&after={body['next']}"
        assert seen == [1, 2, 3, 5, 7]

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("chanel=acme-x", "unknown parameter `chanel`; known: `channel`, `policy`"),
            ("channel=", "name of a channel"),
            ("channel=a%0Ab", "name of a channel"),
            ("status=late", "`status` should be one of: on_track, at_risk, breached, unverified"),
            ("limit=0", "whole number from 1 to 200"),
            ("limit=201", "whole number from 1 to 200"),
            ("limit=%D9%A3", "whole number from 1 to 200"),
            ("limit=1&limit=2", "`limit` may be said once"),
            ("text=" + "x" * (LONGEST_TEXT + 1), f"at most {LONGEST_TEXT} characters"),
            ("text=%00", f"at most {LONGEST_TEXT} characters"),
            ("policy=%00", f"at most {LONGEST_NAME} characters"),
            ("policy=" + "x" * (LONGEST_NAME + 1), f"at most {LONGEST_NAME} characters"),
            ("after=elsewhere", "`next` of the page before"),
            ("&".join(["channel=a"] * (MOST_VALUES + 1)), f"`channel` may be said {MOST_VALUES} times"),
        ],
    )
    def test_a_slip_of_the_pen_is_said(self, query: str, words: str, served: Served) -> None:
        status, body, _ = served.get(f"/waiting?{query}")
        fits("/waiting", 400, body)
        assert status == 400
        assert words in body["error"]

    def test_what_did_not_change_is_not_sent_again(self, served: Served) -> None:
        _, _, headers = served.get("/waiting?status=on_track")
        tag = headers["ETag"]
        for shown in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            status, body, again = served.get("/waiting?status=on_track", If_None_Match=shown)
            assert (status, body, again["ETag"]) == (304, None, tag)
        for shown in ('"other"', tag.strip('"')):
            assert served.get("/waiting?status=on_track", If_None_Match=shown)[0] == 200
        assert served.get("/waiting", If_None_Match=tag)[0] == 200

    def test_head_says_what_get_would(self, served: Served) -> None:
        status, body, headers = served.get("/waiting", "HEAD")
        assert (status, body) == (200, None)
        assert int(headers["Content-Length"]) > 100


class TestConversations:
    @pytest.mark.parametrize("name", ["1", "ann0", "@ann0"])
    def test_it_is_found_by_whatever_explain_takes(self, name: str, served: Served) -> None:
        status, body, _ = served.get(f"/conversations/{name}")
        fits("/conversations/{name}", 200, body)
        assert (status, [one["wait"] for one in body["waits"]], body["complete"]) == (200, [1], True)
        assert body["waits"][0]["messages"][0]["text"] == f"@acme {HOSTILE[0]}"

    def test_every_state_has_the_described_shape(self, served: Served) -> None:
        for number in range(1, 8):
            status, body, _ = served.get(f"/conversations/{number}")
            assert status == 200
            fits("/conversations/{name}", 200, body)

    @pytest.mark.parametrize(
        "name", ["nobody", "9" * 30, "a%0Ab%0Dc%E2%80%A8d", "a%2Fb/c", "%20", "x" * 1_001, "0", "-1"]
    )
    def test_of_an_unknown_name_nothing_is_known(self, name: str, served: Served) -> None:
        status, body, _ = served.get(f"/conversations/{name}")
        fits("/conversations/{name}", 404, body)
        assert (status, body) == (404, {"error": "nothing is known of that name"})

    def test_nothing_is_asked_of_a_database_that_it_could_not_keep(self, tmp_path: Path, database_url: str) -> None:
        made = Served(tmp_path, database_url)
        with made.desk:
            made.begin()
            assert made.get("/conversations/%00")[0] == 404
            assert made.get("/waiting?text=%00")[0] == 400

    def test_a_thread_in_which_nobody_waits_is_told_as_that(self, tmp_path: Path) -> None:
        made = Served(tmp_path)
        made.desk.promise("no_reply: [emoji]\n" + RULES)
        with made.desk as desk:
            name = desk.asks("\U0001f64f")
            desk.settles()
            made.begin()
            status, body, _ = made.get(f"/conversations/{name}")
        fits("/conversations/{name}", 200, body)
        assert (status, body["waits"], len(body["no_wait"])) == (200, [], 1)

    def test_only_the_newest_of_many_waits_are_explained(self, tmp_path: Path) -> None:
        made = Served(tmp_path)
        with made.desk as desk:
            for _ in range(MOST_EXPLAINED + 1):
                desk.asks(by="ann")
            desk.settles()
            made.begin()
            _, body, _ = made.get("/conversations/ann")
        assert [one["wait"] for one in body["waits"]] == list(range(2, MOST_EXPLAINED + 2))
        assert body["complete"] is False


class TestWhatIsWatched:
    def test_channels_say_when_they_were_read_and_who_waits(self, served: Served) -> None:
        status, body, _ = served.get("/channels")
        fits("/channels", 200, body)
        (channel,) = body["channels"]
        counts = {"on_track": 1, "at_risk": 0, "breached": 4, "unverified": 0, "no_policy": 0}
        assert (status, channel["channel"], channel["platform"]) == (200, "acme-x", "x")
        assert (channel["labels"], channel["blind"], channel["waiting"]) == ({"market": "de"}, False, counts)
        assert served.get("/channels?channel=other")[1] == {"channels": []}

    def test_a_wait_with_two_targets_is_one_wait(self, tmp_path: Path) -> None:
        made = Served(tmp_path)
        made.desk.promise("policies: [{name: everyone, first_response: 1h, acknowledgement: 5m}]")
        with made.desk as desk:
            desk.asks()
            desk.settles()
            desk.passes(10 * MINUTE)
            made.begin()
            (channel,) = made.get("/channels")[1]["channels"]
            (wait,) = made.get("/waiting")[1]["waiting"]
        assert channel["waiting"] == {"on_track": 1, "at_risk": 0, "breached": 0, "unverified": 0, "no_policy": 0}
        assert (wait["target"], wait["status"]) == ("acknowledgement", "breached")

    def test_policies_say_what_is_promised(self, served: Served) -> None:
        status, body, _ = served.get("/policies?channel=acme-x")
        fits("/policies", 200, body)
        (channel,) = body["channels"]
        vip, praise, everyone = channel["policies"]
        assert (status, channel["channel"]) == (200, "acme-x")
        assert vip["when"] == ["author.followers: >= 10000"]
        assert vip["objective"] == {"share": 0.95, "over_seconds": 28 * 86_400}
        assert vip["targets"]["acknowledgement"]["machine_counts"] is True
        assert praise["targets"]["first_response"] == {
            "words": "1 open day",
            "seconds": None,
            "calendar": "office",
            "machine_counts": False,
        }
        assert everyone["stages"][1] == {"stage": "+30m", "to": None, "repeat_seconds": 1800, "at_most": 3}


def test_a_wait_that_breaks_its_promise_changes_the_tag(tmp_path: Path) -> None:
    made = Served(tmp_path)
    with made.desk as desk:
        desk.asks()
        desk.settles()
        made.begin()
        tag = made.get("/waiting")[2]["ETag"]
        assert made.get("/waiting", If_None_Match=tag)[0] == 304
        desk.passes(2 * HOUR)
        status, body, _ = made.get("/waiting", If_None_Match=tag)
        assert (status, body["waiting"][0]["status"]) == (200, "breached")
