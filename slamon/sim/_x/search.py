"""Search queries of the pretend X: read as strictly as X reads them, and held against posts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from slamon.sim._x.query import BadParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.sim._x.network import Network, Post

    Test: TypeAlias = Callable[[Post], bool]

LONGEST = 512
PART = re.compile(r'-?(?:[A-Za-z_]+:)?"[^"]*"|-?\(|\)|-?[^\s()"]+|"')
HELPERS = ("is:", "has:", "lang:")
WORDS = re.compile(r"\w+")


class Query:
    """A query of recent search.

    Known are words, "phrases", #tags, @names, OR, brackets, `-`, and from:, to:, conversation_id:,
    in_reply_to_tweet_id:, quotes_of_tweet_id:, lang:, is:reply, is:quote, is:retweet, is:verified, has:mentions.
    """

    def __init__(self, text: str, network: Network) -> None:
        """Read it.

        :raises BadParameterError: X does not take it.
        """
        self._text = text
        self._network = network
        self._parts = PART.findall(text)
        if not text.strip() or len(text) > LONGEST:
            self._refuse(f"Your query length {len(text)} is not between 1 and {LONGEST}")
        if not any(self._stands_alone(part) for part in self._parts):
            self._refuse("Rules must contain at least one positive, non-stopword clause")
        self._test = self._either()
        if self._parts:
            self._refuse(f"Unexpected `{self._parts[0]}`")

    def finds(self, post: Post) -> bool:
        """Whether a post fits; a retweet never does."""
        return post.reposts is None and self._test(post)

    def _either(self) -> Test:
        choices = [self._all()]
        while self._next() == "OR":
            self._parts.pop(0)
            choices.append(self._all())
        return lambda post: any(choice(post) for choice in choices)

    def _all(self) -> Test:
        tests: list[Test] = []
        while self._next() not in {"", ")", "OR"}:
            tests.append(self._one(self._parts.pop(0)))
        if not tests:
            self._refuse("A clause is missing")
        return lambda post: all(test(post) for test in tests)

    def _one(self, part: str) -> Test:
        if part == "-(":
            self._refuse("Negated groups are not supported")
        if part == "(":
            inner = self._either()
            if self._next() != ")":
                self._refuse("Missing `)`")
            self._parts.pop(0)
            return inner
        if part.startswith("-"):
            test = self._atom(part[1:])
            return lambda post: not test(post)
        return self._atom(part)

    def _atom(self, part: str) -> Test:
        if part.lower() in {"and", "or"} or part in {"", '"'}:
            self._refuse(f"Ambiguous use of {part.lower()} as a keyword")
        name, colon, value = part.lower().partition(":")
        if part.startswith("@"):
            return lambda post: part[1:].lower() in self._named(post)
        if part.startswith("#"):
            return lambda post: part.lower() in re.findall(r"#\w+", post.text.lower())
        if colon and re.fullmatch("[a-z_]+", name):
            return self._operator(name, value.strip('"'))
        words = WORDS.findall(part.lower())
        return lambda post: _within(words, WORDS.findall(post.text.lower()))

    def _operator(self, name: str, value: str) -> Test:
        users = self._network.users
        known: dict[str, Test] = {
            "from": lambda post: users[post.author].username.lower() == value.removeprefix("@"),
            "to": lambda post: (
                users[post.reply_to_user or post.author].username.lower() == value.removeprefix("@")
                and post.reply_to is not None
            ),
            "conversation_id": lambda post: post.conversation == value,
            "in_reply_to_tweet_id": lambda post: post.reply_to == value,
            "quotes_of_tweet_id": lambda post: post.quotes == value,
            "lang": lambda post: post.lang == value,
        }
        switches: dict[str, Test] = {
            "is:reply": lambda post: post.reply_to is not None,
            "is:quote": lambda post: post.quotes is not None,
            "is:retweet": lambda post: post.reposts is not None,
            "is:verified": lambda post: users[post.author].verified_type != "none",
            "has:mentions": lambda post: bool(self._named(post)),
        }
        found = known.get(name) or switches.get(f"{name}:{value}")
        if found is None:
            self._refuse(
                f"Reference to invalid operator '{name}'. Operator is not available in current product or product "
                "packaging."
            )
        return found

    def _named(self, post: Post) -> set[str]:
        return {user.username.lower() for _, _, user in self._network.mentions(post.text)}

    def _next(self) -> str:
        return self._parts[0] if self._parts else ""

    def _stands_alone(self, part: str) -> bool:
        return part not in {"(", ")", "OR"} and not part.startswith("-") and not part.lower().startswith(HELPERS)

    def _refuse(self, why: str) -> NoReturn:
        text = f"There were errors processing your request: {why}"
        raise BadParameterError("query", self._text, text)


def _within(words: list[str], text: list[str]) -> bool:
    """Whether the words stand in the text one behind the other."""
    size = len(words)
    return bool(size) and any(text[at : at + size] == words for at in range(len(text) - size + 1))
