"""What stands against an announcement: blockers, which keep it from being sent, and warnings, which an officer may know better.

Sentences for her. The figures that they are drawn from are `broadcasts.plan`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits
from bot.clock import in_vietnam
from bot.store.tables import message_templates
from bot.store.tables.broadcasts import Priority, Route
from broadcasts import merge_fields, posts, text_faults
from broadcasts.approval import Row
from broadcasts.content import Content
from broadcasts.forecast import Forecast
from broadcasts.meanwhile import Meanwhile
from broadcasts.people import AudienceCount
from broadcasts.refused import N_
from broadcasts.trial import Rest, rest_of
from broadcasts.ways import RoutePlan, by_account

_READY = "ENABLE"  # The word of the one platform that has templates.
_MOST_DAYS = 4  # That are said one by one.

_LANGUAGES = {"vi": N_("tiếng Việt"), "km": N_("tiếng Khmer")}

Gettext = Callable[[str], str]


def of_audience(
    counted: AudienceCount, _: Gettext, *, joins: bool, only_posts: bool, is_posted: bool
) -> list[str]:
    """That nobody would get it; of who is yet to join nobody can know."""
    if joins and only_posts:
        return [
            _(
                "Thông báo chỉ đăng bài thì không gửi cho người mới vào Hội được. Chị chọn người nhận hoặc chọn giờ gửi khác."
            )
        ]
    if counted.total or joins or is_posted:
        return []
    if counted.left_out:
        return [
            _(
                "Không có đường nào tới được ai trong số những người đã chọn. Lý do ghi ở dòng «không nhận được» bên dưới."
            )
        ]
    return [_("Không có hội viên nào đúng với những điều đã chọn. Chị chọn lại người nhận.")]


async def of_texts(
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
    return list(dict.fromkeys(fault for faults in found.values() for fault in faults))


def of_trial(row: Row, content: Content, _: Gettext) -> list[str]:
    """What is urgent does not wait hours for the better of two texts, nor go to the rest in the night for it."""
    if content.trial is None or row.priority != Priority.URGENT:
        return []
    return [
        _(
            "Tin khẩn phải tới mọi người liền, còn thử hai lời thì phần đông phải chờ mấy tiếng. Chị bỏ thử hai lời, hoặc chọn mức ưu tiên bình thường."
        )
    ]


def of_rest(content: Content, people: int, _: Gettext, *, joins: bool) -> list[str]:
    """That of two texts the better one may have nobody left to go to."""
    if content.trial is None or not people:
        return []
    match rest_of(content.trial, people, joins=joins):
        case Rest.NONE:
            said = _(
                "Thử hai lời: mỗi lời gửi cho một nửa nên ai cũng nhận ngay một trong hai lời, không còn ai để gửi lời hay hơn. Muốn còn người để gửi lời hay hơn, chị ghi số phần trăm nhỏ hơn."
            )
        case Rest.PERHAPS if joins:
            said = _(
                "Thử hai lời: người mới vào Hội được gửi từng đợt rất ít người, nên khó so hai lời và có thể không còn ai để gửi lời hay hơn."
            )
        case Rest.PERHAPS:
            said = _(
                "Thử hai lời: ít người nhận nên khó so hai lời, và có thể ai cũng nhận ngay một trong hai lời, không còn ai để gửi lời hay hơn."
            )
        case Rest.SOME:
            return []
    return [said]


def of_languages(row: Row, content: Content, _: Gettext) -> list[str]:
    """That a phone shows two languages at once: its text is translated, its answers are not, or not all."""
    found = []
    for language, text in row.texts.items():
        bare = [
            str(number)
            for number, answer in enumerate(content.answers, 1)
            if not answer.get(language, "").strip()
        ]
        if text.strip() and bare:
            said = _(
                "Câu trả lời số %(numbers)s chưa có %(language)s: máy dùng tiếng ấy sẽ lẫn hai thứ tiếng. Chị viết thêm giúp."
            )
            found.append(
                said % {"numbers": ", ".join(bare), "language": _(_LANGUAGES.get(language, language))}
            )
    return found


def of_quota(routes: Sequence[RoutePlan], _: Gettext) -> list[str]:
    """Accounts whose plan of the month does not suffice."""
    wanted = by_account(routes)
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


def of_deadline(row: Row, when: datetime, expected: Forecast, _: Gettext, *, joins: bool) -> list[str]:
    """What comes after it is of no use. A series for newcomers only ends with it."""
    if row.deadline_at is None:
        return []
    values = {"deadline": _moment(row.deadline_at), "finish": _moment(expected.finishes_at)}
    if row.deadline_at <= when:
        return [_("Giờ gửi sau hạn chót %(deadline)s.") % values]
    if joins or expected.finishes_at <= row.deadline_at:
        return []
    if expected.later and (expected.others_at is None or expected.others_at <= row.deadline_at):
        said = _(
            "Không kịp hạn chót %(deadline)s: có người đã nhận đủ thông báo khác nên chừng %(finish)s mới nhận xong. Chị lùi hạn chót, chọn ngày gửi khác, hoặc trừ những người ấy ra."
        )
        return [said % values]
    return [_("Không kịp hạn chót %(deadline)s: gửi xong chừng %(finish)s.") % values]


async def of_wording(connection: AsyncConnection, content: Content, _: Gettext) -> list[str]:
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


def of_budget(budget: int | None, unpaid: int, _: Gettext) -> list[str]:
    """That it does not suffice for all."""
    if not unpaid:
        return []
    said = _("Trần chi phí %(budget)s đồng không đủ cho tất cả: chừng %(unpaid)d người sẽ không được gửi.")
    return [said % {"budget": _number(budget or 0), "unpaid": unpaid}]


def of_time(row: Row, when: datetime, expected: Forecast, meanwhile: Meanwhile, _: Gettext) -> list[str]:
    """What makes it late."""
    found = []
    if meanwhile.others and meanwhile.until is None:
        found.append(
            _("Cùng lúc có %(others)d thông báo khác gửi qua các kênh này, nên có thể chậm hơn dự tính.")
            % {"others": meanwhile.others}
        )
    elif meanwhile.others and meanwhile.until is not None:
        said = _(
            "Đến chừng %(until)s còn có %(others)d thông báo khác gửi qua các kênh này, nên tới lúc đó có thể chậm hơn dự tính."
        )
        until = _moment(meanwhile.until + timedelta(minutes=1))  # Of its last minute the end.
        found.append(said % {"until": until, "others": meanwhile.others})
    if expected.later:
        found.append(_later(when, expected.later, _))
    by_days = row.priority == Priority.DRIP and row.per_day
    if (
        expected.rests_at_night
        and expected.others_at
        and not by_days
        and _day(expected.others_at) > _day(when)
    ):
        found.append(_("Không gửi xong trong ngày: ban đêm trợ lý nghỉ, sáng hôm sau gửi tiếp."))
    if row.priority == Priority.DRIP and not row.per_day:
        found.append(_("Chưa ghi mỗi ngày gửi bao nhiêu người nên sẽ gửi liền một lượt."))
    return found


def _later(when: datetime, later: Mapping[date, int], _: Gettext) -> str:
    said = _(
        "%(people)s người chưa nhận được trong ngày %(day)s vì đã nhận hoặc sắp nhận thông báo khác, đủ số tin một ngày hay một tuần. Trợ lý gửi cho họ sau: %(later)s. Nếu không muốn vậy, chị chọn ngày gửi khác, trừ những người ấy ra, hoặc chọn mức Khẩn nếu việc thật khẩn."
    )
    return said % {
        "people": _number(sum(later.values())),
        "day": _written(_day(when)),
        "later": later_days(later, _),
    }


def later_days(later: Mapping[date, int], _: Gettext) -> str:
    """How many from which day on."""
    days = sorted(later)
    said = [
        _("%(people)s người từ ngày %(day)s") % {"people": _number(later[day]), "day": _written(day)}
        for day in days[:_MOST_DAYS]
    ]
    if rest := sum(later[day] for day in days[_MOST_DAYS:]):
        said.append(_("%(people)s người muộn hơn nữa") % {"people": _number(rest)})
    return ", ".join(said)


def of_posts(row: Row, content: Content, _: Gettext, *, joins: bool, is_meant: bool) -> list[str]:
    if not content.posts:
        return []
    if joins:
        return [_("Thông báo cho người mới vào Hội chỉ gửi riêng từng người, không đăng bài ở đâu.")]
    alone = [] if is_meant else [_("Không có hội viên nào nhận riêng: thông báo này chỉ đăng bài.")]
    return [*posts.warnings(row.texts, content, _), *alone]


def _day(moment: datetime) -> date:
    return in_vietnam(moment).date()


def _moment(moment: datetime) -> str:
    return f"{in_vietnam(moment):%H:%M %d/%m/%Y}"


def _written(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")
