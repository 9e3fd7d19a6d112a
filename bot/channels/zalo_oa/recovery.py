"""Takes in what members wrote while Zalo's events did not reach us: it stands in the chats, and Zalo shows them.

What is found becomes the event that the webhook would have brought, under the same name: whichever of the two comes
first, the other changes nothing. Only what members wrote is recovered. What is older than a day is not answered any more,
only counted: a late answer to a question that has passed helps nobody, and the officers read it in Zalo's own tool
(docs/decisions/followers.md).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import account_jobs
from bot.channels.account_jobs import Job
from bot.channels.contract import Keep
from bot.channels.zalo_oa import history, refusals
from bot.channels.zalo_oa import refusal_table as table
from bot.channels.zalo_oa.errors import Refused
from bot.channels.zalo_oa.history import MOST, Said
from bot.channels.zalo_oa.updates import updates_of
from bot.clock import Clock
from bot.store.database import Database
from bot.store.tables import inbox

log = structlog.get_logger()

ANSWERED = timedelta(hours=24)
"""What is older is not answered any more. Zalo's own repeats end long before (zalo-oa.md 2.1), and `webhook` refuses it, too."""

LONGEST = timedelta(days=6)
"""What is looked at: the inbox still knows everything that came since then (`bot.retention`)."""

_CHAT_PAGES = 300
_PAGES_OF_A_CHAT = 30

# Zalo's words in the history for what its events call otherwise (zalo-oa.md 4.5 and 2.3, 2026-11).
_EVENTS: Mapping[str, str] = {"voice": "audio", "photo": "image", "links": "link"}
_EVENT = "user_send_"
_OTHER = "other"  # Something that she sent, whatever it is: it gets an answer.
_CARD = "business_card"
_KINDS = ("text", "audio", "image", "gif", "link", "sticker", "location", "video", "file", _CARD, _OTHER)
_AT_ONCE = 500


@dataclass(slots=True)
class Place:
    """Where the work is: first it gathers the people of the chats that moved, then it reads each one's chat."""

    since: str = ""  # ISO. What was written before then is not looked at; "": a day back.
    began_at: str = ""
    page: int = 0
    is_second_look: bool = False  # At the chats that moved while the list was read.
    is_listed: bool = False
    waiting: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # "taken_in" and "too_old", for people.


