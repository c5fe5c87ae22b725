"""Who slamon is to a mail server: its settings, its passwords, its tokens, its permissions and what is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from connector_contract import LOOKBACK, NOON, SECRET, all_messages
from rig_email import ACCOUNT, QUICK, TEAM, EmailRig
from slamon.connectors._email.folders import SENT_NAMES
from slamon.connectors.base import Context
from slamon.connectors.email import SKIPPED, Email
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR, MINUTE
from slamon.sim.server import Answer, PretendServer, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[1].joinpath("docs/connectors/email.md")
KEYS: dict[str, Any] = {
    "account": "Care@Acme.example",
    "host": "imap.acme.example",
    "credentials": {"password": {"env": "PASSWORD"}},
}
OAUTH = {"client_id": "app", "refresh_token": {"env": "REFRESH"}, "token_url": "https://login.example/token"}


def settings(**keys: Any) -> Any:
    environ = {"PASSWORD": "mail-password-0815", "REFRESH": "refresh-0815", "CLIENT": "client-0815"}
    return Email.Settings.model_validate(KEYS | keys, context={"environ": environ})


class TestSettings:
    def test_tls_on_its_port_is_the_default(self) -> None:
        assert settings().address == ("imap.acme.example", 993)
        assert settings(security="starttls").address == ("imap.acme.example", 143)
        assert settings(port=10_993).address == ("imap.acme.example", 10_993)

    def test_addresses_are_the_same_in_upper_and_lower_case(self) -> None:
        given = settings(team=["Anna@ACME.example"])
        assert given.ours == {"care@acme.example", "anna@acme.example"}
        assert given.login == "care@acme.example"

    def test_no_secret_is_ever_shown(self) -> None:
        shown = repr(settings()) + str(settings(credentials=OAUTH))
        assert "0815" not in shown

    @pytest.mark.parametrize(
        "credentials",
        [
            {"password": {"env": "PASSWORD"}},
            {"access_token": {"env": "REFRESH"}},
            OAUTH,
            {
                "client_id": "app",
                "client_secret": {"env": "CLIENT"},
                "token_url": "https://login.example/t",
                "scope": "x",
            },
        ],
        ids=str,
    )
    def test_each_way_to_sign_in_is_taken(self, credentials: dict[str, Any]) -> None:
        assert settings(credentials=credentials)

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "care"},
            {"account": "Care <care@acme.example>"},
            {"account": "a@b@c"},
            {"team": ["anna"]},
            {"team": "anna@acme.example"},
            {"host": "imaps://imap.acme.example"},
            {"host": "imap.acme.example/x"},
            {"port": 0},
            {"port": 65_536},
            {"security": "none"},
            {"security": "plain"},
            {"security": "plain", "host": "localhost.evil.example"},
            {"folders": []},
            {"folders": ["IN\r\nBOX"]},
            {"user": "a\r\nb"},
            {"visible_after": "5"},
            {"tem": []},
            {"credentials": {}},
            {"credentials": {"password": "secret"}},
            {"credentials": {"password": {"env": "PASSWORD"}, "client_id": "app"}},
            {"credentials": {"client_id": "app", "refresh_token": {"env": "REFRESH"}}},
            {"credentials": OAUTH | {"token_url": "http://login.example/token"}},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            settings(**keys)

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.0.1", "::1"])
    def test_plain_text_stays_on_this_machine(self, host: str) -> None:
        assert settings(security="plain", host=host)


class TestIdentity:
    def test_addresses_are_the_ids(self) -> None:
        connector = Email(settings(team=["Anna@acme.example", "care@acme.example"]), Context("a", lambda: 0, LOOKBACK))
        identity = connector.identify()
        connector.close()
        assert (identity.account, identity.handle, identity.team) == (
            "care@acme.example",
            "care@acme.example",
            ("anna@acme.example",),
        )

    def test_channels_of_one_mailbox_share_its_budget_and_no_secret_shows(self) -> None:
        payers = {
            Email(settings(**keys), Context("a", lambda: 0, LOOKBACK)).payer
            for keys in ({}, {"folders": ["Sales"]}, {"user": "other"}, {"host": "imap2.acme.example"})
        }
        assert len(payers) == 3
        assert "0815" not in "".join(payers)


@pytest.fixture
def rig() -> Iterator[EmailRig]:
    with EmailRig() as each:
        yield each


def read(connector: Email) -> int:
    found = all_messages(connector.fetch(connector.identify(), None))
    connector.close()
    return len(found)


class TestPasswords:
    def test_a_server_without_auth_plain_gets_a_login(self, rig: EmailRig) -> None:
        rig.mail.capabilities = ["IMAP4rev1"]
        rig.customer("hello?")
        assert read(rig.connector()) == 1
        assert "LOGIN" in rig.mail.ledger

    @pytest.mark.parametrize("way", ["AUTH=PLAIN", "LITERAL+"])
    def test_any_sign_may_stand_in_a_name_or_a_password(self, rig: EmailRig, way: str) -> None:
        rig.mail.capabilities = ["IMAP4rev1", way]
        rig.mail.user, rig.mail.password = 'ACME\\care "x"', 'a "b" \\ {5} (%*'
        connector = self.connector(rig, rig.mail.password, user=rig.mail.user)
        assert read(connector) == 0

    def test_umlauts_go_by_auth_plain(self, rig: EmailRig) -> None:
        rig.mail.password = "größe"
        assert read(self.connector(rig, "größe")) == 0

    def connector(self, rig: EmailRig, password: str, **keys: Any) -> Email:
        given = {
            "account": ACCOUNT,
            "host": "127.0.0.1",
            "port": rig.mail.port,
            "security": "plain",
            "credentials": {"password": {"env": "P"}},
        }
        found: Any = Email.Settings.model_validate(given | keys, context={"environ": {"P": password}})
        return Email(found, rig.context(), QUICK)


class TokenServer:
    """Where access tokens are got; each one is good for an hour, and refresh tokens rotate."""

    def __init__(self, rig: EmailRig) -> None:
        self.server = PretendServer(rig.clock)
        self.forms: list[dict[str, str]] = []
        self.rig = rig
        self.refresh = "refresh-1"

        @self.server.route("POST", "/v2/token")
        def token(request: Request) -> Answer:
            form = request.form()
            self.forms.append(form)
            if form.get("refresh_token", self.refresh) != self.refresh:
                return Answer.json({"error": "invalid_grant", "error_description": f"no {form['refresh_token']}"}, 400)
            self.refresh = f"refresh-{len(self.forms) + 1}"
            rig.mail.token = f"access-{len(self.forms)}"
            return Answer.json(
                {"access_token": rig.mail.token, "expires_in": 3_600, "refresh_token": self.refresh, "token_type": "x"}
            )

    def credentials(self, **keys: Any) -> dict[str, Any]:
        given = {"client_id": "app", "refresh_token": {"env": "R"}, "token_url": f"{self.server.url}/v2/token"}
        return {name: value for name, value in (given | keys).items() if value is not None}

    def connector(self, context: Context | None = None, **keys: Any) -> Email:
        given = {
            "account": ACCOUNT,
            "team": [TEAM],
            "host": "127.0.0.1",
            "port": self.rig.mail.port,
            "security": "plain",
            "credentials": self.credentials(**keys),
        }
        environ = {"R": "refresh-1", "S": SECRET, "A": "access-0"}
        found: Any = Email.Settings.model_validate(given, context={"environ": environ})
        return Email(found, context or self.rig.context(), QUICK)


@pytest.fixture
def tokens(rig: EmailRig) -> Iterator[TokenServer]:
    each = TokenServer(rig)
    with each.server:
        yield each


class TestTokens:
    def test_an_access_token_is_got_before_the_first_sign_in(self, rig: EmailRig, tokens: TokenServer) -> None:
        rig.customer("hello?")
        assert read(tokens.connector(scope="mail")) == 1
        assert tokens.forms == [
            {"client_id": "app", "grant_type": "refresh_token", "refresh_token": "refresh-1", "scope": "mail"}
        ]

    def test_a_token_that_the_server_refuses_is_renewed_once(self, rig: EmailRig, tokens: TokenServer) -> None:
        rig.customer("hello?")
        assert read(tokens.connector(access_token={"env": "A"})) == 1
        assert len(tokens.forms) == 1

    def test_a_rotated_token_is_used_after_a_restart(self, rig: EmailRig, tokens: TokenServer) -> None:
        context = rig.context()
        assert read(tokens.connector(context)) == 0
        rig.now += HOUR
        assert read(tokens.connector(context)) == 0
        assert [form["refresh_token"] for form in tokens.forms] == ["refresh-1", "refresh-2"]

    def test_an_app_of_its_own_asks_with_its_secret(self, tokens: TokenServer) -> None:
        connector = tokens.connector(refresh_token=None, client_secret={"env": "S"}, scope="x/.default")
        assert read(connector) == 0
        assert tokens.forms == [
            {"client_id": "app", "client_secret": SECRET, "grant_type": "client_credentials", "scope": "x/.default"}
        ]

    def test_a_refused_refresh_says_how_to_get_a_new_one_and_shows_no_token(self, tokens: TokenServer) -> None:
        tokens.refresh = "another-refresh-token"
        connector = tokens.connector()
        with pytest.raises(PlatformError, match="get a new one") as caught:
            list(connector.fetch(connector.identify(), None))
        connector.close()
        assert caught.value.verdict is Verdict.CREDENTIAL
        assert "refresh-1" not in str(caught.value)

    def test_an_access_token_alone_ends(self, tokens: TokenServer) -> None:
        connector = tokens.connector(access_token={"env": "A"}, refresh_token=None, token_url=None, client_id=None)
        with pytest.raises(PlatformError, match="get a new one") as caught:
            list(connector.fetch(connector.identify(), None))
        connector.close()
        assert caught.value.verdict is Verdict.CREDENTIAL

    @pytest.mark.parametrize("document", [[], {}, {"access_token": 5}, {"access_token": ""}, {"access_token": "a\rb"}])
    def test_an_answer_without_a_token_is_a_bad_one(self, tokens: TokenServer, document: Any) -> None:
        setattr(tokens.server, "serve", lambda _request: Answer.json(document))  # noqa: B010 - as in the contract
        connector = tokens.connector()
        with pytest.raises(PlatformError) as caught:
            list(connector.fetch(connector.identify(), None))
        connector.close()
        assert caught.value.verdict is Verdict.BAD_ANSWER

    def test_when_it_ends_is_told(self, tokens: TokenServer) -> None:
        connector = tokens.connector()
        assert connector.expiries() == []
        list(connector.fetch(connector.identify(), None))
        assert [(each.credential, each.at, each.renewed) for each in connector.expiries()] == [
            ("access token", NOON + 60 * MINUTE, True)
        ]
        connector.close()

    def test_every_call_has_a_name_that_is_declared(self, rig: EmailRig, tokens: TokenServer) -> None:
        connector = tokens.connector()
        list(connector.fetch(connector.identify(), None))
        connector.close()
        assert {"token", "login"} <= {call.endpoint for call in rig.calls} <= Email.endpoints


class TestDocs:
    def test_every_reason_to_skip_a_mail_is_named(self) -> None:
        page = PAGE.read_text(encoding="utf-8")
        assert {name for name in SKIPPED if f"`{name}`" not in page} == set()

    def test_the_names_of_sent_folders_are_told(self) -> None:
        page = " ".join(PAGE.read_text(encoding="utf-8").lower().split())
        assert {name for name in SENT_NAMES if name not in page} == set()
