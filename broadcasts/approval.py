"""A second person's word: when it is needed, whose counts, what she is asked about.

She agrees to exactly what she was shown: a digest over all of it is kept with the request, so any change asks anew. Her
answer is `broadcasts.deciding`'s, the letters are `broadcasts.approval_letters`'.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import approvals, runs, staff, units
from bot.store.tables.broadcasts import ApprovalState, BroadcastState
from bot.store.tables.people import Role, UnitLevel
from broadcasts import segments
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.policy import Policy
from broadcasts.refused import N_
from broadcasts.steps import get, record

Row = sa.Row[*tuple[Any, ...]]
_COMMUNE = (UnitLevel.COMMUNE, UnitLevel.WARD)
_AGREED_TO = (
    "texts", "content", "audience", "category", "priority", "per_day", "budget", "on_uncertain", "unit_id", "schedule",
)  # fmt: skip

_PARTS = "parts"  # In a request's summary, beside what she was shown.
PART_NAMES: Mapping[str, str] = {
    "texts": N_("lời nhắn"),
    "content": N_("câu trả lời, tệp kèm hoặc cách gửi lời nhắn"),
    "audience": N_("người nhận"),
    "schedule": N_("giờ gửi"),
    "due_at": N_("giờ gửi"),
    "deadline_at": N_("hạn chót"),
    "category": N_("việc của thông báo"),
    "priority": N_("mức ưu tiên"),
    "per_day": N_("mức ưu tiên"),
    "budget": N_("trần chi phí"),
    "on_uncertain": N_("cách làm khi chưa chắc đã tới"),
    "unit_id": N_("đơn vị đứng tên"),
}
"""What the parts of an announcement are called in a sentence."""


class Why(StrEnum):
    """Why one person's word is not enough."""

    MANY = "many"
    COMMUNES = "communes"  # However few they are today.
    POSTS = "posts"


