"""The tables: one schema for SQLite and PostgreSQL. Instants are epoch milliseconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text, text

metadata = MetaData()

FRESH = 0
"""`next_at` of a wait nobody looked at yet: behind every stage that is due, before every one that is not."""


Id = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite's rowid itself where it is the primary key: no second tree to keep."""


def _partial(name: str, *columns: str, where: str, sqlite: str = "") -> Index:
    """An index over the few rows that are still to be looked at.

    SQLite takes it only for a query that repeats the condition word for word, without parameters: `sqlite` says it
    as SQLAlchemy writes it there.
    """
    return Index(name, *columns, sqlite_where=text(sqlite or where), postgresql_where=text(where))


meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

serial = Table(
    "serial",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next", BigInteger, nullable=False),
)

channel = Table(
    "channel",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("platform", Text, nullable=False),
    Column("account", Text),
    Column("identity", Text),
    Column("cursor", Text),
    Column("read_at", BigInteger),
    Column("history_before", BigInteger),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("channel", Integer, nullable=False),
    Column("thread", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Index("conversation_key", "channel", "thread", "customer", unique=True),
)

message = Table(
    "message",
    metadata,
    Column("channel", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("in_reply_to", Text),
    Column("in_reply_to_author", Text),
    Column("quotes_author", Text),
    Column("author", Text, nullable=False),
    Column("handle", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("followers", BigInteger),
    Column("verified", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("role", Text),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("mentions", Text, nullable=False),
    Column("carried", Text, nullable=False),
    Column("opens_with", Text),
    Column("language", Text, nullable=False),
    Column("reach", BigInteger),
    Column("permalink", Text, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("edited_at", BigInteger),
    Column("gone_at", BigInteger),
    Column("surfaced_at", BigInteger),
    Column("wait", BigInteger),
    Column("rating", Integer),
    Column("app", Text),
    Column("marks", Text),
    Column("hidden_at", BigInteger),
    Column("no_reply", Text),
    PrimaryKeyConstraint("channel", "id"),
    Index("message_thread", "channel", "thread"),
    _partial("message_no_reply", "channel", "created_at", where="no_reply IS NOT NULL"),
)

alias = Table(
    "alias",
    metadata,
    Column("channel", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Column("message", Text, nullable=False),
    PrimaryKeyConstraint("channel", "alias"),
    Index("alias_message", "channel", "message"),
    sqlite_with_rowid=False,
)

wait = Table(
    "wait",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("conversation", BigInteger, nullable=False),
    Column("channel", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("last_message_at", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    Column("answered_by", Text),
    Column("cancelled_at", BigInteger),
    Column("merged_into", BigInteger),
    Column("policy", Text),
    Column("rules", Text),
    Column("checked_at", BigInteger),
    Column("asked_at", BigInteger),
    Column("matched", Integer),
    Column("partial", Boolean, nullable=False),
    Column("next_at", BigInteger),
    Column("revision", Integer, nullable=False),
    Column("reason", Text),
    Column("acknowledged_at", BigInteger),
    Column("holding_at", BigInteger),
    Column("followed_up_at", BigInteger),
    Column("bot_at", BigInteger),
    Column("suspected", Boolean),
    Column("tallied", Text),
    Index("wait_conversation", "conversation"),
    Index("wait_started", "started_at"),
    _partial("wait_next", "next_at", where="next_at IS NOT NULL"),
    _partial("wait_open", "channel", "started_at", where="state = 'open'"),
    _partial("wait_asked", "channel", "asked_at", where="asked_at IS NOT NULL"),
)
"""`tallied`: as what it was counted in running totals: `open` once it is received, then the outcome it first had."""

QUEUE = ("due_at", "wait", "target", "channel", "policy", "status", "counted")
"""The open queue in its order, with all that it is filtered by: a filter that few waits pass reads no row for the
others. SQLite asks even for `counted`, which the index's condition has settled.
"""

timer = Table(
    "timer",
    metadata,
    Column("wait", BigInteger, nullable=False),
    Column("target", Text, nullable=False),
    Column("channel", Integer, nullable=False),
    Column("policy", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("answered_at", BigInteger),
    Column("elapsed", BigInteger),
    Column("status", Text, nullable=False),
    Column("settled", Text),
    Column("stage", Text, nullable=False),
    Column("told", Integer, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("history", Boolean, nullable=False),
    Column("counted", Boolean, nullable=False),
    PrimaryKeyConstraint("wait", "target"),
    _partial(
        "timer_unsettled",
        "channel",
        "due_at",
        where="counted AND settled IS NULL AND NOT history",
        sqlite="counted = 1 AND settled IS NULL AND history = 0",
    ),
    _partial("timer_open", "channel", "due_at", where="counted", sqlite="counted = 1"),
    _partial("timer_queue", *QUEUE, where="counted", sqlite="counted = 1"),
    sqlite_with_rowid=False,
)
"""`counted`: it stands in the gauges, that is, it is open, and its wait is not abandoned."""

tally = Table(
    "tally",
    metadata,
    Column("channel", Integer, nullable=False),
    Column("policy", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("n", BigInteger, nullable=False),
    PrimaryKeyConstraint("channel", "policy", "target", "name"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("wait", BigInteger, nullable=False),
    Column("target", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("destination", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("mention", Text, nullable=False),
    Column("broadcast", Boolean, nullable=False),
    Column("accuses", Boolean, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("reached_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("intent", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("tried_at", BigInteger),
    Column("not_before", BigInteger, nullable=False),
    Column("since", BigInteger),
    Column("looks", Integer, nullable=False),
    Column("sent_at", BigInteger),
    Column("text", Text),
    Column("digest", BigInteger),
    Column("exempt", Boolean),
    Index("outbox_once", "wait", "target", "stage", "episode", "repeat", "destination", unique=True),
    Index("outbox_recent", "reached_at"),
    _partial("outbox_unfinished", "id", where="state IN ('pending', 'held', 'sending', 'unknown')"),
    _partial("outbox_digest", "digest", where="digest IS NOT NULL"),
)
"""A row of wait 0 is a notice, which is about no wait: `text` is what it says. One of a wait below 0 speaks for the
digest of that number. `digest` is the one that the row was folded into; `exempt` never is.
"""

ruleset = Table(
    "ruleset",
    metadata,
    Column("version", Text, primary_key=True),
    Column("files", Text, nullable=False),
    Column("loaded_at", BigInteger, nullable=False),
)
"""Rule sets that were in force, as JSON of their files by name."""

living = Table(
    "living",
    metadata,
    Column("wait", BigInteger, nullable=False),
    Column("destination", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("ts", Text, nullable=False),
    Column("wanted_version", Integer, nullable=False),
    Column("shown_version", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("fresh_sent", Integer, nullable=False),
    Column("leader", BigInteger),
    PrimaryKeyConstraint("wait", "destination"),
    _partial("living_stale", "wait", where="wanted_version > shown_version"),
    _partial("living_leader", "leader", where="leader IS NOT NULL"),
    Index("living_place", "place", "ts"),
)
"""`wait` below 0: the message of a digest. `leader`: the wait whose message this one shares."""

digest = Table(
    "digest",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("channel", Text),
    Column("opened_at", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("closed_at", BigInteger),
    Column("spoken_at", BigInteger, nullable=False),
    Column("spoken", Integer, nullable=False),
    Column("said", Text),
    _partial("digest_open", "destination", where="closed_at IS NULL"),
)
"""One message about many waits. `spoken` is how many it had when it last spoke aloud; `said` what it says for good,
where that does not follow from the store any more.
"""

action = Table(
    "action",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("verb", Text, nullable=False),
    Column("wait", BigInteger),
    Column("channel", Integer),
    Column("scope", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("by", Text, nullable=False),
    Column("by_id", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("undone_at", BigInteger),
    Column("undone_by", Text),
    Index("action_wait", "wait"),
    _partial("action_standing", "channel", where="scope <> 'wait' AND undone_at IS NULL"),
)
"""What a person did about a wait (or a digest, below 0). `key` makes a click that arrives twice one action. Any `scope`
but `wait` is a standing order for messages to come, until `until`.
"""

dropped = Table(
    "dropped",
    metadata,
    Column("action", BigInteger, nullable=False),
    Column("channel", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("wait", BigInteger),
    PrimaryKeyConstraint("action", "message"),
    Index("dropped_message", "channel", "message"),
    _partial("dropped_wait", "wait", where="wait IS NOT NULL"),
    sqlite_with_rowid=False,
)
"""The messages that wait for nothing by an action, and the waits that they belonged to when it was taken."""

pacing = Table(
    "pacing",
    metadata,
    Column("key", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Pauses that a receiver asked for, by destination: a restart does not shorten them."""

relay = Table(
    "relay",
    metadata,
    Column("letter", BigInteger, nullable=False),
    Column("route", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("said", Text),
    PrimaryKeyConstraint("letter", "route"),
    _partial("relay_unfinished", "route", where="state <> 'done'"),
)
"""Letters on a second route, while the first one is unusable. `said`: what has to be said again in the same words."""

place = Table(
    "place",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("id", Text, nullable=False),
)

secret = Table(
    "secret",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Tokens that platforms rotate, and budgets counted by us; what is configured stands in the configuration alone."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("channel", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("channel", "id"),
)
