"""Where an announcement is posted for many to see: offered, read and checked beside the form of the announcement.

Only for officers who see everything: whoever follows an account or is in a group of it lives anywhere in the province.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import accounts, groups
from bot.groups import Groups
from bot.store.tables.broadcasts import Route
from bot.text import clean
from broadcasts import posts
from broadcasts.content import Post
from handlers.officers.visit import Visit

_GROUP = re.compile(r"group-(\d{1,9})-(.{1,200})")
_ARTICLE = re.compile(r"article-(\d{1,9})")
_ARTICLE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen now."""

    groups: list[Groups]  # Of the accounts whose platform has groups.
    articles: list[accounts.Row]  # The accounts that send articles.

    @property
    def is_empty(self) -> bool:
        return not self.articles and not any(one.groups for one in self.groups)

    def known(self) -> set[Post]:
        return {
            Post(of.account_id, Route.GROUP, one.address, one.name)
            for of in self.groups
            for one in of.groups
            if one.is_open
        }


async def offered(visit: Visit, connection: AsyncConnection) -> Offered:
    """Nothing for who may not post."""
    if not visit.viewer.sees_everything:
        return Offered([], [])
    active = await accounts.active(connection)
    cares = {name: platform.care for name, platform in visit.console.platforms.items()}
    with_groups = [row for row in active if (care := cares.get(row.channel)) and care.has_groups]
    return Offered(
        [found for row in with_groups if (found := groups.of(row.id, row.name, row.settings))],
        [row for row in active if (care := cares.get(row.channel)) and care.shows_articles],
    )


def read(visit: Visit) -> tuple[Post, ...]:
    """What was ticked and typed, as it came: `error` says whether it may be."""
    found = []
    for field in visit.form:
        typed = clean(visit.field(field))[:_LONGEST]
        if typed and (group := _GROUP.fullmatch(field)):
            found.append(Post(int(group[1]), Route.GROUP, clean(group[2]), typed))
        elif typed and (article := _ARTICLE.fullmatch(field)):
            found.append(Post(int(article[1]), Route.ARTICLE, typed, typed))
    return tuple(dict.fromkeys(found))


def error(visit: Visit, chosen: Sequence[Post], offers: Offered, *, only_posts: bool) -> str:
    """What keeps these posts from being kept; empty: nothing. With `only_posts` there has to be one."""
    _ = visit.gettext
    if not chosen:
        return _("Chị đã chọn chỉ đăng bài: chị chọn nơi đăng giúp.") if only_posts else ""
    if not visit.viewer.sees_everything:
        return _("Chỉ cán bộ cấp tỉnh, thành đăng được trong nhóm hoặc gửi bài viết. Chị bỏ dấu chọn giúp.")
    if len(chosen) > posts.MOST:
        return _("Mỗi thông báo đăng nhiều nhất ở %(most)d nơi.") % {"most": posts.MOST}
    known, with_articles = offers.known(), {row.id for row in offers.articles}
    for post in chosen:
        if post.route is Route.GROUP and post not in known:
            return _("Nhóm «%(name)s» không còn đăng được hoặc đã đổi tên. Chị chọn lại giúp.") % {
                "name": post.name
            }
        if post.route is Route.ARTICLE and post.account_id not in with_articles:
            return _("Tài khoản này không gửi được bài viết. Chị bỏ mã bài viết giúp.")
        if post.route is Route.ARTICLE and not _ARTICLE_ID.fullmatch(post.target):
            return _("Mã bài viết chỉ gồm chữ không dấu, số, dấu - và dấu _. Chị chép lại đúng mã giúp.")
    return ""
