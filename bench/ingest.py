"""From a page as X sends it to the commit: new and known posts a second, on one core.

The page goes through the X connector's own reading and the store's own transaction. The baseline is written by hand:
the same JSON, the same three rows a post, one transaction a page, and nothing decided.
"""

from __future__ import annotations

from slamon.connectors import _answers, _x_answers, _x_posts
from bench import pages
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from slamon.model import Message

OURS = frozenset({pages.ACCOUNT})

def mapped(body: bytes) -> list[Message]:
    """The page's posts as messages, by the X connector's own steps."""
    answer = _answers.Answer(_answers.decoded("mentions", body), {}, 200, None)
    page = _x_answers.listing("mentions", answer)
    good, bad = _x_posts.messages(page.posts, _x_posts.around(page.document, OURS))
    assert not bad, bad[0].reason
    return good
