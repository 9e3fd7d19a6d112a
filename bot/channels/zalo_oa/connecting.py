"""An officer gives us the permission to speak for an Official Account: at Zalo's page, or with a pair of tokens she pasted.

She is sent to Zalo with a state that only we know and, as the app is set up, the challenge of a verifier (PKCE); she comes
back with a code, which is worth a pair of tokens. Whose tokens they are, the tokens themselves say (`getoa`), not the
address she came back by.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.account_rows import open_account
from bot.channels.contract import Account, ConnectError
from bot.channels.passage import PassageError
from bot.channels.zalo_oa import connect_words as words
from bot.channels.zalo_oa import grants, profile
from bot.channels.zalo_oa.client import Access, Api, OAClient
from bot.channels.zalo_oa.errors import Refused, ZaloOAError
from bot.channels.zalo_oa.oauth import OAuth, Pair, challenge_of, new_verifier
from bot.channels.zalo_oa.profile import Profile, ask_again, note_profile
from bot.channels.zalo_oa.troubles import permission_given
from bot.channels.zalo_oa.watch import ask_for_what_was_missed
from bot.people.secret_tokens import kept_form, new_token
from bot.sealing import SealBroken, Sealer
from bot.store.database import Database
from bot.store.tables import account_secrets, accounts, connect_attempts

log = structlog.get_logger()

_KEPT = timedelta(hours=1)
_PASTED_LIFE = timedelta(hours=1)  # Nobody says how old a pasted pair is; it is renewed at once.
_TOKEN = re.compile(r"[!-~]{1,4000}")
_ID = re.compile(r"[0-9]{1,40}")


@dataclass(frozen=True, slots=True)
class Proof:
    """How connecting proves that it was us who sent her (zalo-oa.md 1.1: the sources disagree, so a setting says)."""

    mode: str  # per_request, fixed or none
    fixed_verifier: str = ""

    def verifier(self) -> str:
        match self.mode:
            case "per_request":
                return new_verifier()
            case "fixed":
                return self.fixed_verifier
        return ""


class Renewable(Protocol):
    """What connecting needs of an account's tokens in this process."""

    def forget(self) -> None: ...

    async def renew(self, stale_version: int) -> None: ...


