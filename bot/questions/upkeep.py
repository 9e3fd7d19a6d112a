"""What has to be done for questions as time goes by. The scheduler ticks each of these; the rows say what there is to do."""

import structlog

from bot.people import quiet
from bot.questions import handing_back, overdue, reminders, undelivered
from bot.questions.caretaker import Caretaker

log = structlog.get_logger()


class Upkeep(Caretaker):
    """Any process may tick it."""

    async def remind(self) -> None:
        """Remind cadres of what they put off until now."""
        await self._each(reminders.due_reminders, reminders.remind, failed="question_not_reminded_of")

    async def escalate(self) -> None:
        """Move what lies on a desk for too long one desk up."""
        await self._each(overdue.overdue, overdue.move_up, failed="question_not_moved_up")

    async def reroute(self) -> None:
        """Give on what lies on desks that were lost without anybody saying so."""
        async with self._database.writing() as connection:
            rerouted = await undelivered.sweep(self._post(connection))
        if rerouted:
            log.warning("questions_rerouted", count=rerouted)
            self._wake()

    async def hand_back(self) -> None:
        """Let the assistant speak again where a person of the Union has stopped writing by hand."""
        await self._each(handing_back.over, handing_back.hand_back, failed="chat_not_handed_back")

    async def forget(self) -> None:
        """Delete what quiet members did not ask to see within a week."""
        async with self._database.writing() as connection:
            await quiet.forget_old(connection, self._clock())
