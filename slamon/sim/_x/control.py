"""How other processes move the pretend X: a JSON call for each verb, its whole state, and a page for people.

`POST /_range/VERB` with the verb's arguments as a JSON object answers `{"id": …}`; a refused one, 400 with `error`.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import repeat
from typing import TYPE_CHECKING, Any

from slamon.model import SECOND
from slamon.sim._x import access
from slamon.sim.server import CONTROL, Answer, PretendServer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.sim._x.dms import Event
    from slamon.sim._x.network import Post
    from slamon.sim.x import PretendX

SHOWN_POSTS = 200
READABLE = {"refresh": "2", "x-content-type-options": "nosniff"}


def add_control(x: PretendX, server: PretendServer) -> None:
    """Add the control API of `x` to its server."""
    verbs: dict[str, Callable[..., Any]] = {
        "post": x.customer_posts,
        "reply": x.brand_replies,
        "edit": x.edit,
        "delete": x.delete,
        "retweet": x.retweet,
        "quote": x.quote,
        "protect": x.protect,
        "message": x.customer_messages,
        "answer_message": x.brand_messages,
        "delete_message": x.delete_message,
        "sign_in": lambda **asked: asdict(x.sign_in(**asked)),
        "refuse": _known_refusal(x),
        "user": lambda handle, **facts: x.user(handle, **facts).id,
    }
    for name, verb in verbs.items():
        _add_verb(server, name, verb)

    @server.route("GET", CONTROL + "state")
    def state(_request: Request) -> Answer:
        with x.lock:
            posts, messages = map(_row, repeat(x), _by_id(x)), map(_message_row, repeat(x), x.events.values())
            return Answer.json({"brand": x.brand.id, "posts": list(posts), "messages": list(messages)})

    @server.route("GET", "/")
    def page(_request: Request) -> Answer:
        with x.lock:
            lines = [_line(x, post) for post in _by_id(x)[: -SHOWN_POSTS - 1 : -1]]
        text = f"The pretend X, newest post first. {len(lines)} shown.\n\n" + "\n".join(lines) + "\n"
        answer = Answer.text(text)
        return Answer(200, answer.body, {**answer.headers, **READABLE})


def _add_verb(server: PretendServer, name: str, verb: Callable[..., Any]) -> None:
    @server.route("POST", CONTROL + name)
    def call(request: Request) -> Answer:
        try:
            return Answer.json({"id": verb(**request.json())})
        except (TypeError, ValueError) as error:
            return Answer.json({"error": str(error)}, 400)


def _known_refusal(x: PretendX) -> Callable[..., None]:
    def refuse(name: str, calls: int | None = 1, path: str = "/2/") -> None:
        if name not in access.REFUSALS:
            raise ValueError(f"no refusal {name!r}; known are {sorted(access.REFUSALS)}")
        x.refuse(name, calls, path)

    return refuse


def _by_id(x: PretendX) -> list[Post]:
    return sorted(x.posts.values(), key=lambda post: int(post.id))


def _row(x: PretendX, post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "first": x.first(post.id),
        "author": x.users[post.author].username,
        "text": post.text,
        "created_at": post.created_at,
        "conversation": post.conversation,
        "reply_to": post.reply_to,
        "gone": post.id in x.gone,
    }


def _message_row(x: PretendX, event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "author": x.users[event.sender].username if event.sender else "",
        "text": event.text,
        "created_at": event.created_at,
        "conversation": event.conversation,
    }


def _line(x: PretendX, post: Post) -> str:
    at = datetime.fromtimestamp(post.created_at / SECOND, UTC).strftime("%H:%M:%S")
    notes = [
        "deleted" if post.id in x.gone else "",
        "edited" if x.first(post.id) != post.id else "",
        f"reply to {post.reply_to}" if post.reply_to else "",
    ]
    told = ", ".join(note for note in notes if note)
    text = " ".join(post.text.split())
    return f"{at} UTC  {post.id}  @{x.users[post.author].username}: {text}{f'  ({told})' if told else ''}"
