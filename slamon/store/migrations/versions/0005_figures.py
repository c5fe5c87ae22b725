"""What is counted of a wait, and an index for figures over the last weeks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

QUEUE = ["due_at", "wait", "target", "channel", "policy", "status", "counted"]


def upgrade() -> None:
    """Apply."""
    op.add_column("wait", sa.Column("tallied", sa.Text()))
    op.create_index("wait_started", "wait", ["started_at"])
    op.create_index(
        "timer_queue", "timer", QUEUE, sqlite_where=sa.text("counted = 1"), postgresql_where=sa.text("counted")
    )
    # What was decided before these counts were kept is no news to them: they begin with what comes now.
    op.execute(
        "UPDATE wait SET tallied = CASE WHEN state = 'open' THEN 'open' ELSE 'before' END WHERE rules IS NOT NULL"
    )
