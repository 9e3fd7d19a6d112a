"""The plan of an announcement, before anything is sent: by which ways, at what cost, from when to when, and what stands against it.

Figures, and sentences for an officer. What is a blocker keeps it from being sent; a warning she may know better.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits
from bot.clock import in_vietnam
from bot.store.tables import accounts, message_templates
from bot.store.tables.broadcasts import Priority, Route
from broadcasts import attachments, merge_fields, people, posts, text_faults
from broadcasts.approval import Row, Shown
from broadcasts.content import Content
from broadcasts.forecast import Forecast, forecast, meanwhile
from broadcasts.people import Asked, AudienceCount, LeftOut
from broadcasts.policy import Policy
from broadcasts.posts import Place
from broadcasts.quotas import Quota, quotas
from broadcasts.refused import Refused

_READY = "ENABLE"  # The word of the one platform that has templates.

Gettext = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """So many people by one way from one account."""

    account_id: int
    account: str  # Its name.
    channel: str
    route: Route
    people: int
    price: int  # VND of one message at most.
    quota: Quota | None = None

    @property
    def cost(self) -> int:
        return self.people * self.price


@dataclass(frozen=True, slots=True)
class Plan:
    routes: tuple[RoutePlan, ...]
    people: int
    cost: int  # VND, within the budget.
    unpaid: int  # People whom the budget does not suffice for.
    forecast: Forecast
    blockers: tuple[str, ...]
    warnings: tuple[str, ...]
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    posts: tuple[Place, ...] = ()  # Apart from people: whom they reach is not known by name.

    @property
    def starts_at(self) -> datetime:
        return self.forecast.starts_at

    @property
    def finishes_at(self) -> datetime:
        return self.forecast.finishes_at

    def shown(self, when: datetime, *, at_once: bool) -> Shown:
        """What is kept with a request for approval."""
        return Shown(self.people, self.cost, when, self.finishes_at, at_once)


async def plan(
    connection: AsyncConnection,
    row: Row,
    when: datetime,
    policy: Policy,
    *,
    now: datetime,
    limits: Mapping[int, Limits],
    _: Gettext,
    joins: bool = False,
) -> Plan:
    """Of a broadcast's row, were it begun at `when`; `joins`: it goes to people one by one as they join.

    Counts the audience, which takes seconds for a province: call it before anything is locked.
    """
    counted = AudienceCount(0, {}, {})
    blockers: list[str] = []
    content = Content.from_json(row.content)
    # Who joins gets it herself: what is posted is seen by all, not only by those who are new.
    places = () if joins else tuple(await posts.places(connection, content.posts))
    try:
        counted = await people.count(connection, Asked.of(row), now=now)
    except Refused as refused:
        blockers.append(_(str(refused)))
    else:
        if not counted.total and not joins and not places:
            blockers.append(_nobody(counted, _))
    blockers = [*await _faults(connection, row, counted, limits, _), *blockers]
    routes = await _routes(connection, counted, now)
    cost, unpaid = _within(row.budget, routes)
    by_account: dict[int, int] = {}
    for one in routes:
        by_account[one.account_id] = by_account.get(one.account_id, 0) + one.people
    for place in places:
        if place.is_active:
            by_account[place.post.account_id] = by_account.get(place.post.account_id, 0) + 1
    expected = await forecast(
        connection, by_account, when, priority=Priority(row.priority), per_day=row.per_day, policy=policy, now=now,
        limits=limits,
    )  # fmt: skip
    talked_through = [(one.account, one.account_id) for one in routes if one.route is Route.CHAT]
    talked_through += [(one.account, one.post.account_id) for one in places if one.post.route is Route.GROUP]
    blockers += await attachments.faults(
        connection,
        content.attachment,
        {name: limits[account_id] for name, account_id in talked_through if account_id in limits},
        _,
    )
    blockers += await _not_approved(connection, content, _)
    blockers += posts.faults(places, _)
    blockers += _deadline(row, when, expected, _)
    blockers += _short(routes, _)
    return Plan(
        routes,
        counted.total,
        cost,
        unpaid,
        expected,
        tuple(blockers),
        (
            *await _warnings(connection, row, counted, by_account, expected, unpaid, when, _),
            *_about_posts(row, content, counted, _, joins=joins),
        ),
        counted.left_out,
        places,
    )


def _about_posts(row: Row, content: Content, counted: AudienceCount, _: Gettext, *, joins: bool) -> list[str]:
    if not content.posts:
        return []
    if joins:
        return [_("Thông báo cho người mới vào Hội chỉ gửi riêng từng người, không đăng bài ở đâu.")]
    alone = [] if counted.total else [_("Không có hội viên nào nhận riêng: thông báo này chỉ đăng bài.")]
    return [*posts.warnings(row.texts, content, _), *alone]


async def _faults(
    connection: AsyncConnection,
    row: Row,
    counted: AudienceCount,
    limits: Mapping[int, Limits],
    _: Gettext,
) -> list[str]:
    """What is wrong with the texts, also by the shortest message of the platforms that it goes through."""
    content = Content.from_json(row.content)
    said_through = [one.account_id for one in counted.by_route]
    said_through += [post.account_id for post in content.posts if post.route is Route.GROUP]
    found = text_faults.faults_of_all(
        row.texts,
        min(
            (limits[account_id].text_units for account_id in said_through if account_id in limits),
            default=None,
        ),
        _,
        local=await merge_fields.local(connection),
        content=content,
    )
    return [fault for faults in found.values() for fault in faults]


def _nobody(counted: AudienceCount, _: Gettext) -> str:
    if counted.left_out:
        return _(
            "Không có đường nào tới được ai trong số những người đã chọn. Lý do ghi ở dòng «không nhận được» bên dưới."
        )
    return _("Không có hội viên nào đúng với những điều đã chọn. Chị chọn lại người nhận.")


async def _routes(
    connection: AsyncConnection, counted: AudienceCount, now: datetime
) -> tuple[RoutePlan, ...]:
    ids = {one.account_id for one in counted.by_route}
    found = await connection.execute(sa.select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(ids)))
    names = {row.id: row.name for row in found}
    known = await quotas(connection, ids, now=now)
    return tuple(
        RoutePlan(
            one.account_id,
            names[one.account_id],
            one.channel,
            one.route,
            one.people,
            one.price,
            known.get(one.account_id),
        )
        for one in counted.by_route
    )


def _within(budget: int | None, routes: tuple[RoutePlan, ...]) -> tuple[int, int]:
    """What it costs within the budget, and for how many people that does not suffice; the cheapest are paid for first."""
    left, unpaid = budget or 0, 0
    for one in sorted(routes, key=lambda one: one.price):
        if one.price:
            paid = min(one.people, left // one.price)
            left -= paid * one.price
            unpaid += one.people - paid
    return (budget or 0) - left, unpaid


def _short(routes: tuple[RoutePlan, ...], _: Gettext) -> list[str]:
    """Accounts whose plan of the month does not suffice."""
    wanted: dict[int, int] = {}
    for one in routes:
        wanted[one.account_id] = wanted.get(one.account_id, 0) + one.people
    short = {
        one.account_id: (one.account, one.quota.left)
        for one in routes
        if one.quota and one.quota.left is not None and one.quota.left < wanted[one.account_id]
    }
    return [
        _("%(account)s chỉ còn gửi được %(left)d tin trong tháng này, cần %(wanted)d.")
        % {"account": account, "left": left, "wanted": wanted[account_id]}
        for account_id, (account, left) in short.items()
    ]


def _deadline(row: Row, when: datetime, expected: Forecast, _: Gettext) -> list[str]:
    if row.deadline_at is None:
        return []
    values = {"deadline": _moment(row.deadline_at), "finish": _moment(expected.finishes_at)}
    if row.deadline_at <= when:
        return [_("Giờ gửi sau hạn chót %(deadline)s.") % values]
    if expected.finishes_at > row.deadline_at:
        return [_("Không kịp hạn chót %(deadline)s: gửi xong chừng %(finish)s.") % values]
    return []


async def _not_approved(connection: AsyncConnection, content: Content, _: Gettext) -> list[str]:
    """Wordings that their platform has not approved."""
    found = []
    if wording := content.approved:
        state = await connection.scalar(
            sa.select(message_templates.c.state).where(
                message_templates.c.account_id == wording.account_id,
                message_templates.c.template_id == wording.template_id,
            )
        )
        if state != _READY:
            found.append(_("Mẫu tin đã chọn chưa được nền tảng duyệt nên chưa dùng được."))
    return found


async def _warnings(
    connection: AsyncConnection,
    row: Row,
    counted: AudienceCount,
    by_account: Mapping[int, int],
    expected: Forecast,
    unpaid: int,
    when: datetime,
    _: Gettext,
) -> list[str]:
    found = []
    if unpaid:
        found.append(
            _("Trần chi phí %(budget)s đồng không đủ cho tất cả: chừng %(unpaid)d người sẽ không được gửi.")
            % {"budget": f"{row.budget:,}".replace(",", "."), "unpaid": unpaid}
        )
    others = await meanwhile(
        connection,
        row.id,
        tuple(counted.by_channel),
        tuple(by_account),
        begins=when,
        ends=expected.finishes_at,
    )
    if others:
        found.append(
            _("Cùng lúc có %(others)d thông báo khác gửi qua các kênh này, nên có thể chậm hơn dự tính.")
            % {"others": others}
        )
    if expected.rests_at_night and in_vietnam(expected.finishes_at).date() > in_vietnam(when).date():
        found.append(_("Không gửi xong trong ngày: ban đêm trợ lý nghỉ, sáng hôm sau gửi tiếp."))
    if row.priority == Priority.DRIP and not row.per_day:
        found.append(_("Chưa ghi mỗi ngày gửi bao nhiêu người nên sẽ gửi liền một lượt."))
    return found


def _moment(moment: datetime) -> str:
    return f"{in_vietnam(moment):%H:%M %d/%m/%Y}"
