"""Who may act in Slack, what they are called, and how seldom Slack is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slack_parts import TOKEN, Clock
from slamon.notifiers._slack_people import NAME_ROOM, ONLY_MEMBERS, ONLY_NAMED, UNKNOWN, Member, People, Refused
from slamon.notifiers._slack_talk import Talk
from slamon.notifiers.slack import Slack
from slamon.sim.slack import PretendSlack, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    with PretendSlack(
        clock=Clock(), token=TOKEN, users={"lead@acme.example": "U0LEAD"}, groups={"desk": "S0DESK", "void": "S0VOID"}
    ) as server:
        server.members.groups["S0DESK"] = ["U0ANN"]
        yield server


class Hand:
    """A monotonic clock moved by hand."""

    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def people(slack: PretendSlack, may_act: Sequence[str] | None = None, seconds: Hand | None = None) -> People:
    return People(Talk(Slack(TOKEN, slack.api_url, "UTC", timeout=5.0)), may_act, seconds or Hand())


class TestMembers:
    def test_a_full_member_may_act_under_the_name_that_people_see(self, slack: PretendSlack) -> None:
        assert people(slack).who("U0ANN") == Member("U0ANN", "Ann")

    @pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted", "is_stranger"])
    def test_a_guest_may_not(self, slack: PretendSlack, flag: str) -> None:
        slack.members.join("U0EVE", "Eve")
        slack.members.known["U0EVE"][flag] = True
        assert people(slack).who("U0EVE") == Refused(ONLY_MEMBERS)

    def test_somebody_of_another_company_may_not(self, slack: PretendSlack) -> None:
        slack.members.join("U0EVE", "Eve", team="T0OTHER")
        assert people(slack).who("U0EVE") == Refused(ONLY_MEMBERS)

    def test_a_workspace_of_a_larger_organisation_is_ours(self, slack: PretendSlack) -> None:
        slack.members.join("U0EVE", "Eve", team="E0WHOLE")
        slack.members.known["U0EVE"]["enterprise_user"] = {"teams": ["T0OTHER", "T0PRETEND"]}
        assert people(slack).who("U0EVE") == Member("U0EVE", "Eve")

    @pytest.mark.parametrize("flag", ["is_bot", "is_app_user", "deleted"])
    @pytest.mark.parametrize("may_act", [None, ["U0EVE"]])
    def test_a_program_never_may(self, slack: PretendSlack, flag: str, may_act: list[str] | None) -> None:
        slack.members.join("U0EVE", "Eve")
        slack.members.known["U0EVE"][flag] = True
        assert people(slack, may_act).who("U0EVE") == Refused("")

    def test_nor_may_slack_itself(self, slack: PretendSlack) -> None:
        slack.members.join("USLACKBOT", "Slackbot")
        assert people(slack).who("USLACKBOT") == Refused("")

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("Ann\n🟢 Answered", "Ann 🟢 Answered"),
            ("\u202eAnn\u202c", "Ann"),
            ("x" * 500, "x" * NAME_ROOM),
            ("  ", "u0eve"),
            ("", "u0eve"),
        ],
    )
    def test_a_name_is_one_short_line(self, slack: PretendSlack, name: str, shown: str) -> None:
        slack.members.join("U0EVE", name)
        assert people(slack).who("U0EVE") == Member("U0EVE", shown)


class TestNames:
    @pytest.mark.parametrize(
        ("may_act", "who"),
        [(["@desk"], "U0ANN"), (["S0DESK"], "U0ANN"), (["lead@acme.example"], "U0LEAD"), (["U0BEN"], "U0BEN")],
    )
    def test_who_is_named_may_act(self, slack: PretendSlack, may_act: list[str], who: str) -> None:
        assert isinstance(people(slack, may_act).who(who), Member)

    @pytest.mark.parametrize("may_act", [["@desk"], ["lead@acme.example"], ["U0ANN"], ["C0BEN"], []])
    def test_a_full_member_who_is_not_named_may_not(self, slack: PretendSlack, may_act: list[str]) -> None:
        assert people(slack, may_act).who("U0BEN") == Refused(ONLY_NAMED)

    def test_a_guest_who_is_named_may(self, slack: PretendSlack) -> None:
        slack.members.join("U0EVE", "Eve", is_restricted=True)
        assert people(slack, ["U0EVE"]).who("U0EVE") == Member("U0EVE", "Eve")

    @pytest.mark.parametrize("name", ["@nobody", "nobody@acme.example", "S0VOID"])
    def test_a_name_of_nobody_bars_nobody_else(self, slack: PretendSlack, name: str) -> None:
        asked = people(slack, [name, "U0BEN"])
        assert isinstance(asked.who("U0BEN"), Member)
        assert asked.who("U0ANN") in {Refused(ONLY_NAMED), Refused(UNKNOWN)}


class TestTrouble:
    @pytest.mark.parametrize("code", ["internal_error", "ratelimited", "missing_scope", "user_not_found"])
    def test_whom_slack_does_not_name_may_not_act(self, slack: PretendSlack, code: str) -> None:
        slack.faults.add(refuse(code, method="users.info"))
        asked = people(slack)
        assert asked.who("U0ANN") == Refused(UNKNOWN)
        assert asked.who("U0ANN") == Member("U0ANN", "Ann")  # and trouble is not remembered

    @pytest.mark.parametrize("method", ["usergroups.list", "usergroups.users.list"])
    def test_a_group_that_cannot_be_read_lets_nobody_in(self, slack: PretendSlack, method: str) -> None:
        slack.faults.add(refuse("missing_scope", method=method))
        asked = people(slack, ["@desk"])
        assert asked.who("U0ANN") == Refused(UNKNOWN)
        assert isinstance(asked.who("U0ANN"), Member)

    def test_but_does_not_bar_who_is_named_otherwise(self, slack: PretendSlack) -> None:
        slack.faults.add(refuse("missing_scope", method="usergroups.list", calls=None))
        assert isinstance(people(slack, ["@desk", "U0BEN"]).who("U0BEN"), Member)


class TestThrift:
    def test_slack_is_asked_once_in_five_minutes(self, slack: PretendSlack) -> None:
        clock = Hand()
        asked = people(slack, ["@desk"], clock)
        for _ in range(3):
            asked.who("U0ANN")
        assert [slack.calls(name) for name in ("users.info", "usergroups.list", "usergroups.users.list")] == [1, 1, 1]
        clock.seconds += 299
        asked.who("U0ANN")
        assert slack.calls("users.info") == 1
        clock.seconds += 2
        slack.members.groups["S0DESK"] = []
        assert asked.who("U0ANN") == Refused(ONLY_NAMED)
