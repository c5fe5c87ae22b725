"""A page → facts and waits, in one transaction. Saving the same page again writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from slamon.model import DAY, ID_CAP, TEXT_CAP, clean, storable
from slamon.sla.fold import FoldSettings, fold
from slamon.sla.marking import LASTING
from slamon.store import orders, rows, sql
from slamon.store.schema import alias, channel, message, quarantine
from slamon.store.tally import Tally
from slamon.store.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.model import Gone, Instant, Message, Reject
    from slamon.sla.fold import Folded
    from slamon.sla.orders import Standing


@dataclass(frozen=True, slots=True)
class Batch:
    """A page as the store takes it; see `connectors.base.Page`."""

    channel: int
    messages: Sequence[Message] = ()
    gone: Sequence[Gone] = ()
    partial: Sequence[str] = ()
    rejects: Sequence[Reject] = ()
    ordered: Mapping[str, Sequence[Standing]] = field(default_factory=dict)
    """The standing orders by which messages of the page wait for nothing, where they are new."""


@dataclass(slots=True)
class Saved:
    """What a page brought."""

    new: int = 0
    changed: int = 0
    known: int = 0
    gone: int = 0
    touched: int = 0
    """Waits that are new or read otherwise now: the evaluator has work."""

    def add(self, other: Saved) -> None:
        """Count what another page brought as well."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class _Plan:
    """What of a page is not stored yet, by thread."""

    new: dict[str, list[Message]] = field(default_factory=dict)
    changed: dict[str, Message] = field(default_factory=dict)
    gone: dict[str, Instant] = field(default_factory=dict)
    threads: set[str] = field(default_factory=set)
    dropped: dict[str, str] = field(default_factory=dict)
    """Of the threads folded anew, the messages that need no reply, with the reason."""
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What a person makes of stored messages: it replaces all marks that they had."""
    saved: Saved = field(default_factory=Saved)


def save(tx: Connection, batch: Batch, settings: FoldSettings, now: Instant) -> Saved:
    """Write what is new or changed in `batch`, and the waits that follow from it."""
    plan = _Plan()
    _sort(tx, batch, plan)
    _mark_gone(tx, batch, plan)
    _set_aside(tx, batch, now)
    if plan.threads or batch.partial:
        _refold(tx, batch, plan, settings, now)
    return plan.saved


def remark(tx: Connection, channel_id: int, said: Sequence[Message], settings: FoldSettings, now: Instant) -> Saved:
    """Stored messages bear other marks by a person's word, which replace all that they had; their threads follow."""
    plan = _Plan(marks={one.id: one.marks for one in said})
    plan.changed = {one.id: one for one in said}
    plan.threads = {one.thread for one in said}
    plan.saved.changed = len(said)
    if said:
        _refold(tx, Batch(channel_id), plan, settings, now)
    return plan.saved


_KNOWN = select(
    message.c.id,
    message.c.text,
    message.c.mentions,
    message.c.flags,
    message.c.in_reply_to,
    message.c.gone_at,
    message.c.created_at,
    message.c.thread,
).where(message.c.channel == bindparam("channel"), message.c.id.in_(bindparam("ids", expanding=True)))

_ALIASES = select(alias.c.alias, alias.c.message).where(
    alias.c.channel == bindparam("channel"), alias.c.alias.in_(bindparam("ids", expanding=True))
)

_THREADS = select(*rows.COLUMNS).where(
    message.c.channel == bindparam("channel"), message.c.thread.in_(bindparam("threads", expanding=True))
)

_ALIASES_OF = select(alias.c.message, alias.c.alias).where(
    alias.c.channel == bindparam("channel"), alias.c.message.in_(bindparam("ids", expanding=True))
)

_WATERMARK = select(channel.c.read_at).where(channel.c.id == bindparam("channel"))

