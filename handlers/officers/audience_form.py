"""Choosing the people of an announcement or of a segment as sentences: what the form holds, and what its page is given.

The units and channels have fields of their own; every other sentence lies in the form as it is kept, with a button that
takes it out, and one more is put together from the fields of its kind. A page that has the builder includes
`broadcasts/audience.html` in a block `audience`, gives it `context(...)`, and answers `POST <address>` of the builder with
that block again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import tags, viewers
from bot.people.viewers import Viewer
from broadcasts import lists, overview, past, segments, sentences
from broadcasts.audience import NOBODY, Audience, Condition, Is
from broadcasts.condition_values import ANY, NONE
from broadcasts.people import AudienceCount
from broadcasts.refused import N_, Refused
from handlers.officers import query
from handlers.officers.adding_condition import KINDS, read_condition
from handlers.officers.visit import Visit

_LONGEST_CONDITION = 4000
_MOST = 40  # Sentences, and units, that a form is read for.


@dataclass(frozen=True, slots=True)
class Builder:
    """The sentences as they stand in the form."""

    unit_ids: tuple[int, ...] = ()
    channels: frozenset[str] = frozenset()
    who: tuple[Condition, ...] = ()  # Besides units and channels.
    but_not: tuple[Condition, ...] = ()
    adding: Mapping[str, str] = field(
        default_factory=dict
    )  # The fields of the one that is being put together.
    error: str = ""  # Why that one cannot be added.
    only_posts: bool = False  # Nobody is written to; what else is chosen stays, and counts for nothing.

    @classmethod
    def of(cls, audience: Audience) -> "Builder":
        """An audience as it was kept."""
        if audience.is_nobody:
            return cls(only_posts=True)
        rest = tuple(one for one in audience.who if one.kind not in {Is.UNITS, Is.CHANNELS})
        return cls(audience.unit_ids, frozenset(audience.channels), rest, audience.but_not)

    def audience(self) -> Audience:
        """Refused when no unit or no channel is chosen, or there is too much of it."""
        if self.only_posts:
            return NOBODY
        stored = self.to_json()
        stored["who"].insert(1, {"is": "channels", "channels": sorted(self.channels)})
        return Audience.from_json(stored)

    def part(self) -> Audience:
        """Without channels, as a segment keeps it. Refused when there is nothing in it."""
        found = Audience.part(self.to_json())
        if not found.who:
            raise Refused(N_("Chưa chọn người nhận."))
        return found

    def to_json(self) -> dict[str, list[object]]:
        by_unit = [{"is": "units", "units": list(self.unit_ids)}] if self.unit_ids else []
        return {
            "who": [*by_unit, *(one.to_json() for one in self.who)],
            "not": [one.to_json() for one in self.but_not],
        }


def read(visit: Visit) -> Builder:
    """The builder as it was sent; whatever its buttons asked for is done."""
    _ = visit.gettext
    form = visit.form
    unit_ids = [query.number(visit.field(name)) for name in ("unit", "unit_more")]
    also = [
        query.number(name.removeprefix("unit-"))
        for name in form
        if name.startswith("unit-") and visit.field(name)
    ]
    channels = (
        name.removeprefix("channel-") for name in form if name.startswith("channel-") and visit.field(name)
    )
    builder = Builder(
        unit_ids=tuple(dict.fromkeys(one for one in (unit_ids[0], *also[:_MOST], unit_ids[1]) if one)),
        channels=frozenset(channels),
        who=_conditions(visit, "who"),
        but_not=_conditions(visit, "not"),
        adding={name: visit.field(name) for name in form if name.startswith("add")},
        only_posts=bool(visit.field("only_posts")),
    )
    kind = builder.adding.get("add-kind", "")
    if kind not in KINDS:
        return replace(builder, adding={})
    if not visit.field("add"):
        return builder
    try:
        condition = read_condition(Is(kind), visit.field)
        added = (
            replace(builder, but_not=(*builder.but_not, condition), adding={})
            if visit.field("add-as") == "not"
            else replace(builder, who=(*builder.who, condition), adding={})
        )
        Audience.part(added.to_json())
    except Refused as refused:
        return replace(builder, error=_(str(refused)))
    return added


async def start(visit: Visit, connection: AsyncConnection) -> Builder:
    """A new one: her unit, every channel, and the segment or list that the address names."""
    channels = frozenset(one.channel for one in await overview.channels(connection))
    who = tuple(
        Condition(kind, {kind.value: row_id})
        for kind in (Is.SEGMENT, Is.LIST)
        if (row_id := query.number(visit.request.query.get(kind.value, "")))
    )
    builder = Builder((visit.viewer.unit_id,), channels, who)
    return (
        builder
        if await _out_of_sight(connection, visit.viewer, builder) is None
        else replace(builder, who=())
    )


async def errors(
    visit: Visit, connection: AsyncConnection, builder: Builder, *, needs_channels: bool = True
) -> dict[str, str]:
    """What keeps the audience from being kept, by field: `unit`, `channels`, `audience`."""
    _ = visit.gettext
    found: dict[str, str] = {}
    if needs_channels and builder.only_posts:
        return found
    if not builder.unit_ids or not await _are_in_sight(connection, visit.viewer, builder.unit_ids):
        found["unit"] = _("Chị chọn đơn vị nhận thông báo giúp.")
    known = {one.channel for one in await overview.channels(connection)}
    if needs_channels and (not builder.channels or not builder.channels <= known):
        found["channels"] = _("Chị chọn ít nhất một kênh gửi.")
    if builder.error:
        found["audience"] = builder.error
    elif builder.adding:
        found["audience"] = _("Có một điều kiện chị chọn mà chưa bấm Thêm. Chị bấm Thêm, hoặc bỏ nó đi.")
    elif (refusal := await _out_of_sight(connection, visit.viewer, builder)) is not None:
        found["audience"] = _(refusal)
    if not found:
        try:
            await segments.opened(connection, builder.audience() if needs_channels else builder.part())
        except Refused as refused:
            found["audience"] = _(str(refused))
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where the builder stands."""

    address: str  # Answers the builder's buttons and fields with the block `audience`.
    title: str
    counted_at: str = (
        ""  # Answers with `broadcasts/reached.html`: how many they are. Empty: nobody is counted there.
    )
    needs_channels: bool = True
    can_save: bool = True
    may_only_post: bool = False  # Beside people there are places to post in.


