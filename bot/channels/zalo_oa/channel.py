"""An Official Account as a channel: one of those that the platform (`platform`) keeps.

It sends; what comes in comes through the one webhook of all accounts.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from bot.channels import guarded_download
from bot.channels.contract import (
    Account,
    FileKind,
    Ignored,
    Incoming,
    Limits,
    Outgoing,
    Receipt,
    Receive,
    RemoteFile,
)
from bot.channels.tools import Tools
from bot.channels.zalo_oa import outgoing, parsing
from bot.channels.zalo_oa.alarms import Alarms
from bot.channels.zalo_oa.client import OAClient
from bot.channels.zalo_oa.history import Search
from bot.channels.zalo_oa.outgoing import Style
from bot.channels.zalo_oa.refusals import Judge
from bot.channels.zalo_oa.sending import Sending
from bot.channels.zalo_oa.templates import Templates
from bot.channels.zalo_oa.uploads import ENDINGS, MOST_BYTES, Uploads
from bot.channels.zalo_oa.wording import Wording
from bot.web.assets import AssetError

NAME: Final = "zalo_oa"

_PICTURE: Final = "zalo_oa.png"  # On lists and forms; in `static/`.
_PATIENCE: Final = timedelta(seconds=5)


class ZaloOA:
    """One account. Opens nothing of its own: the client's connections are the platform's."""

    name = NAME

    def __init__(
        self,
        account: Account,
        *,
        client: OAClient,
        tools: Tools,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        settings, database, clock = tools.settings, tools.database, tools.clock
        self.account = account
        self.limits = Limits(
            outgoing.TEXT_UNITS,
            settings.zalo_oa_per_second,
            timedelta(seconds=settings.zalo_oa_send_timeout_s),
            carries=frozenset(FileKind) - {FileKind.VOICE, FileKind.VIDEO},
            file_bytes=MOST_BYTES,
            file_types=ENDINGS,
            shows_choices=True,
        )
        patience = min(_PATIENCE, self.limits.send_timeout / 3)
        self.templates = Templates(client, database, account, clock)
        self._settings = settings
        self._sending = Sending(
            client=client,
            channel=NAME,
            account_id=account.account_id,
            uploads=Uploads(client, database, account.account_id, clock),
            templates=self.templates,
            wording=Wording(database, tools.languages, account.account_id),
            search=Search(client, patience),
            judge=Judge(jitter),
            clock=clock,
            style=Style(settings.zalo_oa_buttons_template_type, _picture(tools)),
            timeout=self.limits.send_timeout,
            patience=patience,
            alarms=Alarms(account.account_id),
        )

    async def open(self) -> None:
        """The platform opens what all accounts share."""

    async def close(self) -> None:
        """As `open`."""

    async def start_receiving(self, receive: Receive) -> None:
        """The platform's webhook takes in for all accounts."""

    async def stop_receiving(self) -> None:
        """As `start_receiving`."""

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return ()

    def parse(self, payload: Mapping[str, Any]) -> Incoming | Ignored:
        return parsing.read(payload, mirrors_tags=self._settings.zalo_oa_mirror_tags)

    async def send(self, address: str, message: Outgoing, *, key: str) -> Receipt:
        return await self._sending.send(address, message, key=key)

    async def fetch(self, file: RemoteFile, *, most_bytes: int) -> bytes:
        allow_private = self._settings.allow_private_media
        return (
            await guarded_download.fetch(file.source, most_bytes=most_bytes, allow_private=allow_private)
        ).data

    def link(self, code: str) -> str | None:  # noqa: ARG002 - no address is documented that opens a chat and says something
        return None


def _picture(tools: Tools) -> str:
    """Where Zalo finds our picture; "" where it cannot reach us."""
    if not tools.settings.public_url:
        return ""
    try:
        return tools.settings.public_url + tools.assets.url(_PICTURE)
    except AssetError:
        return ""