_REWRITTEN = (
    "created_at",
    "text",
    "mentions",
    "carried",
    "opens_with",
    "flags",
    "in_reply_to",
    "gone_at",
    "edited_at",
    "hidden_at",
    "marks",
    "rating",
)
_REWRITE = (
    update(message)
    .where(message.c.channel == bindparam("at_channel"), message.c.id == bindparam("at_id"))
    .values({name: bindparam(name) for name in _REWRITTEN})
)

_DROP = (
    update(message)
    .where(message.c.channel == bindparam("at_channel"), message.c.id == bindparam("at_id"))
    .values(no_reply=bindparam("no_reply"))
)

_ASSIGN = (
    update(message)
    .where(message.c.channel == bindparam("at_channel"), message.c.id == bindparam("at_id"))
    .values(wait=bindparam("wait"))
)


def _sort(tx: Connection, batch: Batch, plan: _Plan) -> None:
    """Tell new from changed from known: one SELECT a page, and a second one where something is new."""
    if not batch.messages:
        return
    messages = _once(batch.messages)
    ids = [said.id for said in messages]
    known = {row.id: row for row in tx.execute(_KNOWN, {"channel": batch.channel, "ids": ids})}
    fresh = [said for said in messages if said.id not in known]
    renamed = _renamed(tx, batch.channel, fresh) if fresh else {}
    if renamed:
        known |= {r.id: r for r in tx.execute(_KNOWN, {"channel": batch.channel, "ids": list(renamed.values())})}
    for said in messages:
        _sort_one(renamed_as(said, renamed.get(said.id)), known, plan)


def _once(messages: Sequence[Message]) -> Sequence[Message]:
    """Each id once: what comes later in a page is an edit of what came before."""
    unique: dict[str, Message] = {}
    for said in messages:
        before = unique.get(said.id)
        unique[said.id] = replace(said, created_at=min(said.created_at, before.created_at)) if before else said
    return list(unique.values()) if len(unique) < len(messages) else messages


def renamed_as(said: Message, canonical: str | None) -> Message:
    """The message under the id it is stored by; its own id becomes one of its aliases."""
    if canonical is None or canonical == said.id:
        return said
    others = tuple(dict.fromkeys((said.id, *said.aliases)))
    return replace(said, id=canonical, aliases=tuple(other for other in others if other != canonical))


def _renamed(tx: Connection, channel_id: int, fresh: Iterable[Message]) -> dict[str, str]:
    """Which unknown ids are further ids of stored messages: id → the id it is stored by."""
    names = {name: said.id for said in fresh for name in (*said.aliases, said.id)}
    found = {names[r.alias]: r.message for r in tx.execute(_ALIASES, {"channel": channel_id, "ids": list(names)})}
    aliased = [name for name, id_ in names.items() if name != id_]
    if aliased:
        stored = tx.execute(_KNOWN, {"channel": channel_id, "ids": aliased})
        found |= {names[row.id]: row.id for row in stored}
    return found


def _sort_one(said: Message, known: dict[str, Any], plan: _Plan) -> None:
    stored = known.get(said.id)
    if stored is None:
        plan.new.setdefault(said.thread, []).append(said)
        plan.threads.add(said.thread)
        plan.saved.new += 1
        return
    if not _differs(said, stored):
        plan.saved.known += 1
        return
    plan.changed[said.id] = said
    plan.threads.add(stored.thread)
    plan.saved.changed += 1


def _differs(said: Message, stored: Any) -> bool:  # noqa: ANN401 - a row of `_KNOWN`
    text = "" if stored.flags & rows.FADED else said.text
    read = (text, said.in_reply_to, said.gone_at, rows.joined(said.mentions))
    bits = rows.flags(said) | (stored.flags & rows.STORED)
    return (
        read != (stored.text, stored.in_reply_to, stored.gone_at, stored.mentions)
        or bits != stored.flags | (rows.ALIASED if said.aliases else 0)
        or said.created_at < stored.created_at
    )


