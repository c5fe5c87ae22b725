"""Which fields X is asked for, and what becomes of a word that a server does not know.

X knows two spellings of the same words, and its description 2.167 lists only the newer one; servers that pretend to be
X know fewer words yet. A word that is refused with 400 is respelled, or else left out, for the rest of the process.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.connectors._answers import Answer
    from slamon.connectors.http import Http

UNKNOWN = "unknown-word"
"""Begins our own code for a 400 that refuses a parameter, or one of its words: both follow it."""
_AUTHOR = ("username", "name", "verified", "verified_type", "public_metrics")
POSTS: Mapping[str, Sequence[str]] = {
    "tweet.fields": (
        "created_at",
        "author_id",
        "conversation_id",
        "in_reply_to_user_id",
        "referenced_tweets",
        "public_metrics",
        "lang",
        "entities",
        "edit_history_tweet_ids",
        "note_tweet",
        "display_text_range",
    ),
    "expansions": ("author_id", "referenced_tweets.id"),
    "user.fields": _AUTHOR,
}
"""Always sent: the spelling of the question decides that of the answer."""
OWN_POSTS: Mapping[str, Sequence[str]] = {**POSTS, "exclude": ("retweets",)}
EVENTS: Mapping[str, Sequence[str]] = {
    "dm_event.fields": ("id", "event_type", "text", "created_at", "dm_conversation_id", "sender_id", "entities"),
    "expansions": ("sender_id",),
    "user.fields": _AUTHOR,
    "event_types": ("MessageCreate",),
}
USERS: Mapping[str, Sequence[str]] = {"user.fields": _AUTHOR}
ASKED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "users": USERS,
    "me": USERS,
    "mentions": POSTS,
    "posts": OWN_POSTS,
    "search": POSTS,
    "lookup": POSTS,
    "messages": EVENTS,
    "conversations": EVENTS,
}
"""By endpoint: what one knows, another may not."""
NEWER: Mapping[str, str] = {
    "tweet.fields": "post.fields",
    "referenced_tweets": "referenced_posts",
    "referenced_tweets.id": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
}
EXPANDED = frozenset({"author_id", "in_reply_to_user_id", "referenced_posts", "edit_history_post_ids", "sender_id"})
"""By the newer description these are no fields, and come with the expansion of that name."""
_NEEDED = frozenset({"tweet.fields", "post.fields", "dm_event.fields"})
"""Without them nobody is known to have written anything at any time: then the refusal stands."""
_PARAMETERS = frozenset(name for words in ASKED.values() for name in words) | {"post.fields"}
_WORDS = frozenset(word for words in ASKED.values() for each in words.values() for word in each) | set(NEWER.values())
_HEAD = 1_000
_NAME = re.compile(r"[A-Za-z_.]+")


class Wording:
    """What one endpoint is asked for. Safe from any thread."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self._words = dict(words)
        self._lock = Lock()
        self.text = _text(self._words)
        """Ready to send."""
        self.refused: list[str] = []

    def give_way(self, code: str, sent: str) -> bool:
        """After a refusal of `sent`: ask for less, or otherwise; :returns: whether that is possible."""
        with self._lock:
            if self.text != sent:
                return True  # another thread has learned of it
            name, _, word = code.removeprefix(UNKNOWN).strip().partition(" ")
            if not self._changed(name, word):
                return False
            self.refused.append(word or name)
            self.text = _text(self._words)
            return self.text != sent

    def _changed(self, name: str, word: str) -> bool:
        words = self._words.get(name)
        if words is None:
            return False
        if word in words:
            newer = NEWER.get(word)
            if newer is None and word in EXPANDED and name != "expansions":
                self._words["expansions"] = list(dict.fromkeys((*self._words.get("expansions", ()), word)))
            left = [newer if each == word else each for each in words]
            return self._replace(name, [each for each in left if each is not None])
        if name in NEWER:
            self._words = {NEWER.get(each, each): _newer(kept) for each, kept in self._words.items()}
            return True
        return self._replace(name, [])

    def _replace(self, name: str, left: Sequence[str]) -> bool:
        if left:
            self._words[name] = left
            return True
        return name not in _NEEDED and self._words.pop(name) is not None


class Asking:
    """Sends a connector's questions, each with the words that its endpoint still knows."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._wordings = {endpoint: Wording(words) for endpoint, words in ASKED.items()}

    def get(self, endpoint: str, address: str) -> Answer:
        """The good answer to `address` with the fields that `endpoint` is asked for.

        :raises PlatformError: as `Http.get`.
        """
        wording = self._wordings[endpoint]
        joint = "&" if "?" in address else "?"
        while True:
            sent = wording.text
            try:
                return self._http.get(endpoint, f"{address}{joint}{sent}" if sent else address)
            except PlatformError as error:
                known = error.verdict is Verdict.BAD_REQUEST and error.code.startswith(UNKNOWN)
                if not known or not wording.give_way(error.code, sent):
                    raise

    def refused(self) -> Sequence[str]:
        """The words that some endpoint did not know."""
        return sorted({word for wording in self._wordings.values() for word in wording.refused})


def unknown_word(document: Mapping[str, Any]) -> str:
    """Our code for the parameter or the word that a refusal does not know, where it names one of ours; else nothing."""
    for name, values in _accused(document):
        if name in _PARAMETERS:
            word = next((value for value in values if isinstance(value, str) and value in _WORDS), "")
            return f"{UNKNOWN} {name} {word}".strip()
    return ""


def _accused(document: Mapping[str, Any]) -> Iterator[tuple[Any, Sequence[Any]]]:
    """Names of parameters, and what of each is refused; out of the words for a person where no parameter is named."""
    errors = document.get("errors")
    listed = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    named = False
    for error in (*listed, document):
        told, parameters = _told(error), error.get("parameters")
        if isinstance(parameters, dict):
            named = True
            for name, values in parameters.items():
                yield name, [*(values if isinstance(values, list) else [values]), *told]
        if isinstance(error.get("parameter"), str):
            named = True
            yield error["parameter"], [error.get("value"), *told]
    for error in () if named else (*listed, document):
        told = _told(error)
        yield from ((name, told) for name in told)


def _told(error: Mapping[str, Any]) -> Sequence[str]:
    """What the words for a person name, before they list what is known."""
    texts = (error.get(key) for key in ("message", "detail"))
    heads = (text.partition(" one of")[0][:_HEAD] for text in texts if isinstance(text, str))
    return [name for head in heads for name in _NAME.findall(head)]


def _newer(words: Sequence[str]) -> Sequence[str]:
    return [NEWER.get(word, word) for word in words]


def _text(words: Mapping[str, Sequence[str]]) -> str:
    return urlencode({name: ",".join(each) for name, each in words.items()}, safe=",")
