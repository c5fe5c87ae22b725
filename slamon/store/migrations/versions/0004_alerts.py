"""Digests, what people did, pauses that were asked for, second routes; letters that are held or folded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column("outbox", sa.Column("digest", sa.BigInteger()))
    op.add_column("outbox", sa.Column("exempt", sa.Boolean()))
    op.add_column("living", sa.Column("leader", sa.BigInteger()))
    op.drop_index("outbox_unfinished", "outbox")
    _partial("outbox_unfinished", "outbox", "id", "state IN ('pending', 'held', 'sending', 'unknown')")
    op.create_index("outbox_recent", "outbox", ["reached_at"])
    _partial("outbox_digest", "outbox", "digest", "digest IS NOT NULL")
    _partial("living_leader", "living", "leader", "leader IS NOT NULL")
    op.create_index("living_place", "living", ["place", "ts"])
    _digests()
    _actions()
    _roads()


def _digests() -> None:
    op.create_table(
        "digest",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("spoken_at", sa.BigInteger(), nullable=False),
        sa.Column("spoken", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    _partial("digest_open", "digest", "destination", "closed_at IS NULL")


def _actions() -> None:
    op.create_table(
        "action",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("wait", sa.BigInteger()),
        sa.Column("channel", sa.Integer()),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.BigInteger()),
        sa.Column("undone_by", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("action_wait", "action", ["wait"])
    _partial("action_standing", "action", "channel", "scope <> 'wait' AND undone_at IS NULL")
    op.create_table(
        "dropped",
        sa.Column("action", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("wait", sa.BigInteger()),
        sa.PrimaryKeyConstraint("action", "message"),
        sqlite_with_rowid=False,
    )
    op.create_index("dropped_message", "dropped", ["channel", "message"])
    _partial("dropped_wait", "dropped", "wait", "wait IS NOT NULL")


def _roads() -> None:
    op.create_table(
        "pacing",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "relay",
        sa.Column("letter", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said", sa.Text()),
        sa.PrimaryKeyConstraint("letter", "route"),
    )
    _partial("relay_unfinished", "relay", "route", "state <> 'done'")


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
