"""The results of a run by unit: one statement counts by the members' own units, and each unit has all that is below it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.viewers import Viewer, in_sight
from bot.store.tables import deliveries, members, responses, units
from bot.store.tables.broadcasts import DeliveryState
from bot.store.tables.people import UnitLevel

COMMUNES = (UnitLevel.COMMUNE, UnitLevel.WARD)


@dataclass(slots=True)
class Figures:
    by_state: dict[DeliveryState, int] = field(default_factory=dict)
    answered: int = 0
    replied: int = 0
    clicked: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    def of(self, *states: DeliveryState) -> int:
        return sum(self.by_state.get(state, 0) for state in states)

    def add(self, other: "Figures") -> None:
        for state, number in other.by_state.items():
            self.by_state[state] = self.by_state.get(state, 0) + number
        self.answered += other.answered
        self.replied += other.replied
        self.clicked += other.clicked


@dataclass(frozen=True, slots=True)
class UnitResult:
    unit_id: int | None  # None: of members who have not said where they live.
    name: str
    above: str  # The name of the unit that it belongs to.
    level: UnitLevel | None
    figures: Figures


async def of_run(
    connection: AsyncConnection, run_id: int, viewer: Viewer, *, levels: Sequence[UnitLevel] = COMMUNES
) -> list[UnitResult]:
    """A line for each unit of these levels that has recipients, as far as the viewer sees, in the order of their names.

    Who belongs to a unit above all of these has that unit's own line.
    """
    counted = await _counted(connection, run_id, viewer)
    known = {
        row.id: row
        for row in await connection.execute(
            sa.select(
                units.c.id, units.c.name, units.c.name_sort, units.c.level, units.c.parent_id, units.c.path
            )
        )
    }
    found: dict[int | None, Figures] = {}
    for unit_id, figures in counted.items():
        line = [int(part) for part in known[unit_id].path.split("/") if part] if unit_id in known else []
        # The lowest of these levels, so that a branch is not lost in its commune.
        home = next((one for one in reversed(line) if one in known and known[one].level in levels), unit_id)
        found.setdefault(home, Figures()).add(figures)
    results = []
    for home, figures in found.items():
        row = known.get(home) if home is not None else None
        above = known.get(row.parent_id) if row is not None else None
        results.append(
            (
                (above.name_sort if above is not None else "", row.name_sort if row is not None else ""),
                UnitResult(
                    home,
                    row.name if row is not None else "",
                    above.name if above is not None else "",
                    row.level if row is not None else None,
                    figures,
                ),
            )
        )
    results.sort(key=lambda one: one[0])
    return [result for _key, result in results]


async def _counted(connection: AsyncConnection, run_id: int, viewer: Viewer) -> dict[int | None, Figures]:
    """The figures of the members who belong to each unit itself."""
    rows = await connection.execute(
        sa.select(
            members.c.unit_id,
            deliveries.c.state,
            sa.func.count().label("people"),
            sa.func.count(responses.c.answer).label("answered"),
            sa.func.count(responses.c.replied_at).label("replied"),
            sa.func.count(responses.c.clicked_at).label("clicked"),
        )
        .select_from(
            deliveries.join(members, members.c.id == deliveries.c.member_id).outerjoin(
                responses, responses.c.delivery_id == deliveries.c.id
            )
        )
        .where(deliveries.c.run_id == run_id, in_sight(viewer, members.c.unit_id))
        .group_by(members.c.unit_id, deliveries.c.state)
    )
    found: dict[int | None, Figures] = {}
    for row in rows:
        found.setdefault(row.unit_id, Figures()).add(
            Figures({row.state: row.people}, row.answered, row.replied, row.clicked)
        )
    return found
