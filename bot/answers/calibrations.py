"""Which constants the confidence is in force by: those shipped, or those fitted on what was asked here.

Each fit is kept with its figures. The newest that is in force counts, so that taking it back brings back the one before.
Matchers follow at once: a change says that the book is to be read anew.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.confidence import SHIPPED, Calibration
from bot.clock import in_vietnam
from bot.store import versions
from bot.store.tables import calibrations

log = structlog.get_logger()


async def in_force(connection: AsyncConnection) -> Calibration:
    """The constants that count now. Those fitted for other signs than this version weighs are passed over, and said so."""
    row = await _newest(connection)
    if row is None:
        return SHIPPED
    if len(row.weights) != len(SHIPPED.weights):
        log.warning("calibration_out_of_date", calibration_id=row.id)
        return SHIPPED
    return Calibration(tuple(map(float, row.weights)), in_vietnam(row.made_at).date())


async def put_in_force(
    connection: AsyncConnection,
    calibration: Calibration,
    report: Mapping[str, float],
    *,
    staff_id: int | None,
    now: datetime,
) -> int:
    """Keep a fit with its figures, before and after, and go by it. Returns its id."""
    kept = await connection.execute(
        sa.insert(calibrations)
        .values(
            made_at=now,
            made_by=staff_id,
            weights=list(calibration.weights),
            report=dict(report),
            is_in_force=True,
        )
        .returning(calibrations.c.id)
    )
    await versions.has_changed(connection, versions.ENTRIES)
    return int(kept.scalar_one())


async def back(connection: AsyncConnection) -> int | None:
    """Go by what counted before the newest fit. Returns its id; None where the shipped constants count already."""
    row = await _newest(connection)
    if row is None:
        return None
    its = sa.update(calibrations).where(calibrations.c.id == row.id)
    await connection.execute(its.values(is_in_force=False))
    await versions.has_changed(connection, versions.ENTRIES)
    return int(row.id)


async def _newest(connection: AsyncConnection) -> sa.Row[tuple[object, ...]] | None:
    found = await connection.execute(
        sa.select(calibrations)
        .where(calibrations.c.is_in_force)
        .order_by(calibrations.c.made_at.desc(), calibrations.c.id.desc())
        .limit(1)
    )
    return found.one_or_none()
