"""What all pages for people share: head and foot, who looks at them, what they may load, how they are answered."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from slamon.templating import render
from slamon.web.people.words import line, link, paragraphs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.web.entry.who import Who
    from slamon.web.people.words import Words

PACKAGE = "slamon.web.people"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": POLICY,
    # With `no-referrer`, browsers would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Cookie, Authorization",
}
NOW = "Slamon-Now"
"""The header in which a page says what time it is here, in epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Around the content of a page."""

    words: Words
    assets: Mapping[str, str]
    who: Who | None
    proof: str
    """Goes with each form; empty where nobody is signed in."""
    here: str
    """The path of the page itself, to which a form leads back."""
    door: str
    """Where one signs in; empty where there is nothing to sign in to, or the browser does it by itself."""
    session: bool = False
    """Whether one can sign out."""
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    """Names the forms of this copy of the page: one that is sent twice is carried out once."""

    @property
    def acts(self) -> bool:
        """Whether forms for acting are shown."""
        return self.who is not None and self.who.may_act


def page(
    template: str, frame: Frame, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
) -> HTMLResponse:
    """A page as it is answered."""
    shown = {"frame": frame, "words": frame.words, "line": line, "paragraphs": paragraphs, "link": link, "tag": ""}
    body = render(PACKAGE, template, **shown | values)
    return HTMLResponse(body, status, {**HEADERS, NOW: str(frame.words.now), **(headers or {})})
