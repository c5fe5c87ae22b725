"""The keys of a channel that is a mailbox."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from slamon.connectors import _urls
from slamon.connectors._email.wire import Security
from slamon.connectors.base import Settings
from slamon.fields import Duration, mistake
from slamon.model import SECOND
from slamon.secret import Secret  # noqa: TC001 - pydantic reads the annotations

PORTS = {Security.TLS: 993, Security.STARTTLS: 143, Security.PLAIN: 143}
_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\]{1,64}@[^\s@<>(),;:\"\\]{1,255}")
_HOST = re.compile(r"[A-Za-z0-9._:%-]{1,255}")


def _address(value: object) -> str:
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return value.lower()
    raise mistake("should be a mail address", "write it plain: care@acme.example")


def _plain_text(value: object) -> str:
    if isinstance(value, str) and 0 < len(value) <= 500 and value.isprintable():  # noqa: PLR2004 - names are short
        return value
    raise mistake("should be text of one line")


def _host(value: object) -> str:
    if isinstance(value, str) and _HOST.fullmatch(value):
        return value
    raise mistake("should be the name of a mail server", "write it without a scheme or a port: imap.acme.example")


def _token_url(value: str) -> str:
    try:
        return _urls.base_url(value)
    except ValueError as error:
        raise mistake(str(error)) from None


def _security(value: object) -> Security:
    if value in set(Security):
        return Security(str(value))
    raise mistake("should be `tls`, `starttls` or `plain`")


Address = Annotated[str, BeforeValidator(_address)]
Line = Annotated[str, BeforeValidator(_plain_text)]
Secured = Annotated[Security, BeforeValidator(_security), WithJsonSchema({"enum": [each.value for each in Security]})]


class Credentials(Settings):
    """How the mail server knows us: a password, or OAuth."""

    password: Secret | None = Field(None, description="the mailbox's password, or an app password")
    access_token: Secret | None = Field(None, description="an OAuth access token; alone, it cannot be renewed")
    refresh_token: Secret | None = Field(None, description="an OAuth refresh token: access tokens are got with it")
    client_id: Line | None = Field(None, description="the OAuth app's id")
    client_secret: Secret | None = Field(None, description="the OAuth app's secret, where it has one")
    token_url: Annotated[str, AfterValidator(_token_url)] | None = Field(
        None, description="where access tokens are got: `https://oauth2.googleapis.com/token`"
    )
    scope: Line | None = Field(None, description="the scope to ask for; Microsoft wants it")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        oauth = (self.access_token, self.refresh_token, self.client_id, self.client_secret, self.token_url, self.scope)
        renewable = self.token_url and self.client_id and (self.refresh_token or self.client_secret)
        right = not any(oauth) if self.password else bool(self.access_token or renewable)
        if not right:
            how = "`password`, or `token_url` with `client_id` and `refresh_token` (or `client_secret`)"
            raise mistake("should be one way to sign in", how)
        return self


class EmailSettings(Settings):
    """The keys of a mailbox."""

    account: Address = Field(description="the address that customers write to")
    team: tuple[Address, ...] = Field(
        (), max_length=200, description="further addresses that answer for the brand, or that customers write to"
    )
    host: Annotated[str, BeforeValidator(_host)] = Field(description="the IMAP server")
    port: int | None = Field(None, ge=1, le=65_535, description="its port; by default 993, or 143 without `tls`")
    security: Secured = Field(Security.TLS, description="`tls`, `starttls`, or `plain`, which is for this machine only")
    ca_file: Line | None = Field(
        None, description="certificates to trust instead of the system's: a file, relative to this one"
    )
    user: Line | None = Field(None, description="the name to sign in with; by default `account`")
    credentials: Credentials = Field(description="how the server knows slamon: `password`, or OAuth")
    folders: tuple[Line, ...] = Field(
        ("INBOX",), min_length=1, max_length=20, description="where customers' mail is, also after it was filed"
    )
    sent: tuple[Line, ...] = Field(
        (), max_length=20, description="folders of sent mail; by default those that the server marks as such"
    )
    trusted_authserv: tuple[Line, ...] = Field(
        (), max_length=20, description="the `authserv-id` of your own mail servers, whose DMARC results are believed"
    )
    forms: tuple[Address, ...] = Field(
        (), max_length=200, description="senders, such as contact forms, that write for whom `Reply-To` names"
    )
    helpdesk: tuple[Line, ...] = Field(
        (), max_length=50, description="programs (`X-Mailer`, `User-Agent`) whose mails of yours people wrote"
    )
    visible_after: Duration = Field(
        30 * SECOND, description="how long after it was sent a mail may still be missing from the folders"
    )

    @model_validator(mode="after")
    def _plain_stays_here(self) -> Self:
        if self.security is Security.PLAIN and not _is_loopback(self.host):
            raise mistake("`plain` is for this machine only", "use `tls` or `starttls`")
        return self

    @property
    def ours(self) -> frozenset[str]:
        """Every address of the brand."""
        return frozenset((self.account, *self.team))

    @property
    def login(self) -> str:
        """The name to sign in with."""
        return self.user or self.account

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or PORTS[self.security]


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