class ZaloOAConnecting:
    """Implements `contract.Connecting`."""

    title = "Zalo OA"

    def __init__(
        self,
        *,
        channel: str,
        database: Database,
        api: Api,
        oauth: OAuth,
        sealer: Sealer,
        proof: Proof,
        missing: str,
        tokens_of: Callable[[int], Renewable],
        on_connected: Callable[[], None],
    ) -> None:
        """`missing`: what the operator has to set first, as a msgid."""
        self._channel = channel
        self._database = database
        self._api = api
        self._oauth = oauth
        self._sealer = sealer
        self._proof = proof
        self._missing = missing
        self._tokens_of = tokens_of
        self._on_connected = on_connected

    def is_ready(self) -> str:
        return self._missing

    async def begin(self, connection: AsyncConnection, *, staff_id: int, back: str, now: datetime) -> str:
        self._check_ready()
        await connection.execute(sa.delete(connect_attempts).where(connect_attempts.c.at < now - _KEPT))
        state, verifier = new_token(), self._proof.verifier()
        await connection.execute(
            sa.insert(connect_attempts).values(
                state_hash=kept_form(state),
                channel=self._channel,
                staff_id=staff_id,
                sealed=self._sealer.seal(verifier, about=_about(state)),
                at=now,
            )
        )
        challenge = challenge_of(verifier) if verifier else ""
        return self._oauth.permission_address(back=back, state=state, challenge=challenge)

    async def finish(
        self,
        query: Mapping[str, str],
        *,
        staff_id: int,
        back: str,  # noqa: ARG002 - Zalo's exchange does not ask for it again
        now: datetime,
    ) -> Account:
        self._check_ready()
        verifier = await self._verifier_of(query.get("state", ""), staff_id, now)
        code = query.get("code") or query.get("oauth_code", "")
        if not code:
            raise ConnectError(words.NOT_ALLOWED)
        pair = await _told(self._oauth.exchange(code, verifier=verifier), words.OF_EXCHANGE)
        if not pair.refresh:
            log.warning("zalo_oa_gives_no_refresh_token")
            raise ConnectError(words.NO_LASTING_PERMISSION)
        found = await self._profile_of(pair, named=query.get("oa_id", ""))
        account, _ = await self._save(found, pair, now)
        self._on_connected()
        return account

    async def paste(
        self,
        access_token: str,
        refresh_token: str,
        *,
        staff_id: int,  # noqa: ARG002 - who it was, the console records
        now: datetime,
    ) -> Account:
        self._check_ready()
        access, refresh = access_token.strip(), refresh_token.strip()
        if not _TOKEN.fullmatch(access) or not _TOKEN.fullmatch(refresh) or access == refresh:
            raise ConnectError(words.NO_TOKENS)
        pair = Pair(access, refresh, _PASTED_LIFE)
        found = await self._profile_of(pair)
        account, version = await self._save(found, pair, now)
        # Only now is it known whether the other half is good; and what stood in a browser opens nothing any more.
        await self._tokens_of(account.account_id).renew(version)
        async with self._database.reading() as connection:
            row = await grants.read(connection, account.account_id)
        if row is None or row.is_dead:
            raise ConnectError(words.REFRESH_TOKEN_REFUSED)
        self._on_connected()
        return account

    def _check_ready(self) -> None:
        if self._missing:
            raise ConnectError(self._missing)

    async def _verifier_of(self, state: str, staff_id: int, now: datetime) -> str:
        """What we sent her with; it is used up by this."""
        if not state:
            # The link that Zalo's own console makes carries none, and goes with the fixed verifier alone (1.1).
            if self._proof.mode == "fixed":
                return self._proof.fixed_verifier
            raise ConnectError(words.NOT_BEGUN_HERE)
        async with self._database.writing() as connection:
            used = await connection.execute(
                sa.delete(connect_attempts)
                .where(
                    connect_attempts.c.state_hash == kept_form(state),
                    connect_attempts.c.channel == self._channel,
                    connect_attempts.c.staff_id == staff_id,
                    connect_attempts.c.at >= now - _KEPT,
                )
                .returning(connect_attempts.c.sealed)
            )
            sealed = used.scalar_one_or_none()
        if sealed is None:
            raise ConnectError(words.NOT_BEGUN_HERE)
        try:
            return self._sealer.unseal(sealed, about=_about(state))
        except SealBroken:
            raise ConnectError(words.NOT_BEGUN_HERE) from None

    async def _profile_of(self, pair: Pair, *, named: str = "") -> Profile:
        """Whose pair it is. `named`: what the address says, believed where Zalo cannot be asked now; the pair would be lost."""
        client = OAClient(self._api, _Given(pair.access))
        try:
            found = await profile.learn(client)
        except (PassageError, ZaloOAError) as error:
            if isinstance(error, Refused) or not _ID.fullmatch(named):
                raise _connect_error(error, words.OF_GETOA) from None
            log.warning("zalo_oa_profile_unknown", error=type(error).__name__)
            return Profile(named, "", "", "", is_verified=False)
        if not found.oa_id:
            raise ConnectError(words.NOT_UNDERSTOOD)
        if named and named != found.oa_id:
            log.warning("zalo_oa_named_another")
        return found

    async def _save(self, found: Profile, pair: Pair, now: datetime) -> tuple[Account, int]:
        """The account, new or known, with this permission; and which of its permissions it is.

        What members wrote to a known one meanwhile is fetched without anybody asking for it.
        """
        async with self._database.writing() as connection:
            known_since = await connection.scalar(
                sa.select(accounts.c.created_at).where(
                    accounts.c.channel == self._channel, accounts.c.external_id == found.oa_id
                )
            )
            number = (
                await open_account(
                    connection,
                    channel=self._channel,
                    external_id=found.oa_id,
                    name=found.name or f"OA {found.oa_id}",
                    now=now,
                )
            ).account_id
            if found.name:
                await note_profile(connection, number, found, now=now)
            else:
                await ask_again(connection, number)
            await permission_given(connection, number, now=now)
            await grants.give(connection, number, pair, self._sealer, now=now)
            if known_since is not None:
                await ask_for_what_was_missed(connection, number, connected_at=known_since, now=now)
            its_row = sa.select(accounts, account_secrets.c.version).join(account_secrets)
            row = (await connection.execute(its_row.where(accounts.c.id == number))).one()
        self._tokens_of(number).forget()
        log.info("zalo_oa_connected", account=number)
        return Account(row.id, row.channel, row.external_id, row.name, row.settings), row.version


class _Given:
    """A token that stands alone: what it is refused with, is said to her who brought it."""

    def __init__(self, token: str) -> None:
        self._access = Access(token, 0)

    async def current(self) -> Access:
        return self._access

    async def renew(self, stale_version: int) -> None:
        """There is nothing to renew it with."""


async def _told(asked: Awaitable[Pair], sentences: Mapping[int, str]) -> Pair:
    try:
        return await asked
    except (PassageError, ZaloOAError) as error:
        failure = _connect_error(error, sentences)
    raise failure  # Outside of the except block: the errors below hold no token, but need not be shown either.


def _connect_error(error: Exception, sentences: Mapping[int, str]) -> ConnectError:
    if isinstance(error, Refused):
        log.warning("zalo_oa_not_connected", refused_with=error.code)
        return ConnectError(sentences.get(error.code, words.REFUSED))
    log.warning("zalo_oa_not_connected", error=type(error).__name__)
    return ConnectError(words.ZALO_AWAY)


def _about(state: str) -> str:
    return f"connecting:{kept_form(state)}"
