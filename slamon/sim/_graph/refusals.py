"""How the pretend Graph API says no: Meta's error bodies, with their weak statuses."""

from __future__ import annotations

from typing import Any, TypeAlias

from slamon.sim.server import Answer

Json: TypeAlias = dict[str, Any]

UNKNOWN_OBJECT = (
    "Unsupported get request. Object with ID '{}' does not exist, cannot be loaded due to missing permissions, or does "
    "not support this operation. Please read the Graph API documentation at "
    "https://developers.facebook.com/docs/graph-api"
)
THROTTLES = {"pages": 80001, "messenger": 80006, "instagram": 80002, "app": 4, "page": 32, "user": 17}
"""The error code by the budget that is used up."""
LACKS = 10
"""The code of a missing permission."""
OAUTH, METHOD = "OAuthException", "GraphMethodException"


class GraphError(Exception):
    """A refusal as the Graph API words it."""

    def __init__(
        self, code: int, message: str, *, subcode: int | None = None, status: int = 400, kind: str = OAUTH
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.status = status
        self.kind = kind

    def document(self) -> Json:
        """The body of the answer."""
        error: Json = {"message": str(self), "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.code in {1, 2, 4, 17, 32, 613}:
            error["is_transient"] = True
        return {"error": {**error, "fbtrace_id": "AmFGcW3hwDB7qFbl"}}

    def answer(self, headers: dict[str, str] | None = None) -> Answer:
        """The answer that carries it."""
        return Answer.json(self.document(), self.status, headers)


def unknown_object(node: str) -> GraphError:
    """Missing, deleted or not to be seen: the same words for all three."""
    return GraphError(100, UNKNOWN_OBJECT.format(node), subcode=33, kind=METHOD)


def unknown_field(field: str, kind: str) -> GraphError:
    """A field or edge that a node does not have."""
    return GraphError(100, f"(#100) Tried accessing nonexisting field ({field}) on node type ({kind})")


def bad_parameter(name: str, why: str = "is not known here") -> GraphError:
    """A parameter or a value that is not taken."""
    return GraphError(100, f"(#100) Param {name} {why}")


def lacks(permission: str) -> GraphError:
    """The token lacks a permission."""
    return GraphError(
        LACKS,
        f"(#10) This endpoint requires the '{permission}' permission or the 'Page Public Content Access' feature.",
    )


def throttled(budget: str) -> GraphError:
    """A budget is used up."""
    code = THROTTLES[budget]
    status = 403 if code == THROTTLES["app"] else 400
    return GraphError(code, f"(#{code}) There have been too many calls to this account. Wait a bit.", status=status)


REFUSALS = {
    "expired": GraphError(190, "Error validating access token: Session has expired.", subcode=463),
    "password": GraphError(190, "Error validating access token: the user changed the password.", subcode=460),
    "role_lost": GraphError(190, "Error validating access token: the user must be an admin of the page.", subcode=492),
    "permission": lacks("pages_read_engagement"),
    "gone": unknown_object("0"),
    "throttled": throttled("pages"),
    "app_limit": throttled("app"),
    "user_limit": throttled("user"),
    "bursting": GraphError(613, "(#613) Calls to this api have exceeded the rate limit."),
    "abusive": GraphError(368, "The action attempted has been deemed abusive or is otherwise disallowed"),
    "too_much": GraphError(1, "Please reduce the amount of data you're asking for, then retry", status=500),
    "unknown": GraphError(1, "An unknown error occurred", status=500),
    "down": GraphError(2, "Service temporarily unavailable", status=503),
    "capability": GraphError(3, "(#3) Application does not have the capability to make this API call."),
    "deprecated": GraphError(12, "(#12) singular statuses API is deprecated for versions v2.4 and higher"),
    "proof": GraphError(100, "Invalid appsecret_proof provided in the API argument", kind=METHOD),
}
"""What can be refused on command, by name."""
