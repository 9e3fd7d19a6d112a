"""What has to be done for questions as time goes by. The scheduler ticks each of these; the rows say what there is to do."""

from collections.abc import Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import quiet
from bot.questions import handing_back, overdue, reminders, undelivered
from bot.questions.post import Post
from bot.store.database import Database

log = structlog.get_logger()


class Upkeep:
    """Ticked by several processes it does nothing twice: each question is locked and looked at again."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        languages: Languages,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """`wake` is called after commits that wrote letters."""
        self._database = database
        self._outbox = outbox
        self._languages = languages
        self._clock = clock
        self._wake = wake

    async def remind(self) -> None:
        """Remind cadres of what they put off until now."""
        async with self._database.reading() as connection:
            due = await reminders.due_reminders(connection, self._clock())
        for question_id in due:
            async with self._database.writing() as connection:
                await reminders.remind(self._post(connection), question_id)
            self._wake()

    async def escalate(self) -> None:
        """Move what lies on a desk for too long one desk up."""
        async with self._database.reading() as connection:
            late = await overdue.overdue(connection, self._clock())
        for question_id in late:
            async with self._database.writing() as connection:
                await overdue.move_up(self._post(connection), question_id)
            self._wake()

    async def reroute(self) -> None:
        """Give on what lies on desks that were lost without anybody saying so."""
        async with self._database.writing() as connection:
            rerouted = await undelivered.sweep(self._post(connection))
        if rerouted:
            log.warning("questions_rerouted", count=rerouted)
            self._wake()

    async def hand_back(self) -> None:
        """Let the assistant speak again where a person of the Union has stopped writing by hand."""
        async with self._database.reading() as connection:
            over = await handing_back.over(connection, self._clock())
        for contact_id in over:
            async with self._database.writing() as connection:
                await handing_back.hand_back(self._post(connection), contact_id)
            self._wake()

    async def forget(self) -> None:
        """Delete what quiet members did not ask to see within a week."""
        async with self._database.writing() as connection:
            await quiet.forget_old(connection, self._clock())

    def _post(self, connection: AsyncConnection) -> Post:
        return Post(connection, self._outbox, self._languages, self._clock())
