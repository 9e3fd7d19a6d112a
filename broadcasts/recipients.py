"""The people of a run by name, with what became of each and what she did with it: for officers of the members' own unit.

Lists are cut into pages by the key of the row where one ends, and nothing is counted further than anybody reads: a page of a
run of a million is as quick as one of a hundred. Who was erased since is in no list.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import name_search
from bot.people.viewers import Viewer, in_sight
from bot.store import pages
from bot.store.database import Database
from bot.store.pages import Order, Page, Place
from bot.store.tables import accounts, deliveries, interactions, members, responses, runs, units
from bot.store.tables.broadcasts import DeliveryState
from broadcasts import posts as posts_of_runs

PAGE_SIZE = 50
MOST_COUNTED = 1000
_CHUNK = 1000

Row = sa.Row[*tuple[Any, ...]]
_BY_NAME = Order((members.c.name_sort, members.c.id), members.c.id)
_IN_ORDER = Order((deliveries.c.id,), deliveries.c.id)


class Did(StrEnum):
    """What somebody did with it."""

    ANSWERED = "answered"
    REPLIED = "replied"
    CLICKED = "clicked"


class Reads(StrEnum):
    """What somebody reads of a sending that was put right or taken back."""

    NEW = "new"  # As it was changed last; of one that was taken back: nothing any more.
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Which:
    """All of a run's people, or fewer."""

    state: DeliveryState | None = None
    code: str = ""
    did: Did | None = None
    answer: int | None = None
    variant: int | None = None
    reads: Reads | None = None
    words: str = ""  # Of the name, whole words.


@dataclass(frozen=True, slots=True)
class Count:
    """So many, or more than that."""

    number: int
    is_more: bool


async def page(
    connection: AsyncConnection, run_id: int, viewer: Viewer, which: Which, place: Place
) -> Page[Row]:
    """One page in the Vietnamese order of names; `id` is the member's, `delivery_id` the delivery's."""
    conditions = _conditions(run_id, viewer, which, connection.dialect.name)
    # Who they are first, then what is said of them: else a database that sorts carries all of it along.
    narrow = sa.select(members.c.id).select_from(_FROM).where(*conditions)
    found = await pages.fetch(connection, narrow, _BY_NAME, place, size=PAGE_SIZE)
    ids = [row.id for row in found.rows]
    hers = sa.and_(deliveries.c.run_id == run_id, deliveries.c.member_id.in_(ids))
    rows = await connection.execute(_select(members.c.id.label("id")).where(hers))
    known = {row.id: row for row in rows}
    return Page([known[member_id] for member_id in ids], found.before, found.after)


async def count(connection: AsyncConnection, run_id: int, viewer: Viewer, which: Which) -> Count:
    """How many there are, counted up to a thousand."""
    conditions = _conditions(run_id, viewer, which, connection.dialect.name)
    some = sa.select(deliveries.c.id).select_from(_FROM).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    number = await connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return Count(min(number, MOST_COUNTED), number > MOST_COUNTED)


async def states(connection: AsyncConnection, run_id: int) -> dict[DeliveryState, Count]:
    """What has become of people at all, each counted up to a thousand: exact figures are `progress`'s, and cost more."""
    some = [
        sa.select(
            sa.select(deliveries.c.state)
            .where(deliveries.c.run_id == run_id, deliveries.c.state == state)
            .limit(MOST_COUNTED + 1)
            .subquery()
        )
        for state in DeliveryState
    ]
    either = sa.union_all(*some).subquery()
    counted = sa.select(either.c.state, sa.func.count().label("people")).group_by(either.c.state)
    posted = (await posts_of_runs.tally(connection, [run_id])).get(run_id, Counter[DeliveryState]())
    found = {
        row.state: Count(min(row.people - posted[row.state], MOST_COUNTED), row.people > MOST_COUNTED)
        for row in await connection.execute(counted)
    }
    return {state: people for state, people in found.items() if people.number}


