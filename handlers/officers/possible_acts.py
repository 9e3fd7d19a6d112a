"""Which acts mean something for a sending as it stands: the page offers these and no others; the acts themselves check again."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits
from bot.store.tables.broadcasts import DeliveryState, RunState
from broadcasts import approval, overview
from broadcasts.progress import Progress
from handlers.officers.visit import Visit

_GOES_ON = (RunState.FILLING, RunState.RUNNING, RunState.PAUSED)
_MOVES = (RunState.FILLING, RunState.RUNNING)


async def of(
    visit: Visit, connection: AsyncConnection, run: overview.Row | None, figures: Progress | None
) -> dict[str, bool]:
    """Which buttons mean something for a sending as it stands; `agreed`: its words could be changed, had not a second person agreed to
    them.
    """
    if run is None or figures is None:
        return dict.fromkeys(
            ("pause", "resume", "cancel", "pace", "retry", "revise", "agreed", "recall", "edits"), False
        )
    goes_on = run.state in _GOES_ON
    is_taken_back = run.revision > 0 and not run.revised
    accounts = [visit.console.limits[one] for one in figures.accounts if one in visit.console.limits]
    edits = any(limits.edits for limits in accounts)
    is_late = run.deadline_at is not None and run.deadline_at <= visit.now
    failed = DeliveryState.FAILED in {*figures.by_state, *figures.posts}
    revises = bool(run.texts) and not is_taken_back and (goes_on or (edits and figures.last_sent is not None))
    is_agreed = revises and await approval.was_agreed_to(connection, run.id)
    return {
        "pause": run.state in _MOVES,
        "resume": run.state is RunState.PAUSED,
        "cancel": goes_on,
        "pace": goes_on,
        "retry": failed
        and run.state in {RunState.RUNNING, RunState.PAUSED, RunState.DONE}
        and not is_late
        and not is_taken_back,
        "revise": revises and not is_agreed,
        "agreed": is_agreed,
        "recall": bool(run.texts)
        and not is_taken_back
        and _can_recall(accounts, figures.last_sent, visit.now),
        "edits": edits,
    }


def _can_recall(accounts: list[Limits], last_sent: datetime | None, now: datetime) -> bool:
    return last_sent is not None and any(
        limits.recalls_within is not None and now - last_sent < limits.recalls_within for limits in accounts
    )
