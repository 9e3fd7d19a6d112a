"""The plan of an announcement, before anything is sent: by which ways, at what cost, from when to when, and what stands against it.

Each figure comes from where it is kept; here they are put together. What stands against it, `objections` says.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits
from bot.store.tables.broadcasts import Priority, Route
from broadcasts import attachments, hours, objections, people, posts, releases, ways
from broadcasts.approval import Row, Shown
from broadcasts.caps import Turn
from broadcasts.content import Content, Trial
from broadcasts.finishing import Release
from broadcasts.forecast import Forecast, forecast, intervals_of
from broadcasts.foretelling import Foretelling
from broadcasts.marks import Alike
from broadcasts.meanwhile import meanwhile
from broadcasts.objections import Gettext
from broadcasts.people import Asked, AudienceCount, LeftOut
from broadcasts.policy import Policy
from broadcasts.posts import Place
from broadcasts.refused import Refused
from broadcasts.ways import RoutePlan


@dataclass(frozen=True, slots=True)
class Plan:
    when: datetime  # What was asked about.
    routes: tuple[RoutePlan, ...]
    people: int
    cost: int  # VND, within the budget.
    unpaid: int  # People whom the budget does not suffice for.
    forecast: Forecast
    blockers: tuple[str, ...]
    warnings: tuple[str, ...]
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    posts: tuple[Place, ...] = ()  # Apart from people: whom they reach is not known by name.
    only_posts: bool = False  # By the officer's own choice nobody is written to.

    @property
    def starts_at(self) -> datetime:
        return self.forecast.starts_at

    @property
    def finishes_at(self) -> datetime:
        return self.forecast.finishes_at

    def shown(self, when: datetime, *, at_once: bool) -> Shown:
        """What is kept with a request for approval."""
        return Shown(self.people, self.cost, when, self.finishes_at, at_once, later=self.forecast.later)


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
    foretelling: Foretelling | None = None,
) -> Plan:
    """Of a broadcast's row, were it begun at `when`; `joins`: it goes to people one by one as they join. `foretelling` keeps
    what is known of the runs under way.

    Counts the audience, which takes seconds for a province: call it before anything is locked.
    """
    content = Content.from_json(row.content)
    # Who joins gets it herself: what is posted is seen by all, not only by those who are new.
    places = () if joins else tuple(await posts.places(connection, content.posts))
    asked, counted, unreadable = None, AudienceCount(0, {}, {}), list[str]()
    try:
        asked = Asked.of(row)
        counted = await people.count(connection, asked, now=now)
    except Refused as refused:
        unreadable = [_(str(refused))]
    only_posts = asked is not None and asked.audience.is_nobody
    routes = await ways.of_audience(connection, counted, now=now)
    cost, unpaid = ways.within(row.budget, routes)
    mine = turn_of(row, when, policy)
    crowd = [Alike(account_id, count) for account_id, count in ways.by_account(routes).items()]
    # Whoever joins begins with nothing: what the members of today have had says nothing of her.
    if asked is not None and counted.total and not joins:
        crowd = await releases.crowd_of(connection, asked, mine, crowd, policy, now=now)
    # Not on the loop: the rule is asked for each group, which takes seconds where the audience falls into many.
    released = await asyncio.to_thread(_wanted, crowd, mine, content.trial, policy)
    wanted = [*released, *_posted(places, when)]
    expected = await forecast(
        connection, wanted, mine, per_day=row.per_day, policy=policy, now=now, limits=limits
    )
    others = await meanwhile(
        connection, mine, tuple(counted.by_channel),
        await intervals_of(connection, {one.account_id for one in wanted}, limits),
        ends=expected.others_at or expected.finishes_at, policy=policy, now=now,
        foretelling=foretelling or Foretelling(),
    )  # fmt: skip
    blockers = [
        *await objections.of_texts(connection, row, counted, limits, _),
        *(unreadable or objections.of_audience(counted, _, joins=joins, only_posts=only_posts, is_posted=bool(places))),
        *await attachments.faults(connection, content.attachment, _talked_through(routes, places, limits), _),
        *await objections.of_wording(connection, content, _),
        *objections.of_trial(row, content, _),
        *posts.faults(places, _),
        *objections.of_deadline(row, when, expected, _, joins=joins),
        *objections.of_quota(routes, _),
    ]  # fmt: skip
    warnings = [
        *objections.of_budget(row.budget, unpaid, _),
        *objections.of_rest(content, counted.total, _, joins=joins),
        *objections.of_languages(row, content, _),
        *objections.of_time(row, when, expected, others, _),
        *objections.of_posts(row, content, _, joins=joins, is_meant=only_posts or bool(counted.total)),
    ]
    return Plan(
        when, routes, counted.total, cost, unpaid, expected, tuple(blockers), tuple(warnings), counted.left_out, places,
        only_posts,
    )  # fmt: skip


def turn_of(row: Row, when: datetime, policy: Policy) -> Turn:
    """Of a broadcast, were it begun at `when`."""
    by_day = hours.is_day(when, policy=policy) and row.priority != Priority.URGENT
    return Turn(when, row.priority, when, row.id, by_day)


def decided(mine: Turn, trial: Trial) -> Turn:
    """Of those who get the better of two texts, when it is known."""
    return replace(mine, at=mine.at + timedelta(hours=trial.hours))


def _wanted(crowd: Sequence[Alike], mine: Turn, trial: Trial | None, policy: Policy) -> list[Release]:
    """From when on each may be written to. Of two texts the better one goes to the rest when it is known."""
    if trial is None:
        return releases.released(crowd, mine, policy)
    tried = _tried(crowd, trial)
    rest = [replace(alike, people=alike.people - one.people) for alike, one in zip(crowd, tried, strict=True)]
    return [
        release
        for them, turn in ((tried, mine), (rest, decided(mine, trial)))
        for release in releases.released([alike for alike in them if alike.people], turn, policy)
    ]


def _tried(crowd: Sequence[Alike], trial: Trial) -> list[Alike]:
    """Those who get one of the two texts at first: of an account so many in a hundred, however small its groups are."""
    passed: dict[int, int] = {}
    tried: list[Alike] = []
    for alike in crowd:
        before = passed.get(alike.account_id, 0)
        passed[alike.account_id] = before + alike.people
        counted = [people * 2 * trial.share // 100 for people in (before, before + alike.people)]
        tried.append(replace(alike, people=counted[1] - counted[0]))
    return tried


def _posted(places: Sequence[Place], when: datetime) -> list[Release]:
    """One message for each place; what many see counts for nobody's day."""
    return [Release(place.post.account_id, when, 1) for place in places if place.is_active]


def _talked_through(
    routes: Sequence[RoutePlan], places: Sequence[Place], limits: Mapping[int, Limits]
) -> dict[str, Limits]:
    """The limits of the accounts whose chats and groups get it in our own words, by name."""
    names = [(one.account, one.account_id) for one in routes if one.route is Route.CHAT]
    names += [(one.account, one.post.account_id) for one in places if one.post.route is Route.GROUP]
    return {name: limits[account_id] for name, account_id in names if account_id in limits}
