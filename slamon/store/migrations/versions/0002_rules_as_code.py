"""What messages are taken for, how waits ended, rule sets by version, notices that are about no wait."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW: dict[str, dict[str, sa.types.TypeEngine[Any]]] = {
    "message": {
        "rating": sa.Integer(),
        "app": sa.Text(),
        "marks": sa.Text(),
        "hidden_at": sa.BigInteger(),
        "no_reply": sa.Text(),
    },
    "wait": {
        "reason": sa.Text(),
        "acknowledged_at": sa.BigInteger(),
        "holding_at": sa.BigInteger(),
        "followed_up_at": sa.BigInteger(),
        "bot_at": sa.BigInteger(),
        "suspected": sa.Boolean(),
    },
    "outbox": {"text": sa.Text()},
}
"""Nullable, so that a large table is not written anew."""


def upgrade() -> None:
    """Apply."""
    for table, columns in NEW.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind))
    op.create_index(
        "message_no_reply",
        "message",
        ["channel", "created_at"],
        sqlite_where=sa.text("no_reply IS NOT NULL"),
        postgresql_where=sa.text("no_reply IS NOT NULL"),
    )
    op.create_table(
        "ruleset",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
