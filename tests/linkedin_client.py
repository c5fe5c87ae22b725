"""Asking the pretend LinkedIn, as LinkedIn wants to be asked; and the shapes of its answers, written out by hand.

The shapes are those of LinkedIn's documentation and of public fixtures, field by field; no description that a machine
could read is published for this API.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

if TYPE_CHECKING:
    from slamon.sim.linkedin import PretendLinkedIn

NOON = 1_795_348_800_000
PAGE = "urn:li:organization:96072893"
NUMBER, PERSON, URN = r"[0-9]{19}", r"urn:li:person:\w+", r"urn:li:\w+:[\w-]+"
SHARE, ACTIVITY = rf"urn:li:share:{NUMBER}", rf"urn:li:activity:{NUMBER}"
COMMENT = rf"urn:li:comment:\({ACTIVITY},{NUMBER}\)"
EITHER_COMMENT = rf"urn:li:comment:\((?:urn:li:)?activity:{NUMBER},{NUMBER}\)"

# Shapes: a pattern for texts, a type for numbers, a list for lists of one shape; `?` marks what may be missing.
STAMP = {"actor": URN, "time": int, "impersonator?": PERSON}
PAGING = {"start": int, "count": int, "total?": int, "links": [{"rel": "next", "href": r"/rest/.+", "type": r".+"}]}
MENTION = {"start": int, "length": int, "value": {"com.linkedin.common.MemberAttributedEntity": {"member": PERSON}}}
ONE_COMMENT: dict[str, Any] = {
    "id": NUMBER,
    "commentUrn?": COMMENT,
    "$URN?": COMMENT,
    "actor": URN,
    "agent?": PERSON,
    "object": ACTIVITY,
    "parentComment?": COMMENT,
    "message": {"text": ".*", "attributes": [MENTION]},
    "created": STAMP,
    "lastModified": STAMP,
    "likesSummary": {
        "aggregatedTotalLikes": int,
        "likedByCurrentUser": bool,
        "selectedLikes": [".*"],
        "totalLikes": int,
    },
    "commentsSummary?": {
        "aggregatedTotalComments": int,
        "selectedComments": [COMMENT],
        "totalFirstLevelComments": int,
    },
}
DECORATED = {"entity": SHARE, "owner": URN, "text": ".*", "mediaCategory": "NONE"}
NOTIFICATION = {
    "notificationId": int,
    "organizationalEntity": PAGE,
    "action": "COMMENT|ADMIN_COMMENT|SHARE_MENTION|COMMENT_EDIT|COMMENT_DELETE",
    "sourcePost?": rf"{ACTIVITY}|{SHARE}",
    "subscriber": PERSON,
    "lastModifiedAt": int,
    "generatedActivity?": rf"{EITHER_COMMENT}|{SHARE}",
    "decoratedSourcePost?": DECORATED,
    "decoratedGeneratedActivity?": {
        "comment?": {"entity": COMMENT, "owner": URN, "object": ACTIVITY, "text": ".*"},
        "share?": DECORATED,
    },
}
ONE_POST = {
    "id": SHARE,
    "author": URN,
    "commentary": ".*",
    "createdAt": int,
    "publishedAt": int,
    "lastModifiedAt": int,
    "lifecycleState": "PUBLISHED",
    "visibility": "PUBLIC",
    "isReshareDisabledByAuthor": bool,
    "distribution": {"feedDistribution": ".*", "targetEntities": [".*"], "thirdPartyDistributionChannels": [".*"]},
}
ROLE = {
    "role": "[A-Z_]+",
    "organization?": URN,
    "organizationTarget?": URN,
    "organizationalTarget?": URN,
    "roleAssignee": PERSON,
    "state": "APPROVED",
}
ORGANIZATION = {
    "id": int,
    "localizedName": ".+",
    "vanityName": ".+",
    "name": {"localized": {"en_US": ".+"}, "preferredLocale": {"country": "US", "language": "en"}},
    "primaryOrganizationType": "NONE",
}
REFUSAL = {"status": int, "serviceErrorCode?": int, "code?": "[A-Z_]+", "message": ".+"}
TOKEN = {
    "access_token": ".+",
    "expires_in": int,
    "refresh_token": ".+",
    "refresh_token_expires_in": int,
    "scope": ".+",
}


def pages_of(shape: Any) -> dict[str, Any]:
    return {"paging": PAGING, "elements": [shape]}


def strangers(shape: Any, value: Any, path: str = "") -> list[str]:
    """Everything in `value` that the shape does not know, as sentences."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no object"]
        known = {name.removesuffix("?"): part for name, part in shape.items()}
        needed = {name for name in shape if not name.endswith("?")}
        found = [f"{path}.{name} is unknown" for name in value.keys() - known.keys()]
        found += [f"{path}.{name} is missing" for name in needed - value.keys()]
        return found + [
            each
            for name in value.keys() & known.keys()
            for each in strangers(known[name], value[name], f"{path}.{name}")
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no list"]
        return [each for item in value for each in strangers(shape[0], item, f"{path}[]")]
    if isinstance(shape, str):
        good = isinstance(value, str) and re.fullmatch(shape, value, re.DOTALL)
        return [] if good else [f"{path}: {value!r} does not match {shape}"]
    return [] if type(value) is shape else [f"{path}: {value!r} is no {shape.__name__}"]


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Client:
    """Asks as LinkedIn wants to be asked, with `headers` changed."""

    def __init__(self, linkedin: PretendLinkedIn) -> None:
        self.linkedin = linkedin
        self.session = requests.Session()
        self.headers: dict[str, str | None] = {
            "Authorization": f"Bearer {linkedin.token}",
            "LinkedIn-Version": "202607",
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def ask(self, path: str, **headers: str | None) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in {**self.headers, **named}.items() if value is not None}
        return self.session.get(self.linkedin.url + path, headers=sent, timeout=5)

    def get(self, path: str) -> Any:
        answer = self.ask(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, path: str) -> list[str]:
        return [element["id"] for element in self.get(path)["elements"]]

    def notices(self, actions: str = "COMMENT,ADMIN_COMMENT", span: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(notifications(actions, span))["elements"]
        return found

    def token(self, path: str, **form: str) -> requests.Response:
        return self.session.post(f"{self.linkedin.url}/oauth/v2/{path}", data=form, timeout=5)


def urn(text: str) -> str:
    return quote(text, safe="")


def notifications(actions: str = "COMMENT", span: str = "", more: str = "") -> str:
    within = f"&timeRange={span}" if span else ""
    return (
        f"/rest/organizationalEntityNotifications?q=criteria&organizationalEntity={urn(PAGE)}"
        f"&actions=List({actions}){within}&count=100{more}"
    )


def comments(of: str, more: str = "") -> str:
    return f"/rest/socialActions/{urn(of)}/comments{more}"
