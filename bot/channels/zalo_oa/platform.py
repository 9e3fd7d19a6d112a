"""Zalo's Official Accounts in this process: one app with one webhook, and the accounts that granted it permission."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Account, AccountCare, Connecting, Keep, Receive
from bot.channels.tools import Tools
from bot.channels.zalo_oa import connect_words as words
from bot.channels.zalo_oa import refusals, watch, webhook_troubles
from bot.channels.zalo_oa.care import ZaloOACare
from bot.channels.zalo_oa.channel import NAME, ZaloOA
from bot.channels.zalo_oa.client import Api, OAClient
from bot.channels.zalo_oa.connecting import Proof, ZaloOAConnecting
from bot.channels.zalo_oa.jobs import Jobs
from bot.channels.zalo_oa.keeper import Keeper
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.signature import Keys
from bot.channels.zalo_oa.tokens import Tokens
from bot.channels.zalo_oa.webhook import Webhook
from bot.sealing import Sealer
from bot.store.tables import accounts
from bot.store.tables.accounts import AccountState


class ZaloOAPlatform:
    """Implements `contract.Platform`. Without an app in the settings it has no accounts and calls nobody."""

    name = NAME

    def __init__(self, tools: Tools) -> None:
        settings = tools.settings
        self._tools = tools
        self._is_set_up = bool(settings.zalo_app_id)
        self._has_oa_key = bool(settings.zalo_oa_secret_key.get_secret_value())
        app_secret = settings.zalo_app_secret.get_secret_value()
        oa_key = settings.zalo_oa_secret_key.get_secret_value()
        self._sealer = Sealer(tools.secret_key)
        self._api = Api(
            base_url=settings.zalo_oa_base_url,
            business_base_url=settings.zalo_business_base_url,
            oauth_base_url=settings.zalo_oauth_base_url,
            per_minute=settings.zalo_app_per_minute,
            send_timeout=timedelta(seconds=settings.zalo_oa_send_timeout_s),
            clock=tools.clock,
            proof_key=app_secret if settings.zalo_oa_appsecret_proof else "",
        )
        self._oauth = OAuth(self._api, app_id=settings.zalo_app_id, app_secret=app_secret)
        self._tokens: dict[int, Tokens] = {}
        self._keeper = Keeper(
            tools.database,
            channel=NAME,
            tokens_of=self.tokens_of,
            client_of=self.client_of,
            clock=tools.clock,
        )
        self._webhook = Webhook(
            Keys(settings.zalo_app_id, oa_key, app_secret),
            channel=NAME,
            database=tools.database,
            clock=tools.clock,
        )
        self.connecting: Connecting | None = ZaloOAConnecting(
            channel=NAME,
            database=tools.database,
            api=self._api,
            oauth=self._oauth,
            sealer=self._sealer,
            proof=Proof(settings.zalo_oa_pkce, settings.zalo_oa_code_verifier.get_secret_value()),
            missing=self._missing(),
            tokens_of=self.tokens_of,
            on_connected=self._keeper.wake,
        )
        self._jobs = Jobs(
            tools.database,
            tools.clock,
            self.client_of,
            channel=NAME,
            app_id=settings.zalo_app_id,
            mirrors_tags=settings.zalo_oa_mirror_tags,
        )
        self.care: AccountCare | None = ZaloOACare(tools.database, self.client_of, tools.clock)

    def _missing(self) -> str:
        """What the operator has to set before anybody can connect."""
        if not self._is_set_up:
            return words.NO_APP
        return "" if self._has_oa_key else words.NO_OA_KEY

    async def open_accounts(self, connection: AsyncConnection, now: datetime) -> Sequence[Account]:  # noqa: ARG002 - a dead permission stays dead
        return await self.more_accounts(connection)

    async def more_accounts(self, connection: AsyncConnection) -> Sequence[Account]:
        if not self._is_set_up:
            return ()
        rows = await connection.execute(
            sa.select(accounts)
            .where(accounts.c.channel == NAME, accounts.c.state != AccountState.CLOSED)
            .order_by(accounts.c.id)
        )
        return [Account(row.id, row.channel, row.external_id, row.name, row.settings) for row in rows]

    def channel(self, account: Account) -> ZaloOA:
        return ZaloOA(account, client=self.client_of(account.account_id), tools=self._tools)

    def client_of(self, account_id: int) -> OAClient:
        return OAClient(self._api, self.tokens_of(account_id))

    def tokens_of(self, account_id: int) -> Tokens:
        """One for each account: those who wait for the same renewal wait together."""
        found = self._tokens.get(account_id)
        if found is None:
            found = self._tokens[account_id] = Tokens(
                self._tools.database,
                account_id,
                sealer=self._sealer,
                oauth=self._oauth,
                clock=self._tools.clock,
            )
        return found

    async def open(self) -> None:
        if self._is_set_up:
            await self._api.open()
            self._keeper.start()

    async def close(self) -> None:
        await self._keeper.stop()
        await asyncio.gather(*[tokens.close() for tokens in self._tokens.values()])
        await self._api.close()

    async def start_receiving(self, receive: Receive) -> None:
        self._webhook.open(receive)

    async def stop_receiving(self) -> None:
        self._webhook.shut()

    async def start_work(self, keep: Keep) -> None:
        if self._is_set_up:
            await self._jobs.start(keep)

    async def stop_work(self) -> None:
        await self._jobs.stop()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return self._webhook.routes() if self._is_set_up else []

    def link(self, external_id: str) -> str:
        # Zalo's customary address of an Official Account; not stated in zalo-oa.md (2026-11, medium confidence).
        return f"https://zalo.me/{external_id}"

    def sentence(self, code: str) -> str:
        if code in webhook_troubles.SENTENCES and not self._has_oa_key:
            return words.NO_OA_KEY  # Whatever it was signed with: there is nothing to compare it with.
        return (
            refusals.sentence(code) or webhook_troubles.SENTENCES.get(code) or watch.SENTENCES.get(code, "")
        )
