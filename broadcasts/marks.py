"""What each of some people has had of other announcements, and is still to get before one that is looked at: put together by the
database, as words that are alike where the caps mean the same.

What they mean for her, `releases` says.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bot.store.tables import deliveries, members
from bot.store.tables.broadcasts import DeliveryState
from broadcasts import caps, hours, rivals
from broadcasts.caps import Turn
from broadcasts.codes import CAPPED
from broadcasts.people import chosen
from broadcasts.policy import Policy
from broadcasts.rivals import Rival
from broadcasts.routes import Asked
from broadcasts.trial import NEVER

_SLICE = timedelta(minutes=10)
FEW = 1000  # So many at most: the others' audiences are looked for among them, not the other way round.
_INSTANT = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HAD, _BEGINS = "h", "m"
_BETWEEN = "/"  # The parts of a mark.
_NOTHING = sa.literal("").label("mark")
_NO_ACCOUNT = sa.cast(sa.null(), deliveries.c.account_id.type).label("account_id")
# Who waits for the better of two texts waits for a moment that is not written down.
_IS_TO_COME = sa.and_(
    deliveries.c.state == DeliveryState.PLANNED,
    deliveries.c.next_at < sa.literal(NEVER, deliveries.c.next_at.type),
)

People = sa.Select[Any]
"""(member_id, account_id, mark): some people, each once."""


@dataclass(frozen=True, slots=True)
class Alike:
    """So many people who are reached through one account, and for whom the caps mean the same."""

    account_id: int
    people: int
    had: tuple[datetime, ...] = ()
    others: tuple[Turn, ...] = ()  # What may go to them before.
    begins: datetime | None = None  # Not before that moment, whatever the caps say.


def of_audience(asked: Asked, now: datetime) -> People:
    """Everybody whom an announcement reaches. Its segments must have been looked up."""
    whom = chosen(asked, now=now).subquery("reached").c
    return sa.select(whom.member_id, whom.account_id, _NOTHING)


def of_run(run_id: int, now: datetime) -> People:
    """Everybody whom a run is still to be sent to."""
    # What the caps keep is asked of them anew: others may have come between.
    waits = sa.and_(
        deliveries.c.next_at > sa.literal(now, deliveries.c.next_at.type), deliveries.c.code != CAPPED
    )
    mark = sa.case((waits, _mark(sa.literal(_BEGINS), slice_of(deliveries.c.next_at))), else_="").label(
        "mark"
    )
    return sa.select(deliveries.c.member_id, deliveries.c.account_id, mark).where(
        deliveries.c.run_id == run_id, deliveries.c.member_id.is_not(None), _IS_TO_COME
    )


@dataclass(frozen=True, slots=True)
class Marked:
    """Some people with their marks."""

    people: sa.Subquery  # (account_id, marks, member_id); of who is none of them, no account.
    reader: "_Reader"

    async def alike(self, connection: AsyncConnection) -> list[tuple[Alike, list[str]]]:
        """Those who are alike put together, each with everything that `marks` is of them."""
        key = (self.people.c.account_id, self.people.c.marks)
        rows = await connection.execute(
            sa.select(*key, sa.func.count().label("people")).where(self.is_one).group_by(*key)
        )
        # The databases put marks together in any order: the same ones in another order are the same.
        counted: Counter[tuple[int, tuple[str, ...]]] = Counter()
        written: dict[tuple[int, tuple[str, ...]], list[str]] = {}
        for row in rows:
            alike = row.account_id, tuple(sorted(row.marks.split()))
            counted[alike] += row.people
            written.setdefault(alike, []).append(row.marks)
        return [
            (Alike(alike[0], people, *self.reader.read(alike[1])), written[alike])
            for alike, people in counted.items()
        ]

    @property
    def is_one(self) -> sa.ColumnElement[bool]:
        return self.people.c.account_id.is_not(None)


async def look(
    connection: AsyncConnection, people: People, mine: Turn, policy: Policy, *, number: int, now: datetime
) -> Marked | None:
    """What so many people have had and what may go to them before `mine`; None where nothing can stand in its way."""
    if not (policy.most_per_day or policy.most_per_week):
        return None
    counted, others = await rivals.find(connection, mine, policy, now=now)
    if not counted and not others:
        return None
    marked = _marked(people.cte("people"), counted, others, now, is_small=number <= FEW)
    return Marked(marked, _Reader(others, policy))


class _Reader:
    """Reads the marks that the database has put together."""

    def __init__(self, others: Sequence[Rival], policy: Policy) -> None:
        self._turns = {rival.mark: rival.turns for rival in others}
        self._policy = policy

    def read(self, marks: Iterable[str]) -> tuple[tuple[datetime, ...], tuple[Turn, ...], datetime | None]:
        had: list[datetime] = []
        others: list[Turn] = []
        begins: datetime | None = None
        for mark in marks:
            name, number, days = mark.split(_BETWEEN)
            at = _EPOCH + int(number) * _SLICE
            # The end of the slice: of the same day, and nobody is promised too early.
            end = at + _SLICE - _INSTANT
            if name == _HAD:
                had.append(end)
            elif name == _BEGINS:
                begins = end
            else:
                others += [self._later(turn, at, int(days)) for turn in self._turns[name]]
        return tuple(had), tuple(others), begins

    def _later(self, turn: Turn, at: datetime, days: int) -> Turn:
        at = max(turn.at, at)
        for _ in range(days):
            at = hours.next_morning(at, policy=self._policy)
        return replace(turn, at=at)


def _marked(
    audience: sa.CTE, counted: Sequence[int], others: Sequence[Rival], now: datetime, *, is_small: bool
) -> sa.Subquery:
    """(account_id, marks, member_id) of everybody in the audience, and of others with no account.

    Nothing is joined to an audience but by an index: how many an audience is no database can guess, and where it takes them
    for a few, each would be looked for among all.
    """
    going = [one.run_id for one in others if one.run_id is not None and one.per_day is None]
    parts = [sa.select(audience.c.member_id, audience.c.account_id, audience.c.mark)]
    if counted:
        parts.append(_of_runs(audience, counted, going, now - caps.WEEK))
    for one in others:
        if one.asked:
            # Who gets it on which day depends on everybody who gets it.
            within = (
                [members.c.id.in_(sa.select(audience.c.member_id))]
                if is_small and one.per_day is None
                else []
            )
            parts.append(_of_audience(one, one.asked, within, now))
        elif one.per_day is not None:
            parts.append(_day_by_day(one))
    marks = sa.union_all(*parts).subquery("marks")
    return (
        sa.select(
            sa.func.max(marks.c.account_id).label("account_id"),
            sa.func.aggregate_strings(marks.c.mark, " ").label("marks"),
            marks.c.member_id,
        )
        .group_by(marks.c.member_id)
        .subquery("marked")
    )


def _of_runs(
    audience: sa.CTE, counted: Sequence[int], going: Sequence[int], since: datetime
) -> sa.Select[Any]:
    """What she has had of these runs, and what of those that are going she is still to get."""
    mark = sa.case(
        (_IS_TO_COME, _mark(_named("r", deliveries.c.run_id), slice_of(deliveries.c.next_at))),
        else_=_mark(sa.literal(_HAD), slice_of(caps.HAD_AT)),
    )
    return (
        sa.select(audience.c.member_id, _NO_ACCOUNT, mark.label("mark"))
        .join(deliveries, deliveries.c.member_id == audience.c.member_id)
        .where(
            deliveries.c.run_id.in_(counted),
            sa.or_(
                sa.and_(deliveries.c.state.in_(caps.HAD), since < caps.HAD_AT),
                sa.and_(_IS_TO_COME, deliveries.c.run_id.in_(going)),
            ),
        )
    )


def _day_by_day(rival: Rival) -> sa.Select[Any]:
    """Who is still to get a run that goes to so many a day, in the order in which they are claimed."""
    days = _days(rival, (deliveries.c.next_at, deliveries.c.id))
    mark = _mark(sa.literal(rival.mark), slice_of(deliveries.c.next_at), days)
    return sa.select(deliveries.c.member_id, _NO_ACCOUNT, mark).where(
        deliveries.c.run_id == rival.run_id, _IS_TO_COME
    )


def _of_audience(
    rival: Rival, asked: Asked, within: Sequence[sa.ColumnElement[bool]], now: datetime
) -> sa.Select[Any]:
    """Who, of the members `within`, will get what is not written down yet."""
    whom = chosen(asked, *within, now=now).subquery()
    mark = _mark(sa.literal(rival.mark), sa.literal(0), _days(rival, (whom.c.member_id,)))
    return sa.select(whom.c.member_id, _NO_ACCOUNT, mark)


def _days(rival: Rival, order: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[int]:
    """After how many days it comes to her where it goes to so many a day."""
    if rival.per_day is None:
        return sa.literal(0)
    return (sa.func.row_number().over(order_by=order) - 1 + rival.used) // rival.per_day


def _mark(
    name: sa.ColumnElement[str], number: sa.ColumnElement[int], days: sa.ColumnElement[int] | None = None
) -> sa.ColumnElement[str]:
    since = sa.literal(0) if days is None else days
    text = name + _BETWEEN + sa.cast(number, sa.String) + _BETWEEN + sa.cast(since, sa.String)
    return text.label("mark")


def _named(letter: str, number: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    return sa.literal(letter) + sa.cast(number, sa.String)


class slice_of(sa.sql.functions.GenericFunction[int]):  # noqa: N801 - SQL functions are written in lower case
    """The number of a moment's `_SLICE` since 1970."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(slice_of, "sqlite")
def _sqlite_slice(element: slice_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"(CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER) / 600)"


@compiles(slice_of, "postgresql")
def _postgresql_slice(element: slice_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)}) / 600) AS BIGINT)"
