"""Letters about runs that stopped themselves, or could not begin: to whoever wrote and confirmed them, and to officers of the top.

A run is stopped in the middle of sending, where no letter can be written; so its row is the truth, and this looks for what nobody
was told of. That they were told stands among the acts, as nobody's: once for each time that a run stops.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing
from bot.clock import Clock, in_vietnam
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions import routing
from bot.questions.post import Post
from bot.said import Note
from bot.store.database import Database
from bot.store.tables import broadcasts, runs, staff, staff_acts, units
from bot.store.tables.broadcasts import RunState
from bot.store.tables.people import Role, UnitLevel
from broadcasts import codes, recount
from broadcasts.refused import N_
from broadcasts.starting import MISSED_CODE, NOT_READY_CODE, NOT_STARTED_CODE

Row = sa.Row[*tuple[Any, ...]]
_NOTE = Note(kind="run_stopped")
_TOLD, _RESUMED = "run_stop_told", "run_resumed"
_OF_LATE = timedelta(days=1)  # What never began and ended before that, officers have seen.
_MOST = 100  # Runs of one look.

_TOP = sa.select(units.c.id).where(units.c.level.in_([UnitLevel.CENTRAL, UnitLevel.PROVINCE]))

_PAUSED: Mapping[str, str] = {
    codes.STOPPED_REJECTED: N_("nhiều tin bị từ chối. Chị nhờ người vận hành xem giúp vì sao"),
    codes.STOPPED_ACCOUNT: N_(
        "một tài khoản gửi không được chấp nhận nữa. Chị vào trang Kênh xem tài khoản nào báo đỏ rồi kết nối lại"
    ),
    codes.STOPPED_MONEY: N_(
        "tài khoản gửi hết tiền hoặc hết phần tin được dùng. Chị nạp thêm hoặc chờ sang kỳ mới"
    ),
    codes.STOPPED_FILLING: N_(
        "hơn mười phút mà máy chủ chưa lập xong danh sách người nhận. Chị nhờ người vận hành xem giúp"
    ),
}
_CANCELLED: Mapping[str, str] = {
    NOT_READY_CODE: N_("đơn vị nhận hoặc nội dung không dùng được nữa. Chị soạn lại giúp em"),
    NOT_STARTED_CODE: N_(
        "đến giờ mà máy chủ trục trặc mãi, chưa bắt đầu được. Chị nhờ người vận hành xem giúp, rồi sao chép thông báo và hẹn lại giờ"
    ),
    MISSED_CODE: N_("đến giờ thì máy chủ không chạy, lúc chạy lại đã quá trễ. Chị hẹn lại giờ khác giúp em"),
}


@dataclass(frozen=True, slots=True)
class StopLetters:
    """Call `look` every few seconds."""

    database: Database
    outbox: Outbox
    languages: Languages
    clock: Clock

    async def look(self) -> bool:
        """Tell of every run that stopped and that nobody was told of. True where there was one."""
        async with self.database.reading() as connection:
            if not await _untold(connection, self.clock()):
                return False
        async with self.database.writing() as connection:
            found = await _untold(connection, self.clock(), holds=True)
            post = Post(connection, self.outbox, self.languages, self.clock())
            # Of a series that was missed again and again one letter says enough: the last one.
            for row in {(row.broadcast_id, row.code): row for row in found}.values():
                await _tell(post, row)
            for row in found:
                await connection.execute(
                    sa.insert(staff_acts).values(
                        at=post.now, act=_TOLD, subject=_subject(row), detail={"code": row.code}
                    )
                )
        return bool(found)


async def _untold(connection: AsyncConnection, now: datetime, *, holds: bool = False) -> Sequence[Row]:
    """The oldest first; with `holds` no other process tells of them before the transaction ends."""
    stopped = sa.and_(runs.c.state == RunState.PAUSED, runs.c.code.in_(_PAUSED))
    never_began = sa.and_(
        runs.c.state == RunState.CANCELLED,
        runs.c.code.in_(_CANCELLED),
        sa.func.coalesce(runs.c.finished_at, runs.c.created_at) > now - _OF_LATE,
    )
    query = (
        sa.select(
            runs.c.id,
            runs.c.broadcast_id,
            runs.c.due_at,
            runs.c.state,
            runs.c.code,
            broadcasts.c.title,
            broadcasts.c.created_by,
        )
        .join(broadcasts, broadcasts.c.id == runs.c.broadcast_id)
        .where(sa.or_(stopped, never_began))
        .order_by(runs.c.id)
    )
    if holds:
        query = query.with_for_update(of=runs, key_share=True, skip_locked=True)
    rows = (await connection.execute(query)).all()
    return [row for row in rows if not await _is_told(connection, row)][:_MOST]


async def _is_told(connection: AsyncConnection, row: Row) -> bool:
    """Since it was last let go on."""
    told = await connection.scalar(
        sa.select(sa.func.max(staff_acts.c.id)).where(
            staff_acts.c.staff_id.is_(None), staff_acts.c.act == _TOLD, staff_acts.c.subject == _subject(row)
        )
    )
    if told is None:
        return False
    went_on = sa.select(staff_acts.c.id).where(
        staff_acts.c.id > told, staff_acts.c.act == _RESUMED, staff_acts.c.subject == _subject(row)
    )
    return await connection.scalar(went_on.limit(1)) is None


async def _tell(post: Post, row: Row) -> None:
    confirmed_by = await recount.confirmed_by(post.connection, row.broadcast_id)
    concerned = sa.select(staff.c.id).where(
        staff.c.is_active,
        sa.or_(
            staff.c.id.in_([row.created_by, confirmed_by]),
            sa.and_(staff.c.role == Role.OFFICER, staff.c.unit_id.in_(_TOP)),
        ),
    )
    for staff_id in (await post.connection.scalars(concerned.order_by(staff.c.id))).all():
        chat = await routing.any_chat_of(post.connection, staff_id, now=post.now)
        if chat is None:
            continue  # She sees it in the console.
        _ = post.gettext(chat)
        values = {"title": row.title, "when": f"{in_vietnam(row.due_at):%H:%M %d/%m/%Y}"}
        if row.state is RunState.PAUSED:
            said = _(
                "Dạ chị, em đang gửi thông báo «{title}» thì phải dừng lại: {why}. Xong chị vào bảng điều khiển bấm Gửi tiếp, không ai bị bỏ sót hay nhận hai lần."
            ).format(why=_(_PAUSED[row.code]), **values)
        else:
            said = _(
                "Dạ chị, thông báo «{title}» hẹn lúc {when} không gửi được: {why}. Chưa ai nhận được tin này."
            ).format(why=_(_CANCELLED[row.code]), **values)
        await post.outbox.put(post.connection, chat, Outgoing(said), now=post.now, note=_NOTE)


def _subject(row: Row) -> str:
    return f"run {row.id}"
