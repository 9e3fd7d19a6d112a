"""The chat as HTML: the whole page, and the messages alone for pages that are open already."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jinja2
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.channels.contract import Choice, FileKind
from bot.channels.web_chat import mailbox
from bot.channels.web_chat.mailbox import PAGE_LINES, Line
from bot.channels.web_chat.site import Site, Visit
from bot.channels.web_chat.words import as_html, has_khmer, when

_TEMPLATES = Path(__file__).parent / "templates"
_QUOTE_UNITS = 90
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_nonce() -> str:
    """A name for a message that she has not written yet."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Draft:
    """What the page is to show besides the messages: why it shows itself again, and what she has typed so far."""

    text: str = ""
    reply_to: int | None = None
    start_code: str = ""  # She came by a link with this code and has not started yet.
    notice: str = ""
    nonce: str = field(default_factory=new_nonce)


@dataclass(frozen=True, slots=True)
class _LineView:
    line_id: int
    changed_by: int
    is_ours: bool
    html: Markup
    has_khmer: bool
    at_us: int  # Microseconds since 1970: what pages sort by.
    at_iso: str
    when: str
    quote: str
    choices: Sequence[Choice]
    nonce: str
    file: FileKind | None  # What it carries, shown or offered from an address of its own.


class Rendering:
    def __init__(self, site: Site) -> None:
        self._site = site
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        environment.globals["asset"] = site.assets.url
        self._page = environment.get_template("chat.html")
        self._lines = environment.get_template("lines.html")

    async def page(self, visit: Visit, draft: Draft, *, before: int | None = None) -> str:
        async with self._site.database.reading() as connection:
            last_id = await mailbox.last_id(
                connection, visit.chat
            )  # First: what comes meanwhile is shown twice, and once only.
            lines = await mailbox.latest(connection, visit.chat, before=before)
            views = await self._views(connection, visit, lines)
            answered = await mailbox.some(connection, visit.chat, [draft.reply_to] if draft.reply_to else [])
        greeting = self._site.greeting(visit.language)
        return self._page.render(
            _=visit.say,
            language=visit.language,
            organisation=self._site.organisation,
            greeting=as_html(greeting),
            greeting_is_khmer=has_khmer(greeting),
            lines=views,
            older=min(line.line_id for line in lines) if len(lines) == PAGE_LINES else None,
            is_older=before is not None,
            last_id=last_id,
            draft=draft,
            start_nonce=draft.nonce if draft.start_code else "",
            compose_nonce=new_nonce() if draft.start_code else draft.nonce,
            quote=_quote(answered[0]) if answered else "",
            widget="?widget=1" if visit.doorway.is_widget else "",
        )

    async def lines(self, connection: AsyncConnection, visit: Visit, lines: Sequence[Line]) -> str:
        return self._lines.render(
            _=visit.say,
            lines=await self._views(connection, visit, lines),
            widget="?widget=1" if visit.doorway.is_widget else "",
        )

    async def _views(
        self, connection: AsyncConnection, visit: Visit, lines: Sequence[Line]
    ) -> list[_LineView]:
        known = {line.line_id: line for line in lines}
        missing = {line.reply_to for line in lines if line.reply_to} - set(known)
        known |= {line.line_id: line for line in await mailbox.some(connection, visit.chat, list(missing))}
        open_choices = _line_with_open_choices(lines)
        now = self._site.clock()
        return [
            _view(line, known.get(line.reply_to or 0), now, visit.say, is_open=line is open_choices)
            for line in lines
        ]


def _view(
    line: Line, answered: Line | None, now: datetime, say: Callable[[str], str], *, is_open: bool
) -> _LineView:
    return _LineView(
        line_id=line.line_id,
        changed_by=line.changed_by,
        is_ours=line.is_ours,
        html=as_html(line.message.text, line.message.spans),
        has_khmer=has_khmer(line.message.text),
        at_us=(line.at - _EPOCH) // timedelta(microseconds=1),
        at_iso=line.at.isoformat(),
        when=when(line.at, now, say),
        # Of a choice the question it answers is plain from the line before.
        quote=_quote(answered) if answered else "",
        choices=line.message.choices if is_open else (),
        nonce=new_nonce(),
        file=line.message.attachment.kind if line.message.attachment else None,
    )


def _line_with_open_choices(lines: Sequence[Line]) -> Line | None:
    """The last of our messages with something to pick, unless she has written since."""
    for line in reversed(lines):
        if not line.is_ours:
            return None
        if line.message.choices:
            return line
    return None


def _quote(line: Line) -> str:
    return text.cut(" ".join(line.message.text.split()), _QUOTE_UNITS)
