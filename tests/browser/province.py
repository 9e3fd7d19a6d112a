"""A made-up province in the middle of a working day: people, questions, announcements, and a day of talk.

For looking at the console with something in it. All names, numbers and words are invented.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from playwright.async_api import Page
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.alerts import raising
from bot.answers.safety import Alarm, AlarmKind
from bot.channels.account_rows import open_account
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts as contact_rows
from bot.people import members as bot_members
from bot.people import units, viewers
from bot.people.member_code import code_of
from bot.people.members import Consent
from bot.people.passwords import Passwords
from bot.questions import record
from bot.questions.post import Post
from bot.starting_content import load_starting_content
from bot.store.database import Database
from bot.store.tables import askings, contacts, deliveries, interactions, questions, staff
from bot.store.tables.askings import Outcome
from bot.store.tables.broadcasts import DeliveryState, OnUncertain
from bot.store.tables.messages import Direction
from bot.store.tables.people import MemberStatus, Purpose, Role
from bot.store.tables.questions import QuestionState, StepKind
from broadcasts import confirming, filling, lists, segments, starting, writing
from broadcasts.approval import Shown
from broadcasts.audience import Audience
from broadcasts.list_files import Line
from broadcasts.writing import Draft
from tests import people
from tests.browser import console_page
from tests.browser.chromium import OFFICE_PC, Visitor

OFFICER, PASSWORD = "an", "mot cau de nho"
TEXT = "Chào chị {{ten}}! Hội mời chị dự lớp may gia dụng, 8 giờ sáng thứ Bảy tại nhà văn hóa {{xa}}."

_COMMUNES = ("31528", "31567", "31540")  # Kế Sách, Mỹ Tú, Thới An Hội.
_NAMES = (
    "Nguyễn Thị Hoa", "Thạch Thị Sa Rinh", "Trần Thị Bé Ba", "Lý Thị Mỹ Duyên", "Lâm Thị Ngọc Ánh", "Sơn Thị Sa Phia",
    "Phạm Thị Cẩm Tú", "Kim Thị Hường", "Võ Thị Kim Thoa", "Huỳnh Thị Lệ", "Danh Thị Sa Ly", "Đặng Thị Út",
)  # fmt: skip
_ASKED = (
    ("may khau cua hoi con cho muon khong chi", timedelta(hours=3), None),
    ("chi oi lop may thang nay con cho khong", timedelta(minutes=40), 0),
    ("tui moi sinh em be, ho so thai san nop o dau", timedelta(minutes=25), 0),
    ("hop to phu nu thang nay doi qua ngay nao vay", timedelta(minutes=10), 1),
)
_TALK = (
    (Direction.IN, "text", "vao hoi duoc quyen loi gi"),
    (Direction.OUT, "answer", "Hội viên được sinh hoạt, góp ý, bầu cử và ứng cử trong Hội."),
    (Direction.IN, "text", "=1+1 <b>lớp</b> nấu ăn 😀"),
    (Direction.OUT, "no_answer", "Dạ, câu này em chưa có câu trả lời chắc chắn. Chị gõ 0, em chuyển cho cán bộ Hội."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Province:
    """What the pages of one of each are found by."""

    member_id: int
    question_id: int  # Asked on Zalo, whose channel does not run where no test connects it.
    forwarded_id: int  # A question asked on the web chat, at somebody's desk.
    staff_id: int
    draft_id: int
    scheduled_id: int
    running_id: int
    official_id: int  # An Official Account.
    waiting_id: int  # Asked of the officer whose pages these are.
    unit_id: int  # Of somebody whom nothing reaches.
    list_id: int  # Uploaded; some rows of it found nobody.
    alert_id: int  # That nobody has taken on.
    asking_id: int  # That the FAQ had nothing for.


async def settle(database: Database, now: datetime) -> Province:
    """Fill a migrated, empty database. Nothing in it falls due within the next hours."""
    async with database.writing() as connection:
        await load_starting_content(connection, now=now)
        province_id = await units.province_id(connection)
        account = await open_account(
            connection, channel="web_chat", external_id="chat", name="Trang web của Hội", now=now
        )
        assert province_id is not None
        communes = [await units.id_of_code(connection, code) for code in _COMMUNES]
        officer_id = await _officer(connection, province_id, now)
        desks = []
        for name, commune in zip(("Lê Thị Bình", "Thạch Thị Lan"), communes, strict=False):
            assert commune is not None
            desk = await people.add_staff(connection, name, commune, takes_questions=True, now=now)
            await people.add_contact(
                connection, account.account_id, f"desk-{desk}", staff_id=desk, last_in_at=now, now=now
            )
            desks.append((desk, commune))
        official = await open_account(
            connection, channel="zalo_oa", external_id="7000000000000000001", name="Phụ nữ Cần Thơ", now=now
        )
        chats = [
            await _member(connection, account.account_id, name, communes[i % len(communes)], i, now)
            for i, name in enumerate(_NAMES)
        ]
        question_ids = [
            await _question(connection, chats[i], words, None if at is None else desks[at], now - ago)
            for i, (words, ago, at) in enumerate(_ASKED)
        ]
        # She wrote by Zalo, nearly two days ago: her window closes soon.
        await connection.execute(
            sa.update(contacts)
            .where(contacts.c.id == chats[0][1])
            .values(account_id=official.account_id, last_in_at=now - timedelta(hours=43))
        )
        for i in range(48):
            await _said(connection, account.account_id, chats[i // 4], i, now)
        draft_id, scheduled_id, running_id = await _announcements(connection, province_id, officer_id, now)
        waiting_id = await _asked_by_a_colleague(connection, province_id, now)
        list_id = await _chosen_before(connection, province_id, officer_id, now)
        alert_id = await _cry(connection, chats[3][1], now - timedelta(minutes=7))
        asking_id = await _asked_in_vain(connection, chats, now)
    return Province(
        chats[0][0],
        question_ids[0],
        question_ids[1],
        desks[0][0],
        draft_id,
        scheduled_id,
        running_id,
        official.account_id,
        waiting_id,
        communes[0] or 0,
        list_id,
        alert_id,
        asking_id,
    )


async def opens_as_officer(visitor: Visitor, path: str = "/console", **options: Any) -> Page:
    """A page of the console on an office PC, once she has signed in."""
    page = await visitor.opens("/console/sign-in", viewport=OFFICE_PC, **options)
    await console_page.sign_in(page, OFFICER, PASSWORD)
    if path != "/console":
        await page.goto(path)
    return page


async def _officer(connection: AsyncConnection, province_id: int, now: datetime) -> int:
    officer_id = await people.add_staff(
        connection, "Trần Thị An", province_id, role=Role.OFFICER, login=OFFICER, now=now
    )
    # As weak as it goes: the service makes it stronger when she signs in.
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    password_hash = await quick.make_hash(PASSWORD)
    await connection.execute(
        sa.update(staff).where(staff.c.id == officer_id).values(password_hash=password_hash)
    )
    return officer_id


async def _member(
    connection: AsyncConnection, account_id: int, name: str, unit_id: int | None, i: int, now: datetime
) -> tuple[int, int, int | None]:
    """Ids of the member, her chat and her unit. The last three have only asked to join, one of them today."""
    member_id = await people.add_member(
        connection,
        name,
        unit_id,
        birth_year=1962 + 3 * i,
        hamlet=f"ấp {i % 4 + 1}",
        phone=f"+8491200{i:04}" if i % 2 else None,
        status=MemberStatus.REQUESTED if i > 8 else MemberStatus.RECOGNISED,
        now=now - timedelta(days=40 - 4 * i, minutes=30) if i < 10 else now - timedelta(minutes=i),
    )
    contact_id = await people.add_contact(
        connection, account_id, f"chat-{i}", member_id=member_id, last_in_at=now, now=now
    )
    for purpose in (Purpose.PROFILE, Purpose.ANNOUNCEMENTS, Purpose.NAME_TO_CADRES):
        consent = Consent(purpose, is_given=purpose is Purpose.PROFILE or i % 5 != 4, wording="…", at=now)
        await bot_members.record_consent(connection, contact_id, member_id, consent)
    return member_id, contact_id, unit_id


async def _question(
    connection: AsyncConnection,
    chat: tuple[int, int, int | None],
    words: str,
    desk: tuple[int, int] | None,
    at: datetime,
) -> int:
    member_id, contact_id, unit_id = chat
    asked = await connection.execute(
        sa.insert(questions)
        .values(
            contact_id=contact_id,
            member_id=member_id,
            unit_id=unit_id,
            text=words,
            state=QuestionState.FORWARDED if desk else QuestionState.WAITING,
            staff_id=desk and desk[0],
            desk_unit_id=desk and desk[1],
            asked_at=at,
        )
        .returning(questions.c.id)
    )
    question_id = int(asked.scalar_one())
    await record.add_step(connection, question_id, StepKind.ASKED, now=at)
    if desk:
        await record.add_step(connection, question_id, StepKind.FORWARDED, staff_id=desk[0], now=at)
    return question_id


async def _said(
    connection: AsyncConnection, account_id: int, chat: tuple[int, int, int | None], i: int, now: datetime
) -> None:
    member_id, contact_id, unit_id = chat
    direction, kind, words = _TALK[i % len(_TALK)]
    await connection.execute(
        sa.insert(interactions).values(
            at=now - timedelta(minutes=13 * (48 - i)),
            account_id=account_id,
            contact_id=contact_id,
            member_id=member_id,
            unit_id=unit_id,
            direction=direction,
            kind=kind,
            entry_id="MEM-03" if kind == "answer" else None,
            text=words,
            text_folded=text.fold(words),
        )
    )


async def _cry(connection: AsyncConnection, contact_id: int, at: datetime) -> int:
    """Words of danger, of which both routes are told; nobody has answered."""
    contact = await contact_rows.get(connection, contact_id)
    assert contact is not None
    post = Post(connection, Outbox({}), Languages({}), at)
    words = "chong tui lai say, tui dan con tron qua nha hang xom"
    alert = await raising.hear(post, contact, Alarm(AlarmKind.VIOLENCE, urgent=True), words)
    return alert.alert_id


async def _asked_in_vain(
    connection: AsyncConnection, chats: Sequence[tuple[int, int, int | None]], now: datetime
) -> int:
    """The same thing, asked by three in words of their own. Returns one of them."""
    words = ("xin muon loa keo cua hoi", "hoi co cho muon loa keo khong", "loa keo muon cua hoi sao chi")
    for (_member_id, contact_id, unit_id), text_asked in zip(chats, words, strict=False):
        added = await connection.execute(
            sa.insert(askings)
            .values(
                at=now - timedelta(days=2),
                contact_id=contact_id,
                unit_id=unit_id,
                language="vi",
                text=text_asked,
                outcome=Outcome.NO_ANSWER,
            )
            .returning(askings.c.id)
        )
    return int(added.scalar_one())


async def _asked_by_a_colleague(connection: AsyncConnection, province_id: int, now: datetime) -> int:
    """An announcement that waits for the officer's word; one member whom nothing reaches is in it."""
    colleague = await people.add_staff(
        connection, "Đỗ Thị Em", province_id, role=Role.OFFICER, login="em", now=now
    )
    commune = await units.id_of_code(connection, _COMMUNES[0])
    await people.add_member(
        connection, "Lý Thị Xa", commune, allows_announcements=True, allows_call_back=True,
        phone="+84912345678", now=now,
    )  # fmt: skip
    audience = Audience.of_units([province_id], ("web_chat",))
    draft = Draft("Ngày hội phụ nữ", {"vi": TEXT}, province_id, audience, OnUncertain.LEAVE)
    broadcast_id = await writing.create(connection, draft, staff_id=colleague, now=now)
    shown = Shown(10, 0, now + timedelta(days=1), now + timedelta(days=1, minutes=1))
    await confirming.ask(connection, broadcast_id, shown, staff_id=colleague, now=now)
    return broadcast_id


