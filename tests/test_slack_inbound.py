"""What people ask for by a click, and that nothing else asks for anything."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slack_answers import PLACE, ROOT, TEAM, WHEN, button, link, menu, reaction, submission
from slamon.notifiers._slack_form import form
from slamon.notifiers._slack_inbound import Click, Dismissal, Reaction, read, remembered
from slamon.sim._slack_members import view_faults

ALL = [button(), menu(), link(), submission(), reaction()]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("7" * 5_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


LONG = remembered(7, PLACE, None) + " " * 3_000


class TestClicks:
    def test_a_button_says_what_about_which_wait_by_whom_and_where(self) -> None:
        assert read(button("acknowledge", "7")) == Click(
            asked="acknowledge",
            number=7,
            team=TEAM,
            user="U0ANN",
            place=PLACE,
            ts=ROOT,
            thread=None,
            key=f"slack:{ROOT}:{WHEN}:U0ANN",
            trigger="13345224609.738474920.8088930838d88f008e0",
        )

    @pytest.mark.parametrize("asked", ["acknowledge", "snooze_15m", "snooze_1h", "snooze_shift", "dismiss", "undo"])
    def test_every_agreed_button_is_known_by_its_name_and_with_a_suffix(self, asked: str) -> None:
        for action_id in (asked, f"{asked}:2"):
            found = read(button(action_id))
            assert isinstance(found, Click)
            assert found.asked == asked

    def test_an_entry_of_a_menu_says_it_in_its_value(self) -> None:
        found = read(menu("snooze_shift|12"))
        assert isinstance(found, Click)
        assert (found.asked, found.number) == ("snooze_shift", 12)

    def test_a_digest_has_a_number_below_0(self) -> None:
        found = read(button("acknowledge", "-3"))
        assert isinstance(found, Click)
        assert found.number == -3

    def test_a_button_in_a_thread_names_the_thread(self) -> None:
        found = read(button(thread="1795437120.000009"))
        assert isinstance(found, Click)
        assert found.thread == "1795437120.000009"

    def test_two_clicks_have_two_keys(self) -> None:
        later = button()
        later["payload"]["actions"][0]["action_ts"] = "1795437181.000000"
        assert read(button()) == read(button())
        first, second = read(button()), read(later)
        assert first is not None
        assert second is not None
        assert first.key != second.key

    @pytest.mark.parametrize("value", ["", "0", "x", "7.5", "9" * 19, " 7", "7\n", "--1", "\u0667", None, 7, ["7"]])
    def test_a_number_that_is_none_asks_for_nothing(self, value: object) -> None:
        assert read(button("acknowledge", value)) is None

    @pytest.mark.parametrize("asked", ["open_post", "delete_everything", "Acknowledge", "", "acknowledge\n"])
    def test_a_button_that_is_not_ours_asks_for_nothing(self, asked: str) -> None:
        assert read(button(asked)) is None

    def test_a_link_asks_for_nothing(self) -> None:
        assert read(link()) is None

    def test_two_actions_at_once_are_not_what_slack_sends(self) -> None:
        double = button()
        double["payload"]["actions"] *= 2
        assert read(double) is None
        double["payload"]["actions"] = [5]
        assert read(double) is None


class TestTheForm:
    def test_slack_takes_it(self) -> None:
        click = read(button("dismiss"))
        assert isinstance(click, Click)
        assert list(view_faults(form(click))) == []

    def test_what_is_filled_in_comes_back(self) -> None:
        assert read(submission(" a duplicate ", "mute", "author")) == Dismissal(
            how="mute",
            scope="author",
            reason="a duplicate",
            number=7,
            team=TEAM,
            user="U0ANN",
            place=PLACE,
            thread=None,
            key="slack:view:V0123:U0ANN",
        )

    def test_the_scope_may_be_left_out(self) -> None:
        found = read(submission())
        assert isinstance(found, Dismissal)
        assert found.scope is None

    def test_it_remembers_where_it_was_opened(self) -> None:
        found = read(submission(metadata=remembered(-4, "D0ANN", ROOT)))
        assert isinstance(found, Dismissal)
        assert (found.number, found.place, found.thread) == (-4, "D0ANN", ROOT)

    @pytest.mark.parametrize("reason", ["", "  ", None, 5, "x" * 501])
    def test_a_reason_is_needed_and_has_a_length(self, reason: object) -> None:
        assert read(submission(reason)) is None

    @pytest.mark.parametrize(
        ("how", "scope"), [("acknowledge", None), ("x", None), ("dismiss", "match"), ("dismiss", 5)]
    )
    def test_nothing_can_be_chosen_that_is_not_on_offer(self, how: object, scope: object) -> None:
        assert read(submission(how=how, scope=scope)) is None

    @pytest.mark.parametrize(
        "metadata",
        [LONG, "", "x", "[]", "{}", '{"number": true, "place": "C1"}', '{"number": 7, "place": 7}', "[" * 4_000],
    )
    def test_what_it_remembers_is_checked(self, metadata: str) -> None:
        assert read(submission(metadata=metadata)) is None

    def test_another_form_is_no_matter_of_ours(self) -> None:
        other = submission()
        other["payload"]["view"]["callback_id"] = "survey"
        assert read(other) is None


class TestReactions:
    @pytest.mark.parametrize(
        ("name", "asked"), [("white_check_mark", "acknowledge"), ("eyes", "acknowledge"), ("zzz", "snooze_1h")]
    )
    def test_an_emoji_of_the_table_asks(self, name: str, asked: str) -> None:
        found = read(reaction(name))
        assert isinstance(found, Reaction)
        assert (found.asked, found.added, found.place, found.ts) == (asked, True, PLACE, ROOT)
        assert found.key == f"reaction:{PLACE}:{ROOT}:U0ANN:{name}:{WHEN}"

    def test_taking_it_away_is_told_apart(self) -> None:
        found = read(reaction(kind="reaction_removed"))
        assert isinstance(found, Reaction)
        assert not found.added

    @pytest.mark.parametrize("name", ["x", "no_bell", "thumbsup", "eyes::skin-tone-2", "", "👀"])
    def test_any_other_emoji_is_a_mere_emoji(self, name: str) -> None:
        assert read(reaction(name)) is None

    def test_a_reaction_to_a_file_is_none_to_a_message(self) -> None:
        assert read(reaction(item={"type": "file", "file": "F1", "channel": PLACE, "ts": ROOT})) is None

    @pytest.mark.parametrize("kind", ["message", "app_mention", "reaction", "team_join"])
    def test_other_events_ask_for_nothing(self, kind: str) -> None:
        assert read(reaction(kind=kind)) is None


class TestSuspicion:
    @pytest.mark.parametrize("strange", [None, [], "x", 5, {}, {"type": "interactive"}, {"type": 5, "payload": {}}])
    def test_what_is_no_envelope_asks_for_nothing(self, strange: object) -> None:
        assert read(strange) is None

    @pytest.mark.parametrize("kind", ["slash_commands", "hello", "disconnect", "x"])
    def test_envelopes_of_other_kinds_ask_for_nothing(self, kind: str) -> None:
        assert read(button() | {"type": kind}) is None

    @pytest.mark.parametrize("number", range(len(ALL)))
    def test_whatever_is_missing_it_never_raises(self, number: int) -> None:
        for path in _paths(ALL[number]):
            read(_without(ALL[number], path))

    @given(st.sampled_from(range(len(ALL))), st.data(), ANYTHING)
    @settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def test_whatever_stands_in_any_place_it_never_raises(self, number: int, data: st.DataObject, strange: Any) -> None:
        envelope = copy.deepcopy(ALL[number])
        *way, last = data.draw(st.sampled_from(_paths(envelope)))
        _at(envelope, way)[last] = strange
        found = read(envelope)
        if found is not None:
            assert len(found.key) < 200
            assert len(json.dumps([found.user, found.place])) < 80


def _paths(node: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path for key, value in items for path in [(*before, key), *_paths(value, (*before, key))]]


def _at(node: Any, path: Any) -> Any:
    for key in path:
        node = node[key]
    return node


def _without(envelope: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    kept = copy.deepcopy(envelope)
    del _at(kept, path[:-1])[path[-1]]
    return kept
