"""How other processes move the pretend LinkedIn: a JSON call for each verb, and its whole state.

`POST /_range/VERB` with the verb's arguments as a JSON object answers `{"id": …}`; a refused one, 400 with `error`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.sim._linkedin import access
from slamon.sim.server import CONTROL, Answer, PretendServer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.sim._linkedin.things import Comment
    from slamon.sim.linkedin import PretendLinkedIn


def add_control(linkedin: PretendLinkedIn, server: PretendServer) -> None:
    """Add the control API of `linkedin` to its server."""
    verbs: dict[str, Callable[..., Any]] = {
        "page-post": linkedin.page_posts,
        "member-post": linkedin.member_posts,
        "comment": linkedin.customer_comments,
        "reply": linkedin.page_replies,
        "edit": linkedin.edit,
        "delete": linkedin.delete,
        "grant": linkedin.grant,
        "refuse": _known_refusal(linkedin),
    }
    for name, verb in verbs.items():
        _add_verb(server, name, verb)

    @server.route("GET", CONTROL + "state")
    def state(_request: Request) -> Answer:
        with linkedin.lock:
            comments = sorted(linkedin.comments.values(), key=lambda each: int(each.id))
            told = [_row(linkedin, each) for each in comments]
            return Answer.json({"page": linkedin.page, "posts": list(linkedin.posts), "comments": told})


def _add_verb(server: PretendServer, name: str, verb: Callable[..., Any]) -> None:
    @server.route("POST", CONTROL + name)
    def call(request: Request) -> Answer:
        try:
            return Answer.json({"id": verb(**request.json())})
        except (TypeError, ValueError) as error:
            return Answer.json({"error": str(error)}, 400)


def _known_refusal(linkedin: PretendLinkedIn) -> Callable[..., None]:
    def refuse(name: str, calls: int | None = 1, path: str = "/rest/") -> None:
        if name not in access.REFUSALS:
            raise ValueError(f"no refusal {name!r}; known are {sorted(access.REFUSALS)}")
        linkedin.refuse(name, calls, path)

    return refuse


def _row(linkedin: PretendLinkedIn, comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "post": comment.post,
        "parent": comment.parent,
        "author": comment.author,
        "text": comment.text,
        "created_at": comment.created_at,
        "gone": comment.id in linkedin.gone,
    }
