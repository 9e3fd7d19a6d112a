"""How an officer connects an Official Account, in each of the three ways that the app can be set up, and what can go wrong."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from bot.channels import account_jobs as jobs
from bot.channels.contract import Account, ConnectError
from bot.channels.zalo_oa import connect_words as words
from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.client import Api
from bot.channels.zalo_oa.connecting import Proof, ZaloOAConnecting
from bot.channels.zalo_oa.oauth import OAuth, challenge_of
from bot.channels.zalo_oa.tokens import Tokens
from bot.sealing import Sealer
from bot.store.database import Database
from bot.store.tables import account_jobs, account_secrets, accounts, connect_attempts
from bot.store.tables.accounts import AccountState
from tests.bot.channels.zalo_oa.conftest import CHANNEL, LIFE, make_tokens
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import PKCE, ZaloOAEmulator

BACK = "http://127.0.0.1:8080/console/accounts/zalo_oa/connected"
AN, BINH = 1, 2
FIXED = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG"
TOKEN_CALL = "v4/oa/access_token"
GETOA = "v2.0/oa/getoa"


@dataclass
class Office:
    """Officers at their console, with a database that may be of either kind."""

    database: Database
    zalo: ZaloOAEmulator
    clock: MovingClock
    connecting: ZaloOAConnecting
    tokens: dict[int, Tokens]
    woken: list[bool]

    async def begins(self, staff_id: int = AN) -> str:
        async with self.database.writing() as connection:
            return await self.connecting.begin(connection, staff_id=staff_id, back=BACK, now=self.clock())

    async def comes_back(self, query: dict[str, str], staff_id: int = AN) -> Account:
        return await self.connecting.finish(query, staff_id=staff_id, back=BACK, now=self.clock())

    async def connects(self) -> Account:
        return await self.comes_back(query_of(self.zalo.approves(await self.begins())))

    async def pastes(self, access_token: str, refresh_token: str) -> Account:
        return await self.connecting.paste(access_token, refresh_token, staff_id=AN, now=self.clock())

    async def rows(self, table: sa.Table) -> list[sa.Row[Any]]:
        async with self.database.reading() as connection:
            return list(await connection.execute(sa.select(table)))


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


@dataclass(frozen=True)
class Make:
    zalo: ZaloOAEmulator
    api: Api
    oauth: OAuth
    sealer: Sealer
    clock: MovingClock

    def office(self, database: Database, proof: Proof | None = None, *, missing: str = "") -> Office:
        tokens: dict[int, Tokens] = {}
        woken: list[bool] = []

        def tokens_of(account_id: int) -> Tokens:
            if account_id not in tokens:
                tokens[account_id] = make_tokens(database, account_id, self.oauth, self.sealer, self.clock)
            return tokens[account_id]

        connecting = ZaloOAConnecting(
            channel=CHANNEL,
            database=database,
            api=self.api,
            oauth=self.oauth,
            sealer=self.sealer,
            proof=proof or Proof("per_request"),
            missing=missing,
            tokens_of=tokens_of,
            on_connected=lambda: woken.append(True),
        )
        return Office(database, self.zalo, self.clock, connecting, tokens, woken)


@pytest.fixture
def make(zalo: ZaloOAEmulator, api: Api, oauth: OAuth, sealer: Sealer, clock: MovingClock) -> Make:
    return Make(zalo, api, oauth, sealer, clock)


@pytest.fixture
async def office(make: Make, books: Database) -> AsyncIterator[Office]:
    made = make.office(books)
    yield made
    for tokens in made.tokens.values():
        await tokens.close()


@pytest.mark.parametrize(
    ("mode", "set_up"), [("per_request", PKCE.PER_REQUEST), ("fixed", PKCE.FIXED), ("none", PKCE.NONE)]
)
async def test_an_officer_connects_an_account_as_the_app_is_set_up(
    database: Database, make: Make, sealer: Sealer, mode: str, set_up: PKCE
) -> None:
    zalo = make.zalo
    zalo.app.pkce, zalo.app.fixed_challenge = set_up, challenge_of(FIXED)
    zalo.app.callbacks = {BACK}
    office = make.office(database, Proof(mode, FIXED))
    asked = query_of(await office.begins())
    assert ("code_challenge" in asked) is (mode != "none")

    account = await office.connects()

    assert account.external_id == zalo.oa.oa_id
    assert account.name == zalo.oa.name
    assert account.settings["oa"]["is_verified"] is True
    (row,) = await office.rows(accounts)
    assert (row.id, row.channel, row.state) == (account.account_id, CHANNEL, AccountState.ACTIVE)
    (kept,) = await office.rows(account_secrets)
    current = zalo.world.grants.current(zalo.app, zalo.oa)
    assert current is not None
    assert grants.unseal(sealer, kept).refresh == current.refresh_token
    assert (kept.version, kept.expires_at) == (1, office.clock() + LIFE)
    assert office.woken


async def test_each_attempt_has_its_own_state_and_challenge_and_keeps_neither(office: Office) -> None:
    first, second = query_of(await office.begins()), query_of(await office.begins())
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]
    kept = str(await office.rows(connect_attempts))
    assert first["state"] not in kept
    assert first["code_challenge"] not in kept


async def test_connecting_again_gives_the_same_account_a_new_permission(
    database: Database, make: Make
) -> None:
    office = make.office(database)
    first = await office.connects()
    make.zalo.disconnect()
    tokens = office.tokens[first.account_id]
    await tokens.renew(1)
    (red,) = await office.rows(accounts)
    assert (red.state, red.trouble) == (AccountState.REFUSED, "needs_authorization")
    make.zalo.oa.name = "Hội Phụ nữ tỉnh"

    again = await office.connects()

    assert again.account_id == first.account_id
    (green,) = await office.rows(accounts)
    assert (green.state, green.trouble, green.name) == (AccountState.ACTIVE, "", "Hội Phụ nữ tỉnh")
    (kept,) = await office.rows(account_secrets)
    assert (kept.version, kept.is_dead) == (2, False)
    current = make.zalo.world.grants.current(make.zalo.app, make.zalo.oa)
    assert current is not None
    assert await tokens.access() == current.access_token


@pytest.mark.parametrize(
    ("sure_ago", "since_ago"),
    [
        (None, None),  # Nobody ever looked: the work goes back a day by itself.
        (timedelta(hours=40), timedelta(hours=40, minutes=30)),
        (timedelta(days=30), timedelta(days=6)),
    ],
)
async def test_connecting_again_has_what_was_missed_fetched(
    office: Office, sure_ago: timedelta | None, since_ago: timedelta | None
) -> None:
    account = await office.connects()
    assert not await office.rows(account_jobs)  # Nobody can have missed anything yet.
    office.clock.move(timedelta(days=60))
    if sure_ago is not None:
        async with office.database.writing() as connection:
            place = {"sure_at": (office.clock() - sure_ago).isoformat()}
            await jobs.ask(connection, account.account_id, jobs.WATCH, office.clock(), place=place)

    await office.connects()

    (found,) = [row for row in await office.rows(account_jobs) if row.kind == jobs.RECOVERY]
    assert (found.account_id, found.state) == (account.account_id, "running")
    assert found.place == ({"since": (office.clock() - since_ago).isoformat()} if since_ago else {})


async def test_an_account_that_was_closed_comes_back(office: Office) -> None:
    await office.connects()
    async with office.database.writing() as connection:
        await connection.execute(sa.update(accounts).values(state=AccountState.CLOSED))
    await office.connects()
    (row,) = await office.rows(accounts)
    assert row.state is AccountState.ACTIVE


async def test_two_accounts_of_one_app_stand_beside_each_other(office: Office) -> None:
    first = await office.connects()
    other = office.zalo.new_oa(name="Hội Phụ nữ thành phố")
    second = await office.comes_back(query_of(office.zalo.approves(await office.begins(), other)))
    assert first.account_id != second.account_id
    assert second.external_id == other.oa_id


async def test_the_account_is_the_one_that_the_tokens_say_not_the_address(office: Office) -> None:
    other = office.zalo.new_oa(name="Hội Phụ nữ thành phố")
    query = query_of(office.zalo.approves(await office.begins(), other))
    account = await office.comes_back(query | {"oa_id": office.zalo.oa.oa_id})
    assert account.external_id == other.oa_id


async def test_the_code_may_have_its_other_name(office: Office) -> None:
    query = query_of(office.zalo.approves(await office.begins()))
    query["oauth_code"] = query.pop("code")
    assert await office.comes_back(query)


async def test_a_permission_is_not_lost_because_the_accounts_name_cannot_be_asked_for(office: Office) -> None:
    office.zalo.order_fault("server_error", method=GETOA)
    account = await office.connects()
    assert account.external_id == office.zalo.oa.oa_id
    assert account.name == f"OA {office.zalo.oa.oa_id}"


async def test_whose_permission_it_is_is_asked_at_once_where_only_the_address_said_so(office: Office) -> None:
    """A known account was perhaps looked at an hour ago: that look was at another permission."""
    assert "checked_at" in (await office.connects()).settings["oa"]
    office.zalo.order_fault("server_error", method=GETOA)
    account = await office.connects()
    assert "checked_at" not in account.settings["oa"]
    assert account.settings["oa"]["package"]
    assert account.name == office.zalo.oa.name


# The state.


async def refused(office: Office, query: dict[str, str], staff_id: int = AN) -> str:
    with pytest.raises(ConnectError) as error:
        await office.comes_back(query, staff_id)
    assert not await office.rows(accounts)
    return error.value.sentence


async def test_a_state_is_good_once(office: Office) -> None:
    query = query_of(office.zalo.approves(await office.begins()))
    await office.comes_back(query)
    with pytest.raises(ConnectError) as error:
        await office.comes_back(query)
    assert error.value.sentence == words.NOT_BEGUN_HERE
    assert len(office.zalo.calls.of(TOKEN_CALL)) == 1


async def test_a_state_is_good_for_an_hour(database: Database, make: Make) -> None:
    office = make.office(database)
    query = query_of(make.zalo.approves(await office.begins()))
    make.clock.move(timedelta(hours=1, seconds=1))
    assert await refused(office, query) == words.NOT_BEGUN_HERE
    await office.begins()
    assert len(await office.rows(connect_attempts)) == 1  # The old one is gone.


@pytest.mark.parametrize("mode", ["per_request", "none", "fixed"])
async def test_a_state_that_we_did_not_give_is_refused_in_every_mode(
    make: Make, books: Database, mode: str
) -> None:
    make.zalo.app.pkce = PKCE.NONE
    office = make.office(books, Proof(mode, FIXED))
    query = query_of(make.zalo.approves(await office.begins()))
    assert await refused(office, query | {"state": "somebody else's"}) == words.NOT_BEGUN_HERE
    assert not make.zalo.calls.of(TOKEN_CALL)


async def test_an_officer_cannot_use_what_another_began(office: Office) -> None:
    query = query_of(office.zalo.approves(await office.begins(AN)))
    assert await refused(office, query, BINH) == words.NOT_BEGUN_HERE
    assert await office.comes_back(query, AN)


@pytest.mark.parametrize(("mode", "is_taken"), [("per_request", False), ("none", False), ("fixed", True)])
async def test_no_state_at_all_goes_with_the_consoles_fixed_link_alone(
    make: Make, books: Database, mode: str, is_taken: bool
) -> None:
    make.zalo.app.pkce, make.zalo.app.fixed_challenge = PKCE(mode), challenge_of(FIXED)
    office = make.office(books, Proof(mode, FIXED))
    query = query_of(make.zalo.approves(await office.begins()))
    del query["state"]
    if is_taken:
        assert await office.comes_back(query)
    else:
        assert await refused(office, query) == words.NOT_BEGUN_HERE


async def test_what_was_sealed_under_another_key_is_begun_anew(office: Office) -> None:
    query = query_of(office.zalo.approves(await office.begins()))
    async with office.database.writing() as connection:
        other = Sealer("another key").seal("x", about="y")
        await connection.execute(sa.update(connect_attempts).values(sealed=other))
    assert await refused(office, query) == words.NOT_BEGUN_HERE


# What Zalo can say.


async def test_coming_back_without_a_code_means_that_nobody_said_yes(office: Office) -> None:
    query = query_of(office.zalo.approves(await office.begins()))
    assert await refused(office, {"state": query["state"], "error": "denied"}) == words.NOT_ALLOWED


@pytest.mark.parametrize("code", sorted(words.OF_EXCHANGE))
async def test_every_refusal_of_the_exchange_has_its_sentence(office: Office, code: int) -> None:
    office.zalo.order_fault(code, method=TOKEN_CALL)
    query = query_of(office.zalo.approves(await office.begins()))
    assert await refused(office, query) == words.OF_EXCHANGE[code]


@pytest.mark.parametrize("code", sorted(words.OF_GETOA))
async def test_every_refusal_of_asking_for_the_account_has_its_sentence(office: Office, code: int) -> None:
    office.zalo.order_fault(code, method=GETOA, times=2)
    query = query_of(office.zalo.approves(await office.begins()))
    assert await refused(office, query) == words.OF_GETOA[code]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (-99999, words.REFUSED),
        ("server_error", words.ZALO_AWAY),
        ("html", words.ZALO_AWAY),
        ("close_after_accepting", words.ZALO_AWAY),
    ],
)
async def test_an_exchange_that_fails_leaves_nothing(office: Office, fault: str | int, sentence: str) -> None:
    office.zalo.order_fault(fault, method=TOKEN_CALL)
    query = query_of(office.zalo.approves(await office.begins()))
    assert await refused(office, query) == sentence
    assert not await office.rows(account_secrets)


async def test_a_consent_of_more_than_ten_minutes_ago_is_too_old(office: Office) -> None:
    query = query_of(office.zalo.approves(await office.begins()))
    office.clock.move(timedelta(minutes=11))
    assert await refused(office, query) == words.OF_EXCHANGE[-14019]


async def test_an_account_that_gets_no_lasting_permission_is_refused(office: Office) -> None:
    office.zalo.oa.gets_refresh_tokens = False
    query = query_of(office.zalo.approves(await office.begins()))
    assert await refused(office, query) == words.NO_LASTING_PERMISSION


async def test_no_sentence_is_empty_and_none_holds_a_token(office: Office) -> None:
    sentences = {*words.OF_EXCHANGE.values(), *words.OF_GETOA.values()}
    assert all(sentence.endswith(".") for sentence in sentences)
    office.zalo.order_fault(-216, method=GETOA, times=2)
    query = query_of(office.zalo.approves(await office.begins()))
    with pytest.raises(ConnectError) as error:
        await office.comes_back(query)
    shown: BaseException | None = error.value
    while shown is not None:
        assert "AT-" not in f"{shown!r}"
        assert query["code"] not in f"{shown!r}"
        shown = shown.__context__


# A pasted pair.


async def test_a_pasted_pair_is_checked_and_renewed_at_once(
    database: Database, make: Make, sealer: Sealer
) -> None:
    office = make.office(database)
    pair = make.zalo.connect()
    account = await office.pastes(f" {pair.access_token}\n", pair.refresh_token)
    assert (account.external_id, account.name) == (make.zalo.oa.oa_id, make.zalo.oa.name)
    current = make.zalo.world.grants.current(make.zalo.app, make.zalo.oa)
    assert current is not None
    assert current.refresh_token != pair.refresh_token  # What stood in a browser opens nothing any more.
    (kept,) = await office.rows(account_secrets)
    assert grants.unseal(sealer, kept).access == current.access_token


@pytest.mark.parametrize(
    ("access", "refresh"),
    [("", ""), ("AT", ""), ("", "RT"), ("AT", "AT"), ("mã số", "RT"), ("A T", "RT"), ("A\r\nX: y", "RT")],
)
async def test_what_is_no_pair_is_not_even_tried(office: Office, access: str, refresh: str) -> None:
    with pytest.raises(ConnectError) as error:
        await office.pastes(access, refresh)
    assert error.value.sentence == words.NO_TOKENS
    assert not office.zalo.calls.entries


async def test_a_wrong_access_token_changes_nothing(office: Office) -> None:
    pair = office.zalo.connect()
    with pytest.raises(ConnectError) as error:
        await office.pastes("AT-wrong", pair.refresh_token)
    assert error.value.sentence == words.OF_GETOA[-216]
    assert not await office.rows(accounts)


async def test_a_wrong_refresh_token_is_said_and_the_account_is_red(office: Office) -> None:
    pair = office.zalo.connect()
    with pytest.raises(ConnectError) as error:
        await office.pastes(pair.access_token, "RT-wrong")
    assert error.value.sentence == words.REFRESH_TOKEN_REFUSED
    (row,) = await office.rows(accounts)
    assert (row.state, row.trouble) == (AccountState.REFUSED, "needs_authorization")


async def test_a_pasted_pair_is_kept_though_it_cannot_be_renewed_just_now(office: Office) -> None:
    pair = office.zalo.connect()
    office.zalo.order_fault("server_error", method=TOKEN_CALL)
    account = await office.pastes(pair.access_token, pair.refresh_token)
    assert await office.tokens[account.account_id].access() == pair.access_token


async def test_without_an_app_the_operator_is_told_what_to_set(make: Make, books: Database) -> None:
    office = make.office(books, missing=words.NO_APP)
    assert office.connecting.is_ready() == words.NO_APP
    with pytest.raises(ConnectError):
        await office.begins()
    with pytest.raises(ConnectError):
        await office.comes_back({"code": "x", "state": "y"})
    with pytest.raises(ConnectError):
        await office.pastes("AT", "RT")
    assert not make.zalo.calls.entries
