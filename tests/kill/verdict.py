"""The ledger of the pretend Slack against the database: what was lost, what was doubled, what is not true any more."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FINISHED = {"sent", "superseded", "folded", "failed"}


def verdict(url: str, ledger: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong, in words; nothing when all is well."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as tx:
        letters = [row._asdict() for row in tx.execute(text("SELECT * FROM outbox ORDER BY id"))]
        living = [row._asdict() for row in tx.execute(text("SELECT * FROM living"))]
        breached = set(tx.execute(text("SELECT wait FROM timer WHERE status IN ('breached', 'missed')")).scalars())
    engine.dispose()
    return [*_letters(letters, ledger), *_waits(letters, breached), *_living(living, ledger)]


def _letters(letters: Sequence[Mapping[str, Any]], ledger: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    arrived = Counter(message["intent"] for message in ledger)
    for intent, count in arrived.items():
        if count > 1:
            yield f"doubled: {count} messages of {_named(letters, intent)}"
    known = {letter["intent"] for letter in letters}
    yield from (f"a message that nobody meant: {intent}" for intent in arrived if intent not in known)
    for letter in letters:
        name = f"{letter['stage']} of {letter['wait']} for {letter['destination']}"
        if letter["state"] not in FINISHED:
            yield f"unfinished: {name} is {letter['state']} ({letter['reason']})"
        if letter["state"] == "sent" and not arrived[letter["intent"]]:
            yield f"lost: {name} is sent, and not there"
        if letter["state"] != "sent" and arrived.get(letter["intent"] or "-"):
            yield f"told all the same: {name} is {letter['state']}"


def _waits(letters: Sequence[Mapping[str, Any]], breached: set[int]) -> Iterator[str]:
    """Every breach was told by a letter of its own, or by a digest."""
    told = {letter["wait"] for letter in letters if letter["state"] in {"sent", "folded"} and letter["accuses"]}
    yield from (f"lost: nobody heard of the breach of wait {wait}" for wait in sorted(breached - told))
    sent = {-letter["wait"] for letter in letters if letter["state"] == "sent" and letter["wait"] < 0}
    digests = {letter["digest"] for letter in letters if letter["state"] == "folded"}
    twins = {(letter["wait"], letter["stage"], letter["repeat"]) for letter in letters if letter["state"] != "failed"}
    for letter in letters:
        if letter["state"] == "failed" and (letter["wait"], letter["stage"], letter["repeat"]) not in twins:
            yield f"lost: {letter['stage']} of {letter['wait']} was told nowhere ({letter['reason']})"
    yield from (f"lost: digest {digest} was never sent" for digest in sorted(digests - sent))


def _living(living: Sequence[Mapping[str, Any]], ledger: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    there = {(message["channel"], message["ts"]) for message in ledger if not message["deleted"]}
    for one in living:
        if one["wanted_version"] > one["shown_version"]:
            yield f"out of date: the message of {one['wait']} at {one['destination']}"
        if one["ts"] and (one["place"], one["ts"]) not in there:
            yield f"the message of {one['wait']} stands nowhere"


def _named(letters: Sequence[Mapping[str, Any]], intent: str) -> str:
    of = next((letter for letter in letters if letter["intent"] == intent), None)
    return f"{of['stage']} of {of['wait']} for {of['destination']}" if of else f"intent {intent}"
