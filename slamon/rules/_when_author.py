"""Conditions on who wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import mistake
from slamon.rules._when_line import Line, chosen, numbers, several
from slamon.sla.conditions import AuthorListed, Followers, HandleIs, NameIs, Verified, name_key

if TYPE_CHECKING:
    from slamon.rules._when_line import Given
    from slamon.sla.subject import Condition

MARKS = ("blue", "business", "government")


def _followers(words: str, value: object, given: Given) -> Condition:
    del given
    return Followers(words, numbers(value))


def _verified(words: str, value: object, given: Given) -> Condition:
    del given
    if isinstance(value, bool) or value in ("yes", "no"):
        return Verified(words, wanted=value in (True, "yes"))
    return Verified(words, marks=chosen(value, MARKS, "mark"))


def _handle(words: str, value: object, given: Given) -> Condition:
    del given
    return HandleIs(words, frozenset(map(_bare, several(value))))


def _name(words: str, value: object, given: Given) -> Condition:
    del given
    return NameIs(words, frozenset(name_key(name.removeprefix("@")) for name in several(value)))


def _list(words: str, value: object, given: Given) -> Condition:
    if not isinstance(value, str) or not value:
        raise mistake("should be the name of a file beside the rules", "write vips.txt")
    try:
        text = given.scope.attached(value).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise mistake(f"{value[:60]} is not UTF-8 text", "save it as UTF-8") from None
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    listed = {name for line in lines if line for name in (line, _bare(line))}
    if not listed:
        raise mistake(f"{value[:60]} names nobody", "write a handle or an id on each line")
    return AuthorListed(words, frozenset(listed))


def _bare(handle: str) -> str:
    return handle.removeprefix("@").lower()


AUTHOR = {
    "author.followers": Line(
        'A number, or a comparison: `">= 10000"`, `"< 5"`; a list must hold altogether: `[">= 100", "< 1000"]`',
        _followers,
        "author.followers",
    ),
    "author.verified": Line(
        "`yes`, `no`, or one or a list of `blue`, `business`, `government`", _verified, "author.verified"
    ),
    "author.handle": Line("A handle, or a list; upper and lower case are the same", _handle),
    "author.name": Line("The whole name that is shown, or a handle; one or a list, in upper or lower case", _name),
    "author.list": Line(
        "A file beside the rules with a handle or an id on each line; `#` begins a remark: `vips.txt`", _list
    ),
}
