"""The language that a text is written in, where the library for it is installed."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARY = "py3langid"
CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el "
    "en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu "
    "ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na "
    "nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so "
    "sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
"""Those of ISO 639-1."""
TAG = re.compile(r"([a-z]{2,3})(-[a-z0-9]{2,8})*", re.ASCII)
LEAST, MOST = 20, 2_000
"""Characters: of fewer the library makes anything, and more tell it nothing new."""
_UNSPOKEN = regex.compile(r"https?://\S+|@\w+|[^\p{L}\p{M}\s']+")
_LOADING = Lock()


def is_language(tag: str) -> bool:
    """Whether a tag in lower case begins with a language: two letters that mean one, or any three."""
    match = TAG.fullmatch(tag)
    return match is not None and (len(match[1]) > 2 or match[1] in CODES.split())  # noqa: PLR2004 - the short codes


@cache
def detector() -> Callable[[str], str] | None:
    """What tells the language of a text; `None` without the extra `slamon[text]`."""
    return detect if find_spec(LIBRARY) else None


@lru_cache(maxsize=256)
def detect(text: str) -> str:
    """The two-letter code of the language of `text`; empty for a short one."""
    sample = " ".join(_UNSPOKEN.sub(" ", text[:MOST]).split())
    if len(sample) < LEAST:
        return ""
    with _LOADING:
        classify = _classify()
    return str(classify(sample)[0])


@cache
def _classify() -> Callable[[str], tuple[str, float]]:
    """Half a second of imports and a model, for those whose rules ask for it; loaded by its first call."""
    classify: Callable[[str], tuple[str, float]] = import_module(LIBRARY).classify
    classify("load")
    return classify