async def _announcements(
    connection: AsyncConnection, province_id: int, officer_id: int, now: datetime
) -> tuple[int, int, int]:
    """A draft, one for tomorrow, and one that is half sent and stays so."""
    ids = []
    for title in ("Nhắc đóng hội phí", "Khám sức khỏe miễn phí", "Lớp may gia dụng"):
        audience = Audience.of_units([province_id], ("web_chat",))
        draft = Draft(title, {"vi": TEXT}, province_id, audience, OnUncertain.LEAVE)
        ids.append(await writing.create(connection, draft, staff_id=officer_id, now=now))
    before, tomorrow = now - timedelta(minutes=4), now + timedelta(days=1)
    await confirming.confirm(connection, ids[1], due_at=tomorrow, staff_id=officer_id, counted=10, now=now)
    await confirming.confirm(connection, ids[2], due_at=before, staff_id=officer_id, counted=10, now=before)
    (run_id,) = await starting.start_due(connection, before)
    while not await filling.fill(connection, run_id, before):
        pass
    rows = list(await connection.scalars(sa.select(deliveries.c.id).order_by(deliveries.c.id)))
    await connection.execute(sa.update(deliveries).values(next_at=tomorrow))
    for delivery_id in rows[:6]:
        await connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == delivery_id)
            .values(state=DeliveryState.SENT, sent_at=now - timedelta(minutes=3))
        )
    await connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == rows[6])
        .values(state=DeliveryState.UNCERTAIN, code="sender_died")
    )
    return ids[0], ids[1], ids[2]


async def _chosen_before(
    connection: AsyncConnection, province_id: int, officer_id: int, now: datetime
) -> int:
    """A list that the officer uploaded, and a segment that she saved. Returns the list."""
    viewer = await viewers.viewer(connection, officer_id)
    assert viewer is not None
    rows = [
        Line(2, ("Nguyễn Thị Hoa", code_of(1))),
        Line(3, ("Lê Thị Na", "0987 654 321")),
        Line(4, ("Bà Tư",)),
    ]
    matched = await lists.match(connection, viewer, rows)
    list_id = await lists.keep(
        connection, "Lớp may khóa 3", matched, unit_id=province_id, staff_id=officer_id, now=now
    )
    young = Audience.part(
        {
            "who": [
                {"is": "units", "units": [province_id]},
                {"is": "age", "from": 18, "to": 35, "unknown": False},
            ],
            "not": [{"is": "list", "list": list_id}],
        }
    )
    await segments.save(
        connection, "Chị em trẻ chưa học may", young, unit_id=province_id, staff_id=officer_id, now=now
    )
    return list_id
