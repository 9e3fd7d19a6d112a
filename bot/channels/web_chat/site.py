"""What the routes of one web chat share, and what each of them has to know about a request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.channels.contract import Account
from bot.channels.web_chat import mailbox
from bot.channels.web_chat.mailbox import Chat
from bot.channels.web_chat.visitor import Doorway, Visitor, new_visitor
from bot.channels.web_chat.watch import Watch
from bot.clock import Clock
from bot.languages import Languages
from bot.store.database import Database
from bot.web.assets import Assets
from bot.web.error_pages import language_of
from bot.web.security_headers import allow_framing


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, by which door, in which language."""

    doorway: Doorway
    visitor: Visitor
    is_known: bool  # False: she brought no cookie, the visitor was made up now.
    chat: Chat
    language: str
    say: Callable[[str], str]  # gettext in her language.

    def remember(self, response: web.StreamResponse) -> None:
        self.doorway.remember(response, self.visitor)


@dataclass(frozen=True, slots=True)
class Site:
    account: Account
    database: Database
    watch: Watch
    assets: Assets
    languages: Languages
    clock: Clock
    organisation: str
    web_address: str  # Where people reach the service, without a slash at the end.
    widget_origins: Sequence[
        str
    ]  # The sites that may show the chat in a frame, as "https://host"; none: no widget.
    greeting: Callable[[str], str]  # What a newcomer reads first, in the language given.
    answer_wait: (
        timedelta  # How long a page without JavaScript waits for the answer before it shows itself again.
    )

    async def visit(self, request: web.Request) -> Visit:
        """Who makes this request. Its answer, an error too, may from then on stand in the frames that are allowed."""
        allow_framing(request, self.widget_origins)
        doorway = Doorway("widget" in request.query, self.web_address.startswith("https://"))
        known = doorway.recognise(request)
        visitor = known or new_visitor()
        chat = Chat(self.account.account_id, visitor.address)
        chosen = await self._chosen_language(chat) if known else None
        language = chosen or language_of(request)
        return Visit(doorway, visitor, known is not None, chat, language, self.languages.of(language).gettext)

    async def _chosen_language(self, chat: Chat) -> str | None:
        async with self.database.reading() as connection:
            return await mailbox.language(connection, chat)