def _mark_gone(tx: Connection, batch: Batch, plan: _Plan) -> None:
    at = {gone.id: gone.at for gone in batch.gone if storable(gone.id)}
    if not at:
        return
    renamed = tx.execute(_ALIASES, {"channel": batch.channel, "ids": list(at)})
    at |= {row.message: at[row.alias] for row in renamed}
    for row in tx.execute(_KNOWN, {"channel": batch.channel, "ids": list(at)}):
        if row.gone_at is None and row.id not in plan.changed:
            plan.gone[row.id] = at[row.id]
            plan.threads.add(row.thread)
            plan.saved.gone += 1


def _set_aside(tx: Connection, batch: Batch, now: Instant) -> None:
    """Quarantine: a bad post is kept with its reason, and its page goes on."""
    if not batch.rejects:
        return
    kept = [
        {
            "channel": batch.channel,
            "id": clean(reject.id, ID_CAP),
            "reason": clean(reject.reason, TEXT_CAP),
            "raw": clean(reject.raw, TEXT_CAP),
            "at": now,
        }
        for reject in batch.rejects
    ]
    fresh = [row for row in kept if tx.execute(sql.insert_once(tx, quarantine), row).rowcount]
    counts = Tally()
    counts.add(batch.channel, "quarantined", len(fresh))
    counts.write(tx)


def _refold(tx: Connection, batch: Batch, plan: _Plan, settings: FoldSettings, now: Instant) -> None:
    """Fold every touched thread anew over all its messages, and write what differs."""
    partial = set(filter(storable, batch.partial))
    threads = sorted(plan.threads | partial)  # so that the same page always gives the same numbers
    stored = tx.execute(_THREADS, {"channel": batch.channel, "threads": threads}).all()
    surfaced = _surfacing(tx, batch.channel, plan, now)
    waits = Waits(tx, batch.channel, now)
    waits.edited = plan.changed.keys() | plan.gone.keys()
    if stored:
        waits.load(threads, {row.id: row.wait for row in stored})
    standing = orders.in_force(tx, batch.ordered) if batch.ordered else {}
    by_thread: dict[str, list[Message]] = {thread: [] for thread in threads}
    aliases = _aliases_of(tx, batch.channel, stored)
    for row in stored:
        said = _merged(rows.from_row(row, aliases.get(row.id, ())), plan, now)
        by_thread[said.thread].append(said)
    counts = Tally()
    for thread, messages in by_thread.items():
        fresh = [_first_seen(surfaced.get(said.id, said), now) for said in plan.new.get(thread, ())]
        fresh = orders.obeyed(fresh, standing) if standing else fresh
        folded = fold([*messages, *fresh], settings)
        waits.fold(thread, folded, partial=thread in partial)
        plan.dropped |= folded.no_reply
        _count(counts, batch.channel, folded, fresh)
        plan.new[thread] = fresh
    waits.write()
    _write_messages(tx, batch, plan, by_thread, waits)
    _write_dropped(tx, batch, plan, stored)
    if standing:
        orders.write(tx, batch.channel, (said for new in plan.new.values() for said in new), standing)
    counts.add(batch.channel, "suspected", waits.suspected)
    counts.write(tx)
    plan.saved.touched = waits.touched


def _first_seen(said: Message, now: Instant) -> Message:
    """A message that was hidden before it was ever read is kept back by a filter, not by a person."""
    return replace(said, filtered=True, hidden_at=now) if said.hidden else said


def _count(counts: Tally, channel_id: int, folded: Folded, fresh: Iterable[Message]) -> None:
    for said in fresh:
        counts.add(channel_id, f"messages:{folded.roles[said.id].value}", 1)
        if reason := folded.no_reply.get(said.id):
            counts.add(channel_id, f"no_reply:{reason}", 1)


def _write_dropped(tx: Connection, batch: Batch, plan: _Plan, stored: Sequence[Any]) -> None:
    """Which stored messages start no wait any more, or do again."""
    moved = [
        {"at_channel": batch.channel, "at_id": row.id, "no_reply": plan.dropped.get(row.id)}
        for row in stored
        if row.no_reply != plan.dropped.get(row.id)
    ]
    if moved:
        tx.execute(_DROP, moved)