BECAUSE: Mapping[Why, str] = {
    Why.MANY: N_("tin này tới nhiều người hơn mức một cán bộ được gửi một mình"),
    Why.COMMUNES: N_("nơi nhận rộng hơn một xã, phường"),
    Why.POSTS: N_("bài đăng thì ai ở nơi đó cũng đọc được, không biết trước là những ai"),
}
"""To stand after "vì"."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures of the plan that the one who asks, and the one who answers, have before them."""

    people: int
    cost: int  # VND
    starts_at: datetime
    finishes_at: datetime | None  # None where nothing can be said.
    at_once: bool = False  # As soon as it is approved.
    before: int | None = None  # So many people were agreed to; now there are more.
    confirmed: int | None = None  # So many she confirmed alone; now they are too many for that.
    later: Mapping[date, int] = field(default_factory=dict)  # So many of them not before that day.
    why: Why | None = None  # None of requests from before this was kept, and where the number grew.
    at_night: bool = False  # Outside the hours of sending, and who asks has said that she means it.

    def to_json(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "cost": self.cost,
            "starts_at": self.starts_at.isoformat(),
            "finishes_at": self.finishes_at.isoformat() if self.finishes_at else None,
            "at_once": self.at_once,
            "before": self.before,
            "confirmed": self.confirmed,
            "later": {day.isoformat(): people for day, people in self.later.items()},
            "why": self.why,
            "at_night": self.at_night,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Shown":
        finishes = stored["finishes_at"]
        return cls(
            stored["people"],
            stored["cost"],
            datetime.fromisoformat(stored["starts_at"]),
            datetime.fromisoformat(finishes) if finishes else None,
            stored["at_once"],
            stored.get("before"),
            stored.get("confirmed"),
            {date.fromisoformat(day): people for day, people in stored.get("later", {}).items()},
            Why(stored["why"]) if stored.get("why") else None,
            stored.get("at_night", False),
        )


@dataclass(frozen=True, slots=True)
class Approver:
    staff_id: int
    name: str
    unit_name: str


async def why_needed(connection: AsyncConnection, row: Row, count: int, policy: Policy) -> Why | None:
    """Why a second person has to agree to an announcement that reaches `count` people; None where nobody has to."""
    if count > policy.approval_above:
        return Why.MANY
    if not policy.approval_beyond_commune:
        return None
    if Content.from_json(row.content).posts:
        return Why.POSTS
    return Why.COMMUNES if await _is_beyond_a_commune(connection, row) else None


async def _is_beyond_a_commune(connection: AsyncConnection, row: Row) -> bool:
    audience = await segments.opened(connection, Audience.from_json(row.audience))
    top = units.alias("top")
    of_communes = await connection.scalars(
        sa.select(units.c.id)
        .select_from(top)
        .outerjoin(units, sa.and_(units.c.level.in_(_COMMUNE), top.c.path.startswith(units.c.path)))
        .where(top.c.id.in_(audience.unit_ids))
    )
    communes = set(of_communes)
    return None in communes or len(communes) != 1


async def digest_of(connection: AsyncConnection, row: Row) -> str:
    """The digest with what the audience's segments say today: a segment that is changed changes whom it is for."""
    opened = await segments.opened(connection, Audience.from_json(row.audience))
    return digest(row, opened)


def digest(row: Row, opened: Audience | None = None) -> str:
    """Of everything that is agreed to; the title is only for the officers' list."""
    return _digest(_agreed_to(row, opened))


def _agreed_to(row: Row, opened: Audience | None) -> dict[str, Any]:
    agreed = {name: getattr(row, name) for name in _AGREED_TO}
    if opened:
        agreed["audience"] = opened.to_json()
    agreed["deadline_at"] = row.deadline_at.isoformat() if row.deadline_at else None
    if not row.schedule:
        agreed["due_at"] = row.due_at.isoformat() if row.due_at else None
    return agreed


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


async def approvers(connection: AsyncConnection, row: Row, *, asked_by: int) -> list[Approver]:
    """Who may agree to it: officers on duty of its unit or one above, neither who wrote it nor who asks. The nearest first."""
    path = await connection.scalar(sa.select(units.c.path).where(units.c.id == row.unit_id)) or ""
    above = [int(part) for part in path.split("/") if part]
    oneself = [staff_id for staff_id in (row.created_by, asked_by) if staff_id is not None]
    rows = await connection.execute(
        sa.select(staff.c.id, staff.c.name, units.c.name.label("unit_name"))
        .join(units, units.c.id == staff.c.unit_id)
        .where(
            staff.c.is_active,
            staff.c.role == Role.OFFICER,
            staff.c.unit_id.in_(above),
            staff.c.id.not_in(oneself),
        )
        .order_by(sa.func.length(units.c.path).desc(), staff.c.name_sort, staff.c.id)
    )
    return [Approver(one.id, one.name, one.unit_name) for one in rows]


async def ask(
    connection: AsyncConnection, broadcast_id: int, shown: Shown, *, staff_id: int, now: datetime
) -> int:
    """Write the request for one that is WAITING; returns its id. Letters are `approval_letters`'."""
    row = await get(connection, broadcast_id)
    agreed = _agreed_to(row, await segments.opened(connection, Audience.from_json(row.audience)))
    added = await connection.scalar(
        sa.insert(approvals)
        .values(
            broadcast_id=broadcast_id,
            state=ApprovalState.WAITING,
            digest=_digest(agreed),
            # Each part's own digest, so that the next request can say what is another.
            summary={**shown.to_json(), _PARTS: {name: _digest(part) for name, part in agreed.items()}},
            asked_by=staff_id,
            asked_at=now,
        )
        .returning(approvals.c.id)
    )
    await record(connection, broadcast_id, staff_id, "approval_asked", now, counted=shown.people)
    return int(added or 0)


async def withdraw(connection: AsyncConnection, broadcast_id: int, *, now: datetime) -> None:
    """It was changed or given up: nobody is asked any more, and whoever had agreed has not agreed to this."""
    await connection.execute(
        sa.update(approvals)
        .where(
            approvals.c.broadcast_id == broadcast_id,
            approvals.c.state.in_([ApprovalState.WAITING, ApprovalState.APPROVED]),
        )
        .values(
            state=ApprovalState.WITHDRAWN,
            decided_at=sa.func.coalesce(approvals.c.decided_at, sa.literal(now, approvals.c.decided_at.type)),
        )
    )


async def standing_of(connection: AsyncConnection, broadcast_id: int) -> Row | None:
    """The request about an announcement that waits for its answer, or that was agreed to and still counts."""
    found = await connection.execute(
        sa.select(approvals)
        .where(
            approvals.c.broadcast_id == broadcast_id,
            approvals.c.state.in_([ApprovalState.WAITING, ApprovalState.APPROVED]),
        )
        .order_by(approvals.c.id.desc())
        .limit(1)
    )
    return found.one_or_none()


async def request(connection: AsyncConnection, approval_id: int) -> Row | None:
    """The request's row."""
    found = await connection.execute(sa.select(approvals).where(approvals.c.id == approval_id))
    return found.one_or_none()


async def latest(connection: AsyncConnection, broadcast_id: int) -> Row | None:
    """The last request about an announcement, with `asker` and `decider` by name; None where there never was one."""
    asker, decider = staff.alias("asker"), staff.alias("decider")
    found = await connection.execute(
        sa.select(approvals, asker.c.name.label("asker"), decider.c.name.label("decider"))
        .outerjoin(asker, asker.c.id == approvals.c.asked_by)
        .outerjoin(decider, decider.c.id == approvals.c.decided_by)
        .where(approvals.c.broadcast_id == broadcast_id)
        .order_by(approvals.c.id.desc())
        .limit(1)
    )
    return found.one_or_none()


async def returned(connection: AsyncConnection, broadcast_id: int) -> Row | None:
    """The request that a draft came back from, as `latest` has it; None once it is asked again, or where it is no draft."""
    found = await latest(connection, broadcast_id)
    if found is None or found.state is not ApprovalState.RETURNED:
        return None
    return found if (await get(connection, broadcast_id)).state is BroadcastState.DRAFT else None


async def returned_before(connection: AsyncConnection, asked: Row) -> Row | None:
    """The request before this one, with `decider` by name, where that was returned and nothing was decided since; else None."""
    decider = staff.alias("decider")
    found = await connection.execute(
        sa.select(approvals, decider.c.name.label("decider"))
        .outerjoin(decider, decider.c.id == approvals.c.decided_by)
        .where(
            approvals.c.broadcast_id == asked.broadcast_id,
            approvals.c.id < asked.id,
            approvals.c.decided_by.is_not(None),
        )
        .order_by(approvals.c.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return row if row is not None and row.state is ApprovalState.RETURNED else None


def changed_since(asked: Row, before: Row) -> list[str] | None:
    """What is another than in the request before, to stand in a sentence; None where nobody knows."""
    then, now = before.summary.get(_PARTS), asked.summary.get(_PARTS)
    if not then or not now:
        return None
    names = [name for name in PART_NAMES if then.get(name) != now.get(name)]
    if asked.summary["at_once"] and before.summary["at_once"]:
        # At once is another moment each time.
        names = [name for name in names if name not in {"schedule", "due_at"}]
    return list(dict.fromkeys(PART_NAMES[name] for name in names))


async def was_agreed_to(connection: AsyncConnection, run_id: int) -> bool:
    """Whether a second person agreed to what this run was made from, whatever became of the announcement afterwards."""
    found = await connection.scalar(
        sa.select(approvals.c.id)
        .join(runs, runs.c.broadcast_id == approvals.c.broadcast_id)
        .where(
            runs.c.id == run_id,
            # One that was withdrawn later still says who had agreed, and when.
            approvals.c.state.in_([ApprovalState.APPROVED, ApprovalState.WITHDRAWN]),
            approvals.c.decided_by.is_not(None),
            approvals.c.decided_at <= runs.c.created_at,
        )
        .limit(1)
    )
    return found is not None


async def may_decide(connection: AsyncConnection, approval: Row, staff_id: int) -> bool:
    """Whether she is one of those whose word counts."""
    row = await get(connection, approval.broadcast_id)
    them = await approvers(connection, row, asked_by=approval.asked_by)
    return any(one.staff_id == staff_id for one in them)


async def waiting_for(connection: AsyncConnection, staff_id: int) -> list[int]:
    """The open requests that she may answer, the oldest first."""
    rows = await connection.execute(
        sa.select(approvals).where(approvals.c.state == ApprovalState.WAITING).order_by(approvals.c.id)
    )
    return [row.id for row in rows.all() if await may_decide(connection, row, staff_id)]