class Recovery:
    """The work of one account. Each `step` reads one page of chats, or one person's chat."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        account_id: int,
        client: history.Asking,
        *,
        app_id: str,
        oa_id: str,
        connected_at: datetime,
        keep: Keep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._account_id = account_id
        self._client = client
        self._app_id = app_id
        self._oa_id = oa_id
        self._connected_at = connected_at
        self._keep = keep

    async def step(self, job: Job) -> bool:
        """False when there is nothing left to do."""
        now = self._clock()
        place = Place(**job.place)
        place.since = place.since or max(now - ANSWERED, self._connected_at).isoformat()
        place.began_at = place.began_at or now.isoformat()
        if not place.is_listed:
            await self._read_chats(place, job)
        elif place.waiting:
            await self._read_chat(place, job)
        else:
            write = log.warning if any(place.counts.values()) else log.info
            write("missed_messages_recovered", account=self._account_id, **place.counts)
            return False
        return True

    async def _read_chats(self, place: Place, job: Job) -> None:
        chats = await history.recent_chats(self._client, offset=place.page * MOST)
        since = datetime.fromisoformat(place.began_at if place.is_second_look else place.since)
        moved = [self._person_of(said) for said in chats if said.at >= since or not said.is_clear]
        place.waiting = list(dict.fromkeys([*place.waiting, *(person for person in moved if person)]))
        place.page += 1
        # The order is as good as promised: the end is where a whole page is older, or empty. A short page is no end.
        is_last = not moved
        if place.page >= _CHAT_PAGES and not is_last:
            log.error("recovery_cut_short", account=self._account_id, chats=place.page * MOST)
            is_last = True
        if is_last:
            place.page = 0
            place.is_listed = place.is_second_look
            place.is_second_look = True
        job.total = len(place.waiting)
        async with self._database.writing() as connection:
            await self._move(connection, place, job)

    async def _read_chat(self, place: Place, job: Job) -> None:
        person = place.waiting.pop(0)
        written = await self._written_by(person, datetime.fromisoformat(place.since))
        now = self._clock()
        async with self._database.writing() as connection:
            missed = await missing(connection, self._account_id, written)
            fresh = [said for said in missed if said.at >= now - ANSWERED]
            updates = [update for said in fresh for update in updates_of(self._event_of(said), now)]
            await self._keep(connection, [(self._account_id, update) for update in updates], now=now)
            _count(place, "taken_in", len(fresh))
            _count(place, "too_old", len(missed) - len(fresh))
            job.done += 1
            await self._move(connection, place, job)

    async def _written_by(self, person: str, since: datetime) -> list[Said]:
        """What she wrote since then, the oldest first."""
        found: dict[str, Said] = {}
        for page in range(_PAGES_OF_A_CHAT):
            told = await self._page(person, page)
            for said in told:
                if not said.is_ours and said.from_id == person and said.message_id and said.at >= since:
                    found[said.message_id] = said
            if all(said.at < since for said in told):
                break
        else:
            log.error("recovery_cut_short", account=self._account_id, messages=len(found))
        oldest_first = list(found.values())[::-1]  # As the chat shows what was said in the same moment.
        return sorted(oldest_first, key=lambda said: said.at)

    async def _page(self, person: str, page: int) -> Sequence[Said]:
        try:
            return await history.conversation(self._client, person, offset=page * MOST)
        except Refused as refused:
            kind = refusals.meaning_of(refused, refusals.Called.TALK).kind
            if kind not in {table.Kind.USER, table.Kind.BUG}:
                raise
            return ()  # Zalo shows nothing of this one person's chat (any more); the others' are read.

    def _person_of(self, said: Said) -> str:
        return said.to_id if said.is_ours or said.from_id == self._oa_id else said.from_id

    def _event_of(self, said: Said) -> dict[str, Any]:
        return event_of(said, app_id=self._app_id, oa_id=self._oa_id)

    async def _move(self, connection: AsyncConnection, place: Place, job: Job) -> None:
        job.place = asdict(place)
        await account_jobs.move(connection, job, self._clock())


async def missing(connection: AsyncConnection, account_id: int, written: Sequence[Said]) -> list[Said]:
    """Those of members' messages that intake has never had, whatever kind of message Zalo's event said they were."""
    names = {f"{_EVENT}{kind}:{said.message_id}": said.message_id for said in written for kind in _KINDS}
    known: set[str] = set()
    for start in range(0, len(names), _AT_ONCE):
        these = sa.select(inbox.c.event_id).where(
            inbox.c.account_id == account_id,
            inbox.c.event_id.in_(list(names)[start : start + _AT_ONCE]),
        )
        known |= {names[event_id] for event_id in await connection.scalars(these)}
    return [said for said in written if said.message_id not in known]


def event_of(said: Said, *, app_id: str, oa_id: str) -> dict[str, Any]:
    """A member's message of the history as the event that the webhook brings of it."""
    kind = _EVENTS.get(said.kind, said.kind).lower()
    kind = kind if kind in _KINDS else _OTHER
    message: dict[str, Any] = {"msg_id": said.message_id}
    if said.text:
        message["text"] = said.text
    if kind != "text":
        message["attachments"] = [{"type": kind, "payload": _payload(kind, said.raw)}]
    return {
        "app_id": app_id,
        "sender": {"id": said.from_id},
        "recipient": {"id": oa_id},
        "event_name": _EVENT + (_CARD if _is_card(kind, said.raw) else kind),
        "message": message,
        "timestamp": str(round(said.at.timestamp() * 1000)),
    }


def _payload(kind: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "location":
        return {"coordinates": raw.get("location", {})}
    named = {"url": "url", "thumb": "thumbnail", "description": "description"}
    return {theirs: raw[ours] for ours, theirs in named.items() if isinstance(raw.get(ours), str)}


def _is_card(kind: str, raw: Mapping[str, Any]) -> bool:
    """Somebody's card is a link whose description is JSON with a number."""
    try:
        card = json.loads(raw["description"]) if kind == "link" else None
    except (KeyError, TypeError, ValueError, RecursionError):
        return False
    return isinstance(card, dict) and "phone" in card


def _count(place: Place, what: str, more: int) -> None:
    place.counts[what] = place.counts.get(what, 0) + more