async def context(
    visit: Visit,
    connection: AsyncConnection,
    builder: Builder,
    place: Place,
    *,
    errors: Mapping[str, str],
    counted: AudienceCount | None = None,
    asked: str = "",
    counts_later: bool = False,
) -> dict[str, object]:
    """What `broadcasts/audience.html` is given. With `asked` (`audience_people.written`) the numbers lead to the names. With
    `counts_later` the fields come at once, and ask for the number themselves.
    """
    viewer = visit.viewer
    return {
        "builder": builder,
        "builder_place": place,
        "builder_errors": errors,
        "units": await viewers.units_to_choose(
            connection, viewer, opened=builder.unit_ids[-1] if builder.unit_ids else None
        ),
        "unit_names": await viewers.names_in_sight(connection, viewer, builder.unit_ids),
        "channels": await overview.channels(connection),
        "who_said": await _said(connection, builder.who, visit, is_exception=False),
        "not_said": await _said(connection, builder.but_not, visit, is_exception=True),
        "kinds": KINDS,
        "options": await _options(visit, connection, builder.adding),
        "counted": counted,
        "asked": asked,
        "counts_later": counts_later,
    }


async def _options(
    visit: Visit, connection: AsyncConnection, adding: Mapping[str, str]
) -> dict[str, list[tuple[object, str]]]:
    """What the fields of the sentence that is being put together offer: values with what they say."""
    _ = visit.gettext
    match adding.get("add-kind"):
        case Is.TAG:
            return {"tag": [(one, one) for one in await tags.in_use(connection)]}
        case Is.LIST:
            return {"list": [(one.id, one.name) for one in await lists.page(connection, visit.viewer)]}
        case Is.SEGMENT:
            return {"segment": [(one.id, one.name) for one in await segments.page(connection, visit.viewer)]}
        case Is.GOT | Is.ANSWERED:
            sent = await past.to_choose(connection, visit.viewer)
            chosen = next((one for one in sent if str(one.broadcast_id) == adding.get("add-broadcast")), None)
            chosen = chosen or (sent[0] if sent else None)
            answers = chosen.answers if chosen else ()
            return {
                "broadcast": [(one.broadcast_id, one.title) for one in sent],
                "answer": [
                    (ANY, _("bất cứ điều gì")),
                    (NONE, _("chưa trả lời gì")),
                    *((number, f"{number}. {label}") for number, label in enumerate(answers, 1)),
                ],
            }
    return {}


async def _said(
    connection: AsyncConnection, conditions: Sequence[Condition], visit: Visit, *, is_exception: bool
) -> list[tuple[str, str]]:
    """Each sentence with the condition as the form carries it."""
    return [
        (
            await sentences.of_condition(connection, one, visit.gettext, is_exception=is_exception),
            json.dumps(one.to_json(), ensure_ascii=False),
        )
        for one in conditions
    ]


def _conditions(visit: Visit, prefix: str) -> tuple[Condition, ...]:
    """Those in the form, but for the one that is to be dropped. What was tampered with is no condition any more."""
    found = []
    dropped = visit.field("drop")
    for at in range(_MOST):
        name = f"{prefix}-{at}"
        written = visit.field(name)
        if not written or f"{prefix}={written}" == dropped or len(written) > _LONGEST_CONDITION:
            continue
        try:
            condition = Condition.from_json(json.loads(written))
        except (Refused, ValueError, RecursionError):
            continue
        found.append(segments.as_kept(condition))
    return tuple(found)


async def _are_in_sight(connection: AsyncConnection, viewer: Viewer, unit_ids: Sequence[int]) -> bool:
    return len(await viewers.names_in_sight(connection, viewer, unit_ids)) == len(set(unit_ids))


async def _out_of_sight(connection: AsyncConnection, viewer: Viewer, builder: Builder) -> str | None:
    """Of what the sentences name, the first that is not the viewer's to use: why not, or None."""
    for one in (*builder.who, *builder.but_not):
        match one.kind:
            case Is.UNITS:
                is_hers = await _are_in_sight(connection, viewer, one.values["units"])
            case Is.SEGMENT:
                is_hers = await segments.get(connection, viewer, one.values["segment"]) is not None
            case Is.LIST:
                is_hers = await lists.get(connection, viewer, one.values["list"]) is not None
            case Is.GOT | Is.ANSWERED:
                is_hers = await past.is_in_sight(connection, viewer, one.values["broadcast"])
            case _:
                continue
        if not is_hers:
            return N_(
                "Có điều kiện dùng đơn vị, nhóm, danh sách hoặc thông báo không còn, hoặc không thuộc đơn vị của chị."
            )
    return None
