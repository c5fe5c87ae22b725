"""The few statements whose form depends on the database, and the one that inserts many rows."""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select, Table


@cache
def _insert_once(dialect: str, table: Table) -> Any:  # noqa: ANN401 - two dialects' Insert classes share no base
    build = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return build(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def insert_once(tx: Connection, table: Table) -> Any:  # noqa: ANN401 - as above
    """INSERT that leaves a row that is there as it is; its `rowcount` says how many were not there."""
    return _insert_once(tx.dialect.name, table)


@cache
def _insert_or(dialect: str, table: Table, change: str, columns: tuple[str, ...]) -> Any:  # noqa: ANN401 - as above
    build: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = build(table)
    given = {name: statement.excluded[name] for name in columns}
    changed = {name: table.c[name] + value for name, value in given.items()} if change == "add" else given
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changed)


def insert_or_add(tx: Connection, table: Table, *columns: str) -> Any:  # noqa: ANN401 - as above
    """INSERT that adds `columns` onto a row that is there."""
    return _insert_or(tx.dialect.name, table, "add", columns)


def insert_or_replace(tx: Connection, table: Table, *columns: str) -> Any:  # noqa: ANN401 - as above
    """INSERT that overwrites `columns` of a row that is there."""
    return _insert_or(tx.dialect.name, table, "set", columns)


ROWS = 20
"""Rows an INSERT: each statement gives the interpreter away once, and has to get it back from whoever computes."""


@cache
def _plain_insert(paramstyle: str, table: Table, names: tuple[str, ...], rows: int) -> str:
    row = ", ".join(["?" if paramstyle == "qmark" else "%s"] * len(names))
    columns = ", ".join(f'"{table.c[name].name}"' for name in names)
    values = ", ".join([f"({row})"] * rows)
    return f'INSERT INTO "{table.name}" ({columns}) VALUES {values}'  # noqa: S608 - our own names


def insert_rows(tx: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """INSERT many rows, each with the values of the columns `names` in that order.

    Past SQLAlchemy's handling of every row's names and types, which takes longer than SQLite's insertion.
    """
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        statement = _plain_insert(tx.dialect.paramstyle, table, names, len(some))
        tx.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


def firsts(chosen: Select[Any], of: Any, by: Any, most: int) -> Select[Any]:  # noqa: ANN401 - columns of any table
    """Of what is chosen, the first of each group `of`, at most so many, in the order `by`."""
    nth = func.row_number().over(partition_by=of, order_by=by).label("nth")
    numbered = chosen.add_columns(nth).subquery()
    return select(numbered).where(numbered.c.nth <= most).order_by(numbered.c[by.name])