async def chunks(database: Database, run_id: int, viewer: Viewer) -> AsyncIterator[Sequence[Row]]:
    """All of them piece by piece, so that neither memory nor a transaction grows with the run."""
    async with database.reading() as connection:
        ends = sa.select(sa.func.min(deliveries.c.id), sa.func.max(deliveries.c.id))
        first, last = (await connection.execute(ends.where(deliveries.c.run_id == run_id))).one()
    if first is None:
        return
    # By their numbers, from the run's first to its last: looked up by the run, a database would sort all of it for each piece.
    in_run = sa.and_(deliveries.c.id.between(first, last), deliveries.c.run_id + 0 == run_id)
    query = _select(deliveries.c.id.label("id")).where(in_run, in_sight(viewer, members.c.unit_id))
    place: Place | None = Place()
    while place:
        async with database.reading() as connection:
            found = await pages.fetch(connection, query, _IN_ORDER, place, size=_CHUNK)
        yield found.rows
        place = Place(after=found.after) if found.after else None


async def posts(connection: AsyncConnection, run_id: int) -> Sequence[Row]:
    """What went to nobody by name: posts in groups, and to all followers of an account; with how often their links were opened."""
    found = await connection.execute(
        sa.select(
            deliveries,
            accounts.c.channel,
            accounts.c.name.label("account_name"),
            sa.func.coalesce(responses.c.clicks, 0).label("clicks"),
        )
        .join(accounts, accounts.c.id == deliveries.c.account_id)
        .outerjoin(responses, responses.c.delivery_id == deliveries.c.id)
        .where(deliveries.c.run_id == run_id, posts_of_runs.IS_POST)
        .order_by(deliveries.c.id)
    )
    return found.all()


_MAY_BE_NAMED = members.c.allows_name_to_cadres
"""Whether it stands beside her name that she wrote, and what: the log shows her words, and at which minute, without a name to who
has not let cadres know hers, and the two must not be put together.
"""

_FROM = deliveries.join(members, members.c.id == deliveries.c.member_id).outerjoin(
    responses, responses.c.delivery_id == deliveries.c.id
)


def _select(row_id: sa.Label[int]) -> sa.Select[*tuple[Any, ...]]:
    may_be_read = sa.and_(_MAY_BE_NAMED, ~interactions.c.is_sensitive)
    return (
        sa.select(
            row_id,
            deliveries.c.id.label("delivery_id"),
            deliveries.c.member_id,
            members.c.full_name,
            sa.func.coalesce(units.c.name, "").label("unit_name"),
            members.c.unit_id,
            accounts.c.channel,
            deliveries.c.route,
            deliveries.c.state,
            deliveries.c.code,
            deliveries.c.attempts,
            deliveries.c.uncertain_sends,
            deliveries.c.sent_at,
            deliveries.c.variant,
            responses.c.answer,
            responses.c.answered_at,
            sa.case((_MAY_BE_NAMED, responses.c.replied_at)).label("replied_at"),
            responses.c.clicked_at,
            responses.c.clicks,
            sa.case((may_be_read, interactions.c.text)).label("reply"),
            sa.case((may_be_read, interactions.c.question_id)).label("question_id"),
        )
        .select_from(_FROM)
        .outerjoin(units, units.c.id == members.c.unit_id)
        .join(accounts, accounts.c.id == deliveries.c.account_id)
        .outerjoin(interactions, interactions.c.id == responses.c.interaction_id)
    )


def _conditions(run_id: int, viewer: Viewer, which: Which, dialect_name: str) -> list[sa.ColumnElement[bool]]:
    conditions = [deliveries.c.run_id == run_id, in_sight(viewer, members.c.unit_id)]
    if which.state is not None:
        conditions.append(deliveries.c.state == which.state)
    if which.code:
        conditions.append(deliveries.c.code == which.code)
    if which.variant is not None:
        conditions.append(deliveries.c.variant == which.variant)
    if which.reads is not None:
        newest = sa.select(runs.c.revision).where(runs.c.id == run_id).scalar_subquery()
        is_new = deliveries.c.revision == newest
        conditions += [
            deliveries.c.state == DeliveryState.SENT,
            is_new if which.reads is Reads.NEW else ~is_new,
        ]
    if which.did is not None or which.answer is not None:
        conditions.append(responses.c.run_id == run_id)  # It has an index; most people do nothing.
    match which.did:
        case Did.ANSWERED:
            conditions.append(responses.c.answer.is_not(None))
        case Did.REPLIED:
            conditions += [responses.c.replied_at.is_not(None), _MAY_BE_NAMED]
        case Did.CLICKED:
            conditions.append(responses.c.clicked_at.is_not(None))
    if which.answer is not None:
        conditions.append(responses.c.answer == which.answer)
    if which.words:
        conditions.append(name_search.has_words(which.words, dialect_name))
    return conditions