def _surfacing(tx: Connection, channel_id: int, plan: _Plan, now: Instant) -> dict[str, Message]:
    """New messages created more than a day before the channel was last read: they surfaced just now."""
    read_at = tx.execute(_WATERMARK, {"channel": channel_id}).scalar()
    if read_at is None:
        return {}
    late = [said for new in plan.new.values() for said in new if said.created_at < read_at - DAY]
    return {said.id: replace(said, surfaced_at=now) for said in late}


def _aliases_of(tx: Connection, channel_id: int, stored: Sequence[Any]) -> dict[str, list[str]]:
    ids = [row.id for row in stored if row.flags & rows.ALIASED]
    found: dict[str, list[str]] = {}
    if ids:
        for row in tx.execute(_ALIASES_OF, {"channel": channel_id, "ids": ids}):
            found.setdefault(row.message, []).append(row.alias)
    return found


def _merged(stored: Message, plan: _Plan, now: Instant) -> Message:
    """A stored message with what the page says of it now; it was created when the earliest says, its thread stays."""
    said = plan.changed.get(stored.id)
    if said is not None:
        merged = replace(
            stored,
            created_at=min(stored.created_at, said.created_at),
            text=stored.text if stored.faded else said.text,
            mentions=said.mentions,
            carried=said.carried,
            opens_with=said.opens_with,
            in_reply_to=said.in_reply_to or stored.in_reply_to,
            automated=said.automated,
            failed=said.failed,
            hidden=said.hidden,
            hidden_at=(stored.hidden_at or now) if said.hidden else None,
            rating=said.rating,
            marks=plan.marks.get(stored.id, said.marks | (stored.marks & LASTING)),
            addressed=said.addressed,
            aliases=tuple(dict.fromkeys((*stored.aliases, *said.aliases))),
            gone_at=said.gone_at,
            edited_at=said.edited_at or (stored.edited_at if said.text == stored.text or stored.faded else now),
        )
        plan.changed[stored.id] = merged
        return merged
    if stored.id in plan.gone:
        return replace(stored, gone_at=plan.gone[stored.id])
    return stored


def _write_messages(
    tx: Connection, batch: Batch, plan: _Plan, by_thread: dict[str, list[Message]], waits: Waits
) -> None:
    fresh = [said for new in plan.new.values() for said in new]
    if fresh:
        dropped, of = plan.dropped, waits.of
        new = [rows.to_row(batch.channel, said, of.get(said.id), dropped.get(said.id)) for said in fresh]
        plain = [row[: rows.PLAIN] for row in new if not any(row[rows.PLAIN :])]
        sql.insert_rows(tx, message, rows.NAMES[: rows.PLAIN], plain)
        if len(plain) < len(new):
            sql.insert_rows(tx, message, rows.NAMES, [row for row in new if any(row[rows.PLAIN :])])
    stored = [said for messages in by_thread.values() for said in messages]
    rewritten = [said for said in stored if said.id in plan.changed or said.id in plan.gone]
    if rewritten:
        tx.execute(_REWRITE, [_rewrite_row(batch.channel, said) for said in rewritten])
    moved = [said.id for said in stored if said.id in waits.moved]
    if moved:
        tx.execute(_ASSIGN, [{"at_channel": batch.channel, "at_id": id_, "wait": waits.of.get(id_)} for id_ in moved])
    names = [
        {"channel": batch.channel, "alias": other, "message": said.id}
        for said in (*fresh, *rewritten)
        for other in said.aliases
    ]
    if names:
        tx.execute(sql.insert_once(tx, alias), names)


def _rewrite_row(channel_id: int, said: Message) -> dict[str, Any]:
    row = dict(zip(rows.NAMES, rows.to_row(channel_id, said, None), strict=True))
    return {"at_channel": channel_id, "at_id": said.id} | {name: row[name] for name in _REWRITTEN}
