"""What every kill test has: a Union on a real database, Telegram in another process, and the service as a process to kill."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.answers import Rung, choose
from bot.answers.book import AnswerBook, filled
from bot.channels.contract import Outgoing
from bot.clock import utc_now
from bot.store.database import Database
from bot.store.tables import contacts, deliveries, inbox, outbox, runs
from bot.store.tables.broadcasts import DeliveryState, OnUncertain, RunState
from bot.store.tables.messages import InboxState, OutboxState
from tests import crowd
from tests.crowd import Crowd
from tests.emulators.telegram.remote import RemoteTelegram, RemoteUser
from tests.service import ServiceProcess

_LOOK_S = 0.02
_PATIENCE_S = 90.0  # A busy machine; what is waited for comes much sooner on an idle one.
_FIRST_ASKER = 1_000_000_001


@dataclass
class Asker:
    """A member with her phone; `answers` is what she should get for all she has asked, in order."""

    user: RemoteUser
    answers: list[str] = field(default_factory=list)


class Scene:
    def __init__(self, database: Database, bot_api: RemoteTelegram, people: Crowd, folder: Path) -> None:
        self.database = database
        self.bot_api = bot_api
        self.people = people
        self._folder = folder
        self._settings = {
            "CHIHOI_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            "CHIHOI_TELEGRAM_TOKEN": crowd.TOKEN,
            "CHIHOI_TELEGRAM_BASE_URL": bot_api.base_url,
            "CHIHOI_TELEGRAM_FILE_BASE_URL": bot_api.file_base_url,
            "CHIHOI_TELEGRAM_PER_SECOND": "150",
            # Short, so that what a dead process had claimed is soon looked after.
            "CHIHOI_SEND_LEASE_S": "3",
            "CHIHOI_TELEGRAM_SEND_TIMEOUT_S": "2.5",
        }
        self._questions: list[tuple[str, str]] = []

    def service(self) -> AbstractAsyncContextManager[ServiceProcess]:
        """The service; it is there, but may still be starting."""
        return ServiceProcess.starting(self._settings, self._folder)

    # What people do

    async def announce(self, on_uncertain: OnUncertain) -> None:
        await crowd.announce(self.database, self.people, utc_now(), on_uncertain=on_uncertain)

    async def askers(self, count: int) -> list[Asker]:
        self._questions = await certain_questions(self.database)
        return [Asker(await self.bot_api.user(id=_FIRST_ASKER + i)) for i in range(count)]

    async def all_ask(self, askers: Sequence[Asker]) -> None:
        """Each asks something else than the last time."""
        for asker in askers:
            question, answer = self._questions[len(asker.answers) % len(self._questions)]
            asker.answers.append(answer)
            await asker.user.says(question)

    # What is waited for

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Looks until it holds: what a process of its own does shows in the database or at Telegram only."""
        async with asyncio.timeout(_PATIENCE_S):
            try:
                while not await holds():
                    await asyncio.sleep(_LOOK_S)
            except asyncio.CancelledError as exc:
                exc.add_note(f"waited for: {what}")
                raise

    async def deliveries_are_taken(self, count: int) -> None:
        """Waits until so many deliveries of the run have been taken up, whatever became of them."""
        taken = deliveries.c.state != DeliveryState.PLANNED

        async def are() -> bool:
            async with self.database.reading() as connection:
                found = sa.select(sa.func.count()).select_from(deliveries).where(taken)
                return int(await connection.scalar(found) or 0) >= count

        await self.until(are, f"{count} deliveries taken up")

    async def all_is_done(self) -> None:
        """Waits until nothing is left to handle, to answer or to send, and Telegram has nothing left for us."""
        await self.bot_api.updates_taken(_PATIENCE_S)

        async def done() -> bool:
            return not (
                await self.unhandled() or await self._exists(outbox, _OPEN_REPLY) or await self._runs()
            )

        await self.until(done, "all handled, answered and sent")

    async def some_are_unhandled(self) -> None:
        """Waits until updates are kept that nobody has handled yet."""

        async def are() -> bool:
            return await self.unhandled() > 0

        await self.until(are, "updates taken in")

    async def unhandled(self) -> int:
        """How many updates are kept and not yet handled."""
        async with self.database.reading() as connection:
            found = sa.select(sa.func.count()).select_from(inbox).where(inbox.c.state == InboxState.NEW)
            return int(await connection.scalar(found) or 0)

    async def _runs(self) -> bool:
        return await self._exists(runs, runs.c.state != RunState.DONE)

    async def _exists(self, table: sa.Table, condition: sa.ColumnElement[bool]) -> bool:
        async with self.database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.select(table.c.id).where(condition).exists())))

    # What the ledger says, and what really came

    async def ledger(self) -> dict[int, Any]:
        """Every delivery, by chat."""
        joined = deliveries.join(contacts, contacts.c.id == deliveries.c.contact_id)
        async with self.database.reading() as connection:
            rows = await connection.execute(
                sa.select(contacts.c.address, deliveries).select_from(joined).order_by(deliveries.c.id)
            )
            return {int(row.address): row for row in rows}

    async def arrivals(self) -> dict[int, int]:
        """How many messages each member of the crowd has got."""
        arrived = await self.bot_api.arrivals()
        return {chat: len(arrived.get(chat, ())) for chat in self.people.chats}

    async def replies(self, asker: Asker) -> list[Any]:
        """The rows of all that was written to her, in order."""
        joined = outbox.join(contacts, contacts.c.id == outbox.c.contact_id)
        hers = contacts.c.address == str(asker.user.user_id)
        async with self.database.reading() as connection:
            rows = await connection.execute(
                sa.select(outbox).select_from(joined).where(hers).order_by(outbox.c.id)
            )
            return list(rows)

    async def check_answered(self, asker: Asker) -> None:
        """Every question once, in order; a second time only where the row says that the first was in doubt."""
        rows = await self.replies(asker)
        _are(asker.answers, [Outgoing.from_json(row.message).text for row in rows])
        assert {row.state for row in rows} <= {OutboxState.SENT}
        phone = [
            (text, len(list(same))) for text, same in groupby(r.text for r in await asker.user.received())
        ]
        _are(asker.answers, [text for text, _ in phone])
        for (_, times), row in zip(phone, rows, strict=True):
            assert times <= 1 + row.uncertain_sends, "a reply came again that was never in doubt"


def _are(answers: list[str], texts: list[str]) -> None:
    """Below an answer stand its source and what she can say to it."""
    assert len(texts) == len(answers)
    assert [text for text, answer in zip(texts, answers, strict=True) if not text.startswith(answer)] == []


_OPEN_REPLY = outbox.c.state.in_([OutboxState.WAITING, OutboxState.CLAIMED])


async def certain_questions(database: Database) -> list[tuple[str, str]]:
    """Questions that the service answers outright, each with its answer."""
    async with database.reading() as connection:
        book = await AnswerBook().current(connection)
        found = []
        for entry in book.entries.values():
            text = entry.text("vi")
            decision = choose(book.search(text.question))
            is_certain = decision.rung is Rung.ANSWER and decision.entry_ids[0] == entry.entry_id
            if is_certain and entry.is_on and entry.escalate == "none" and not entry.is_sensitive:
                found.append((text.question, await filled(connection, text.answer, None)))
        return found
