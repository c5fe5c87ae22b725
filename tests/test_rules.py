from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin import CALENDARS, FACTS, POLICY, write
from slamon.errors import FaultsError, UsageError
from slamon.hours import parse_window
from slamon.model import DAY, HOUR, MINUTE, Kind, Target
from slamon.rules import ChannelFacts, load_rules
from slamon.sla.calendar import ALWAYS
from slamon.sla.calendars import Weekly
from slamon.sla.policy import DEFAULT_STAGES, HOUR_AROUND_THE_CLOCK, Policy, Stage

if TYPE_CHECKING:
    from pathlib import Path

FULL = ChannelFacts("pretend", frozenset({"author.followers", "author.verified"}), frozenset(Kind))


def load(folder: Path, **files: str) -> Any:
    named = {name.replace("_", "-") + ".yaml": text for name, text in files.items()}
    return load_rules(write(folder, named), {"acme-x": FULL, "acme-y": FULL}, {"desk", "oncall"})


def faults(folder: Path, **files: str) -> list[str]:
    with pytest.raises(FaultsError) as caught:
        load(folder, **files)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def policy(folder: Path, text: str) -> Policy:
    (found,) = load(folder, acme_x=f"policies:\n  - {text}\n", calendars=CALENDARS).of("acme-x").policies
    assert isinstance(found, Policy)
    return found


# ---- which file serves whom


def test_without_a_folder_everybody_is_answered_within_an_hour_around_the_clock(tmp_path: Path) -> None:
    rules = load_rules(tmp_path / "none", {"acme-x": FULL}, ())

    assert rules.of("acme-x") is HOUR_AROUND_THE_CLOCK


def test_a_channels_own_file_comes_before_the_default_one(tmp_path: Path) -> None:
    rules = load(tmp_path, default=POLICY, acme_x=POLICY.replace("everyone", "mine"))

    assert rules.of("acme-x").policies[0].name == "mine"
    assert rules.of("acme-x").source == "acme-x.yaml"
    assert rules.of("acme-y").source == "default.yaml"


def test_other_files_and_folders_beside_the_rules_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "{", ".acme-x.yaml": "{", "acme-x.yaml~": "{", "tests/acme-x.yaml": "{"})

    assert load(tmp_path, default=POLICY).channels == {}


def test_a_file_for_no_channel_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, acme_z=POLICY) == ["acme-z.yaml:1:1: there is no channel `acme-z` (did you mean `acme-y`?)"]


def test_a_file_with_the_other_ending_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, {"acme-x.yml": POLICY})

    assert faults(tmp_path) == ["acme-x.yml:1:1: is not read (name it acme-x.yaml)"]


def test_where_nobody_knows_channels_and_audiences_their_names_are_taken_as_they_stand(tmp_path: Path) -> None:
    text = POLICY + "    stages: [{at: 50%, to: anybody}]\n"
    rules = load_rules(write(tmp_path, {"any.yaml": text}))

    assert rules.of("any").policies[0].stages[0].audience == "anybody"


def test_a_folder_that_cannot_be_listed_is_a_plain_sentence(tmp_path: Path) -> None:
    write(tmp_path, {"rules": "a file"})

    with pytest.raises(UsageError, match="cannot read"):
        load_rules(tmp_path / "rules")


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, acme_x="policies: 1\n", acme_y="{", calendars="calendars: 1\n", default="x: 1\n" + POLICY)

    assert [fault.split(":")[0] for fault in found] == ["acme-x.yaml", "acme-y.yaml", "calendars.yaml", "default.yaml"]


def test_a_calendar_with_a_fault_is_no_unknown_calendar_too(tmp_path: Path) -> None:
    broken = CALENDARS.replace("Europe/Berlin", "Europe/Berln")

    assert len(faults(tmp_path, acme_x=POLICY + "    calendar: support\n", calendars=broken)) == 1


# ---- the version


def test_the_version_names_the_content_and_not_how_it_is_written(tmp_path: Path) -> None:
    plain = load(tmp_path / "a", default=POLICY).version
    flow = load(tmp_path / "b", default="policies: [{first_response: '1h', name: everyone}] # the same\n").version
    other = load(tmp_path / "c", default=POLICY.replace("1h", "2h")).version

    assert plain == flow != other
    assert len(plain) == 12


def test_the_order_of_policies_belongs_to_the_content(tmp_path: Path) -> None:
    one, two = (
        "{name: a, when: {kind: mention}, first_response: 1h}",
        "{name: b, when: {kind: quote}, first_response: 1h}",
    )

    first = load(tmp_path / "a", default=f"policies: [{one}, {two}]").version

    assert first != load(tmp_path / "b", default=f"policies: [{two}, {one}]").version


# ---- targets, stages, settings


def test_a_target_left_out_is_that_of_the_first_response(tmp_path: Path) -> None:
    found = policy(tmp_path, "{name: a, first_response: 90m}")

    assert found.targets == {Target.FIRST_RESPONSE: 90 * MINUTE, Target.NEXT_RESPONSE: 90 * MINUTE}
    assert found.calendar is ALWAYS
    assert found.stages == DEFAULT_STAGES


def test_a_target_may_be_off(tmp_path: Path) -> None:
    found = policy(tmp_path, "{name: a, first_response: 1h, next_response: off}")

    assert found.targets[Target.NEXT_RESPONSE] is None


def test_a_policy_counts_in_its_calendar(tmp_path: Path) -> None:
    calendar = policy(tmp_path, "{name: a, first_response: 24h, calendar: support}").calendar

    assert isinstance(calendar, Weekly)
    assert calendar.windows == tuple((day, 9 * 60, 17 * 60) for day in range(5))


