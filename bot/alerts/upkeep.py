"""Looks after open alerts as time goes by, and shows how many there are. Every process may tick it: two do nothing twice."""

from bot import metrics
from bot.alerts import climbing
from bot.questions.caretaker import Caretaker


class AlertUpkeep(Caretaker):
    """Ticked every few seconds: nobody in danger waits for the questions' upkeep."""

    async def look(self) -> None:
        """Do what is due, then count."""
        await self._each(climbing.due, climbing.climb_due, failed="alert_not_looked_after")
        async with self._database.reading() as connection:
            counts = await climbing.counts(connection, self._clock())
        metrics.show_alerts(counts.by_state, counts.waits_for)
