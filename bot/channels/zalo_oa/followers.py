"""Takes over who follows an Official Account: its list by fifty, then each new person's profile.

Zalo shows no more than about ten thousand people of one list, so a longer one is read in slices of days of last
interaction, halved until each is short enough. The oldest days are read first: who writes meanwhile moves to a day that is
still to be read. A follower who never did anything is in no slice of days; of those, the beginning of the whole list is
read, and the others become known by the first thing they do (docs/decisions/followers.md).

The list moves while it is read, by numbers that count from its beginning. A list whose length has changed under our
hands is therefore read once more.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import account_jobs
from bot.channels.account_jobs import Job
from bot.channels.passage import AnswerLost
from bot.channels.zalo_oa import follower_profiles as profiles
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa import refusals
from bot.channels.zalo_oa.errors import Refused
from bot.channels.zalo_oa.history import Asking
from bot.channels.zalo_oa.updates import id_of
from bot.clock import Clock, in_vietnam
from bot.store.database import Database

log = structlog.get_logger()

_PATH = "/v3.0/oa/user/getlist"
_COUNT = 50
_LAST_OFFSET = 9951
_BORDER = 10_000  # People of one list that can be read (zalo-oa.md 4.2, 2026-11).
_FIRST_DAY = date(2012, 1, 1)  # No Official Account is older.

_DAY = "%Y_%m_%d"

_WHOLE = ""  # The list without slicing.
_HEAD = "head"  # As much of it as can be read.


@dataclass(slots=True)
class Place:
    """Where the work is. Slices are `_WHOLE`, `_HEAD` or "first day:last day" as Zalo writes them."""

    follows: bool = True  # First those who follow, then those of our contacts who do not (any more).
    slices: list[str] = field(default_factory=lambda: [_WHOLE])  # Still to be read; the first is being read.
    offset: int = 0
    length: int = -1  # Of the list being read, when we began with it.
    is_second_look: bool = False
    done_before: int = 0  # What was done when we began with it.
    waiting: list[str] = field(default_factory=list)  # People of the page last read, to be asked about.
    are_others: bool = True  # Than those read before.
    refused: str = ""  # Whom Zalo has refused to tell about once, for no known reason.

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Place":
        return cls(**stored)


class Followers:
    """The work of one account. Each `step` is one call to Zalo, and writes down what it brought with where it leaves us."""

    def __init__(
        self, database: Database, clock: Clock, account_id: int, client: Asking, *, mirrors_tags: bool
    ) -> None:
        self._database = database
        self._clock = clock
        self._account_id = account_id
        self._client = client
        self._mirrors_tags = mirrors_tags

    async def step(self, job: Job) -> bool:
        """False when there is nothing left to do."""
        place = Place.of(job.place)
        if place.waiting:
            await self._ask_about(place, job)
        elif place.slices:
            await self._read_page(place, job)
        elif place.follows:
            place.follows, place.slices = False, [_WHOLE]
            await self._read_page(place, job)
        else:
            return False
        return True

    async def _ask_about(self, place: Place, job: Job) -> None:
        user_id, place.waiting = place.waiting[0], place.waiting[1:]
        asked_at = self._clock()
        try:
            profile = await profiles.ask(self._client, user_id)
        except Refused as refused:
            if refusals.meaning_of(refused, refusals.Called.TALK).kind is not table.Kind.TEMP:
                raise
            if place.refused != user_id:  # It may pass: she is asked about once more, later.
                await self._note_refused(user_id, job)
                raise
            log.warning("follower_left_out", account=self._account_id, refused_with=refused.code)
            profile = None
        async with self._database.writing() as connection:
            is_new = profile is not None and await profiles.keep(
                connection,
                self._account_id,
                user_id,
                profile,
                now=asked_at,
                mirrors_tags=self._mirrors_tags,
            )
            job.done += is_new or place.are_others
            await self._move(connection, place, job)

    async def _note_refused(self, user_id: str, job: Job) -> None:
        async with self._database.writing() as connection:
            await self._move(connection, Place.of(job.place | {"refused": user_id}), job)

    async def _read_page(self, place: Place, job: Job) -> None:
        length, user_ids = await self._fetch(place)
        if place.offset == 0:
            _begin(place, job, length)
        async with self._database.writing() as connection:
            if place.offset == 0 and length > _BORDER and (parts := self._parts(place.slices[0])):
                place.slices[:1] = parts
            else:
                await self._take_page(connection, place, job, user_ids)
                _go_on(place, length if user_ids else 0)
            await self._move(connection, place, job)

    async def _take_page(
        self, connection: AsyncConnection, place: Place, job: Job, user_ids: list[str]
    ) -> None:
        await profiles.set_following(connection, self._account_id, user_ids, follows=place.follows)
        if place.follows:
            asked = await profiles.unknown(connection, self._account_id, user_ids, self._clock())
            place.waiting = [user_id for user_id in user_ids if user_id in asked]
            # The beginning of the whole list repeats people of the slices before it.
            place.are_others = place.slices[0] != _HEAD
            job.done += len(user_ids) - len(asked) if place.are_others else 0

    async def _fetch(self, place: Place) -> tuple[int, list[str]]:
        """The length of the list that is being read, and its next fifty people."""
        asked = {"offset": place.offset, "count": _COUNT, "is_follower": "true" if place.follows else "false"}
        if place.slices[0] not in {_WHOLE, _HEAD}:
            asked["last_interaction_period"] = place.slices[0]
        answer = await self._client.get(_PATH, asked)
        listed = answer.get("users") if isinstance(answer, Mapping) else None
        length = id_of(answer.get("total")) if isinstance(answer, Mapping) else ""
        if not isinstance(listed, list) or not length.isdigit():
            raise AnswerLost("this is no list of people")
        ids = [id_of(person.get("user_id")) for person in listed if isinstance(person, Mapping)]
        return int(length), list(dict.fromkeys(user_id for user_id in ids if user_id))

    def _parts(self, part: str) -> list[str]:
        """What to read instead of a list that is too long; nothing where it cannot be cut."""
        if part == _HEAD:
            return []
        if part == _WHOLE:
            return [_days(_FIRST_DAY, in_vietnam(self._clock()).date()), _HEAD]
        first, last = (datetime.strptime(day, _DAY).date() for day in part.split(":"))  # noqa: DTZ007 - days, no moments
        if first == last:
            log.warning("followers_out_of_reach", account=self._account_id, day=str(first))
            return []
        middle = first + (last - first) // 2
        return [_days(first, middle), _days(middle + timedelta(days=1), last)]

    async def _move(self, connection: AsyncConnection, place: Place, job: Job) -> None:
        job.place = asdict(place)
        await account_jobs.move(connection, job, self._clock())


def _begin(place: Place, job: Job, length: int) -> None:
    """Note what we know when we read a list's first page."""
    if place.follows and place.slices[0] == _WHOLE:
        job.total = length
    if place.is_second_look:
        job.done = place.done_before
    place.length, place.done_before = length, job.done


def _go_on(place: Place, length: int) -> None:
    """To the next page; after the last to the next list, or to the same once more."""
    place.offset += _COUNT
    if place.offset < min(length, _LAST_OFFSET):
        return
    place.offset = 0
    place.is_second_look = length != place.length and not place.is_second_look
    if not place.is_second_look:
        place.slices.pop(0)


def _days(first: date, last: date) -> str:
    return f"{first:{_DAY}}:{last:{_DAY}}"