def test_days_are_days_around_the_clock(tmp_path: Path) -> None:
    assert policy(tmp_path, "{name: a, first_response: 2d}").targets[Target.FIRST_RESPONSE] == 2 * DAY


def test_stages_are_shares_or_offsets(tmp_path: Path) -> None:
    stages = policy(
        tmp_path,
        "{name: a, first_response: 1h, stages: [{at: 12.5%, to: desk}, {at: 100%}, {at: +1h30m, broadcast: no}]}",
    ).stages

    assert stages == (
        Stage("12.5%", share=125_000, audience="desk"),
        Stage("100%", share=1_000_000),
        Stage("+1h30m", offset=90 * MINUTE, broadcast=False),
    )


def test_a_policy_may_tell_nobody(tmp_path: Path) -> None:
    assert policy(tmp_path, "{name: a, first_response: 1h, stages: []}").stages == ()


def test_a_channels_settings_stand_above_its_policies(tmp_path: Path) -> None:
    text = """\
lookback: 2d
new_conversation_after: 12h
reposted_within: 0s
abandoned_after: 30d
bystanders: watch
staff: ["@Jane", "1234"]
show_text: none
"""
    rules = load(tmp_path, acme_x=text + POLICY).of("acme-x")

    assert rules == replace(
        HOUR_AROUND_THE_CLOCK,
        source="acme-x.yaml",
        lookback=2 * DAY,
        new_conversation_after=12 * HOUR,
        reposted_within=0,
        abandoned_after=30 * DAY,
        watch_bystanders=True,
        staff=frozenset({"jane", "1234"}),
        show_text="none",
    )


def test_settings_left_out_are_the_built_in_ones(tmp_path: Path) -> None:
    assert load(tmp_path, acme_x=POLICY).of("acme-x") == replace(HOUR_AROUND_THE_CLOCK, source="acme-x.yaml")


def test_a_condition_in_the_default_file_is_good_when_one_of_its_channels_delivers_the_field(tmp_path: Path) -> None:
    text = 'policies: [{name: a, when: {author.followers: "> 5"}, first_response: 1h}]\n'
    write(tmp_path, {"default.yaml": text})

    assert load_rules(tmp_path, {"acme-x": FACTS, "acme-y": FULL}, ()).default.policies
    with pytest.raises(FaultsError, match="not delivered by pretend"):
        load_rules(tmp_path, {"acme-x": FACTS}, ())


def test_the_default_file_may_not_lean_on_a_channel_that_has_a_file_of_its_own(tmp_path: Path) -> None:
    text = 'policies: [{name: a, when: {author.followers: "> 5"}, first_response: 1h}]\n'
    write(tmp_path, {"default.yaml": text, "acme-y.yaml": POLICY})

    with pytest.raises(FaultsError, match="not delivered by pretend"):
        load_rules(tmp_path, {"acme-x": FACTS, "acme-y": FULL}, ())


# ---- calendars


def windows(folder: Path, week: str) -> tuple[tuple[int, int, int], ...]:
    text = f"calendars: {{c: {{timezone: UTC, open: {week}}}}}\n"
    calendar = load(folder, calendars=text, default=POLICY + "    calendar: c\n").default.policies[0].calendar
    assert isinstance(calendar, Weekly)
    return calendar.windows


def test_days_are_names_ranges_and_lists(tmp_path: Path) -> None:
    assert [day for day, _, _ in windows(tmp_path, '{"mon, wed-thu": "08:00-09:00"}')] == [0, 2, 3]


def test_a_range_of_days_may_run_over_sunday(tmp_path: Path) -> None:
    assert [day for day, _, _ in windows(tmp_path, '{sat-mon: "08:00-09:00"}')] == [0, 5, 6]


def test_windows_may_touch(tmp_path: Path) -> None:
    assert windows(tmp_path, '{mon: ["08:00-12:00", "12:00-24:00"]}') == ((0, 480, 720), (0, 720, 1440))


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_a_window_reads_back_as_its_minutes(begin: int, end: int) -> None:
    text = f"{begin // 60:02}:{begin % 60:02} - {end // 60:02}:{end % 60:02}"

    if begin == end:
        with pytest.raises(ValueError, match="is empty"):
            parse_window(text)
    else:
        assert parse_window(text) == (begin, end if begin < end else end + DAY // MINUTE)


# ---- whatever stands there


PIECES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=6)
    | st.sampled_from(["1h", "50%", "+1d", "off", "support", "desk"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "when", "first_response", "stages", "at", "to", "text", "kind", "calendar", "author.followers"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=10,
)
WEEKS = st.dictionaries(
    st.text("monfri-, ", max_size=8), PIECES | st.lists(st.text("0128:-", max_size=11), max_size=3), max_size=3
)


@settings(deadline=None)
@given(
    rules=st.fixed_dictionaries(
        {"policies": st.lists(PIECES, max_size=3)}, optional={"staff": PIECES, "lookback": PIECES}
    ),
    week=WEEKS,
)
def test_whatever_stands_in_the_files_comes_out_as_rules_or_as_faults(
    rules: Any, week: Any, tmp_path_factory: Any
) -> None:
    import yaml  # noqa: PLC0415 - what this one test writes with

    folder = tmp_path_factory.getbasetemp() / "any-rules"
    calendars = {"calendars": {"support": {"timezone": "Europe/Berlin", "open": week}}}
    write(folder, {"acme-x.yaml": yaml.safe_dump(rules), "calendars.yaml": yaml.safe_dump(calendars)})
    with suppress(FaultsError):
        load_rules(folder, {"acme-x": FULL}, {"desk"})
