"""Posts: one message that many see, in a group or as an article to all who follow an account.

Whom a post reaches nobody knows by name, so it stands apart from people wherever they are counted. What officers are told
of it before it goes out, the plan, the approval and the form all take from here.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import groups
from bot.store.tables import accounts, deliveries
from bot.store.tables.accounts import AccountState
from bot.store.tables.broadcasts import DeliveryState, Route
from broadcasts import markup
from broadcasts.content import Content, Post

ROUTES = (Route.ARTICLE, Route.GROUP)
MOST = 20  # Of one announcement.

# Written out: a database takes a partial index only where the statement says its condition.
IS_POST = sa.text("deliveries.route IN ('article', 'group')")
"""That a delivery is a post."""

Gettext = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post goes, as far as we know it today."""

    post: Post
    account: str  # Its name.
    channel: str
    people: int  # How many read there; 0: nobody has said.
    is_active: bool  # The account sends.
    is_open: bool  # The group is there and takes posts, as its platform last said.


async def places(connection: AsyncConnection, posts: Sequence[Post]) -> list[Place]:
    ids = {post.account_id for post in posts}
    if not ids:
        return []
    rows = await connection.execute(sa.select(accounts).where(accounts.c.id.in_(ids)))
    known = {row.id: row for row in rows}
    found = []
    for post in posts:
        row = known.get(post.account_id)
        if row is None:
            found.append(Place(post, "", "", 0, is_active=False, is_open=False))
            continue
        of_account = groups.of(row.id, row.name, row.settings)
        group = next(
            (one for one in (of_account.groups if of_account else ()) if one.address == post.target), None
        )
        found.append(
            Place(
                post,
                row.name,
                row.channel,
                group.people if group else 0,
                is_active=row.state is AccountState.ACTIVE,
                is_open=post.route is Route.ARTICLE or (group is not None and group.is_open),
            )
        )
    return found


def sentence(place: Place, _: Gettext) -> str:
    """Where it goes and who reads it, for whoever sends or approves it."""
    values = {"name": place.post.name, "account": place.account, "people": place.people}
    if place.post.route is Route.ARTICLE:
        said = _("Gửi bài viết mã %(name)s cho mọi người quan tâm %(account)s") % values
    elif place.people:
        said = (
            _("Đăng trong nhóm «%(name)s» của %(account)s, %(people)d người trong nhóm đều đọc được") % values
        )
    else:
        said = _("Đăng trong nhóm «%(name)s» của %(account)s, ai trong nhóm cũng đọc được") % values
    return said


def faults(found: Sequence[Place], _: Gettext) -> list[str]:
    """What keeps posts from going out, in sentences."""
    return [
        _("Không đăng được lên %(name)s: tài khoản đang không hoạt động.") % {"name": place.post.name}
        if not place.is_active
        else _("Không đăng được trong nhóm «%(name)s»: nhóm đã đóng hoặc Hội không còn ở trong nhóm.")
        % {"name": place.post.name}
        for place in found
        if not (place.is_active and place.is_open)
    ]


def warnings(texts: Mapping[str, str], content: Content, _: Gettext) -> list[str]:
    """What an officer should know of posts before she sends them; nothing where there are none."""
    routes = {post.route for post in content.posts}
    found = []
    if routes:
        found.append(
            _("Bài đăng thì ai ở đó cũng đọc được, không riêng hội viên, và không biết được ai đã đọc.")
        )
    if Route.ARTICLE in routes:
        found.append(
            _("Người quan tâm thấy bài viết đã soạn trên trang của nền tảng, không thấy lời nhắn ở đây.")
        )
    if Route.GROUP not in routes:
        return found
    fields = list(dict.fromkeys(one.name for text in texts.values() for one in markup.parse(text).fields))
    if fields:
        listed = ", ".join(f"{{{{{name}}}}}" for name in fields)
        found.append(
            _("Trong nhóm không điền thông tin riêng của ai: %(fields)s được thay bằng lời chung.")
            % {"fields": listed}
        )
    if content.answers:
        found.append(_("Trong nhóm không có câu trả lời để chọn: ai muốn trả lời thì nhắn riêng cho Hội."))
    if content.trial:
        found.append(_("Trong nhóm chỉ đăng lời thứ nhất."))
    return found


def of_run(run_id: int) -> sa.Select[int]:
    """The numbers of a run's posts: a few."""
    return sa.select(deliveries.c.id).where(deliveries.c.run_id == run_id, IS_POST)


async def tally(connection: AsyncConnection, run_ids: Collection[int]) -> dict[int, Counter[DeliveryState]]:
    """What became of the posts of these runs; a run without any is not there."""
    if not run_ids:
        return {}
    rows = await connection.execute(
        sa.select(deliveries.c.run_id, deliveries.c.state, sa.func.count().label("posts"))
        .where(deliveries.c.run_id.in_(run_ids), IS_POST)
        .group_by(deliveries.c.run_id, deliveries.c.state)
    )
    found: dict[int, Counter[DeliveryState]] = {}
    for row in rows:
        found.setdefault(row.run_id, Counter())[row.state] = row.posts
    return found
