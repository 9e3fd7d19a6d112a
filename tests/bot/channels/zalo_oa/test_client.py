"""One call: what goes out, what comes back as data, and what each kind of failure means."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.passage import AnswerLate, AnswerLost, NotSent, PassageError
from bot.channels.zalo_oa import grants
from bot.channels.zalo_oa.call_limit import CallLimit
from bot.channels.zalo_oa.client import Api, OAClient, data_of
from bot.channels.zalo_oa.errors import (
    NeedsAuthorization,
    Refused,
    ServerTrouble,
    SomebodyElse,
    Throttled,
    ZaloOAError,
)
from bot.channels.zalo_oa.oauth import OAuth
from bot.sealing import Sealer
from tests.bot.channels.zalo_oa.conftest import LIFE, Grant, make_api, make_tokens
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import User, ZaloOAEmulator

CS = "/v3.0/oa/message/cs"
CS_CALL = CS.removeprefix("/")
GETOA = "/v2.0/oa/getoa"
RENEWAL = "v4/oa/access_token"


@pytest.fixture
def hoa(zalo: ZaloOAEmulator) -> User:
    return zalo.user(interacted=timedelta(hours=1))


def says(hoa: User, text: str = "Chào chị") -> dict[str, Any]:
    return {"recipient": {"user_id": hoa.user_id}, "message": {"text": text}}


async def test_a_post_carries_its_json_and_gives_the_data(client: OAClient, hoa: User) -> None:
    sent = await client.post(CS, says(hoa, "Chào chị Hoa 🌸"))
    assert sent["message_id"] == hoa.received[-1].message_id
    assert hoa.received[-1].text == "Chào chị Hoa 🌸"


async def test_a_get_carries_one_json_document_or_plain_parameters(
    client: OAClient, hoa: User, zalo: ZaloOAEmulator
) -> None:
    found = await client.get("/v3.0/oa/user/detail", {"user_id": hoa.user_id})
    assert found["user_id"] == hoa.user_id
    assert (await client.get(GETOA))["oaid"] == zalo.oa.oa_id
    group_page = {"offset": 0, "count": 5}
    assert await client.get("/v3.0/oa/group/getgroupsofoa", group_page, plain=True) == await client.get(
        "/v3.0/oa/group/getgroupsofoa", group_page
    )


async def test_an_upload_goes_as_a_form_with_the_files_name(client: OAClient) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(40_000)
    found = await client.upload("/v2.0/oa/upload/image", name="lich.png", content=png, media_type="image/png")
    assert found["attachment_id"]


async def test_the_host_for_sending_by_phone_has_its_own_codes(
    client: OAClient, zalo: ZaloOAEmulator
) -> None:
    assert await client.business_get("/template/all", {"offset": "0", "limit": "10"}) == []
    with pytest.raises(Refused) as error:
        await client.business_post(
            "/message/template", {"phone": "84912000111", "template_id": "1", "template_data": {}}
        )
    assert error.value.is_business


async def test_the_proof_of_the_app_goes_with_each_call_where_it_is_asked_for(
    zalo: ZaloOAEmulator, grant: Grant, clock: MovingClock
) -> None:
    zalo.app.requires_proof = True
    api = make_api(zalo, clock, proof_key=zalo.app.secret)
    await api.open()
    try:
        assert await OAClient(api, grant.tokens).get(GETOA)
    finally:
        await api.close()


def test_the_proof_is_the_vendors(zalo: ZaloOAEmulator, clock: MovingClock) -> None:
    headers = make_api(zalo, clock, proof_key="example-app-secret").headers_of("example-access-token")
    assert headers["appsecret_proof"] == "86d0c7f68d407d377907275842279121c9016c1a43704420cc6585f210bc95bf"


@dataclass(frozen=True)
class Case:
    label: str
    body: Any
    expect: object
    status: int = 200


CASES = [
    Case("data", {"data": {"message_id": "1"}, "error": 0}, {"message_id": "1"}),
    Case("no data", {"error": 0, "message": "Success"}, None),
    Case("success as text", {"data": [], "error": "0"}, []),
    Case("success whose status says no", {"data": 1, "error": 0}, 1, status=500),
    Case("a refusal", {"error": -230, "message": "x"}, Refused(-230)),
    Case("a refusal as text", {"error": "-230"}, Refused(-230)),
    Case("a refusal with data", {"error": -32, "data": {}}, Refused(-32)),
    Case("a refusal with its real status", {"error": -216}, Refused(-216), status=401),
    Case("a positive one", {"error": 401}, Refused(401)),
    Case("no error named", {"data": {}}, AnswerLost("")),
    Case("an error that is none", {"error": None}, AnswerLost("")),
    Case("an error that is a truth", {"error": True}, AnswerLost("")),
    Case("an error of any length", {"error": "9" * 5000}, AnswerLost("")),
    Case("a list", [], AnswerLost("")),
    Case("a page", b"<html>", AnswerLost("")),
    Case("no JSON", b"{", AnswerLost("")),
    Case("nothing", b"", AnswerLost("")),
    Case("no UTF-8", b"\xff\xfe{", AnswerLost("")),
    Case("deeply nested", b"[" * 100_000, AnswerLost("")),
    Case("a gateway's page", b"<html>", ServerTrouble(502), status=502),
    Case("a firewall's page", b"<html>", SomebodyElse(403), status=403),
    Case("sent elsewhere", b"", SomebodyElse(302), status=302),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_the_envelope_is_read_before_the_status(case: Case) -> None:
    body = case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()
    if not isinstance(case.expect, Exception):
        assert data_of(case.status, body) == case.expect
        return
    with pytest.raises(type(case.expect)) as error:
        data_of(case.status, body)
    for name in ("code", "status"):
        assert getattr(error.value, name, None) == getattr(case.expect, name, None)


def test_ids_beyond_what_other_languages_can_count_stay_exact() -> None:
    body = b'{"error":0,"data":{"user_id":9007199254740993123,"name":"9007199254740993123"}}'
    assert data_of(200, body)["user_id"] == 9007199254740993123


FAULTS: list[tuple[str, type[PassageError | ZaloOAError], bool]] = [
    ("server_error", ServerTrouble, False),
    ("bad_gateway_after_accepting", ServerTrouble, True),
    ("html_after_accepting", AnswerLost, True),
    ("close_after_accepting", AnswerLost, True),
    ("cut_after_accepting", AnswerLost, True),
    ("empty_after_accepting", AnswerLost, True),
]


@pytest.mark.parametrize(("fault", "expect", "arrives"), FAULTS)
async def test_a_failed_send_is_not_repeated(
    client: OAClient,
    zalo: ZaloOAEmulator,
    hoa: User,
    fault: str,
    expect: type[Exception],
    arrives: bool,
) -> None:
    zalo.order_fault(fault, method=CS_CALL)
    with pytest.raises(expect):
        await client.post(CS, says(hoa))
    assert len(hoa.received) == arrives
    assert len(zalo.calls.of(CS_CALL)) == 1


async def test_an_answer_that_does_not_come_in_time_is_late(
    client: OAClient, zalo: ZaloOAEmulator, hoa: User
) -> None:
    zalo.order_fault("hang", method=CS_CALL)
    with pytest.raises(AnswerLate):
        await client.post(CS, says(hoa), answer=timedelta(seconds=0.1))


async def test_a_get_that_fails_was_not_sent(client: OAClient, zalo: ZaloOAEmulator) -> None:
    zalo.order_fault("cut_after_accepting", method="v2.0/oa/getoa")
    with pytest.raises(NotSent):
        await client.get(GETOA)


async def test_a_base_address_that_is_none_says_so_without_a_call(
    zalo: ZaloOAEmulator, grant: Grant, clock: MovingClock
) -> None:
    api = make_api(zalo, clock, base_url="https://[")
    await api.open()
    with pytest.raises(NotSent):
        await OAClient(api, grant.tokens).get(GETOA)
    await api.close()


# A refused token.


@pytest.mark.parametrize("code", [-216, -220, 216, 401, -401, -124, -222])
async def test_a_refused_token_is_renewed_once_and_the_call_repeated_once(
    client: OAClient, zalo: ZaloOAEmulator, hoa: User, code: int
) -> None:
    zalo.order_fault(code, method=CS_CALL)
    assert await client.post(CS, says(hoa))
    assert len(zalo.calls.of(RENEWAL)) == 1
    assert len(zalo.calls.of(CS_CALL)) == 2
    assert len(hoa.received) == 1


async def test_a_token_refused_twice_is_a_refusal(client: OAClient, zalo: ZaloOAEmulator, hoa: User) -> None:
    zalo.order_fault(-216, method=CS_CALL, times=2)
    with pytest.raises(Refused) as error:
        await client.post(CS, says(hoa))
    assert error.value.code == -216
    assert len(zalo.calls.of(RENEWAL)) == 1


@pytest.mark.parametrize("code", [-124, -1241])
async def test_the_host_for_sending_by_phone_refuses_tokens_with_other_codes(
    client: OAClient, zalo: ZaloOAEmulator, code: int
) -> None:
    zalo.order_fault(code, method="template/all")
    assert await client.business_get("/template/all", {"offset": "0", "limit": "10"}) == []
    assert len(zalo.calls.of(RENEWAL)) == 1


async def test_where_no_other_token_can_be_had_the_call_is_not_repeated(
    client: OAClient, zalo: ZaloOAEmulator, hoa: User
) -> None:
    zalo.order_fault("server_error", method=RENEWAL)
    zalo.order_fault(-216, method=CS_CALL)
    with pytest.raises(Refused):
        await client.post(CS, says(hoa))
    assert len(zalo.calls.of(CS_CALL)) == 1


async def test_many_calls_with_a_refused_token_renew_it_once(
    client: OAClient, zalo: ZaloOAEmulator, hoa: User
) -> None:
    pair = zalo.world.grants.current(zalo.app, zalo.oa)
    assert pair is not None
    pair.access_until -= timedelta(
        days=365
    )  # Whenever a call comes, it is refused with the old one and with no other.
    await asyncio.gather(*(client.post(CS, says(hoa)) for _ in range(20)))
    assert len(zalo.calls.of(RENEWAL)) == 1
    assert len(hoa.received) == 20


async def test_a_renewal_takes_no_longer_than_the_call_may(
    zalo: ZaloOAEmulator, api: Api, grant: Grant, sealer: Sealer, clock: MovingClock, hoa: User
) -> None:
    slow = OAuth(api, app_id=zalo.app.app_id, app_secret=zalo.app.secret, answer=timedelta(seconds=2))
    tokens = make_tokens(grant.database, grant.account_id, slow, sealer, clock)
    hasty = make_api(zalo, clock, send_timeout=timedelta(seconds=1.5))
    await hasty.open()
    zalo.order_fault(-216, method=CS_CALL)
    zalo.order_fault("hang", method=RENEWAL)
    with pytest.raises(Refused):
        await OAClient(hasty, tokens).post(CS, says(hoa))
    await tokens.close()
    assert len(zalo.calls.of(RENEWAL)) == 2  # It went on alone, and asked once more.
    assert (await tokens.current()).version == 2
    await hasty.close()


@pytest.mark.parametrize("is_refused", [True, False])
async def test_who_waits_for_an_access_is_told_in_time_that_nothing_was_sent(
    zalo: ZaloOAEmulator, grant: Grant, clock: MovingClock, hoa: User, is_refused: bool
) -> None:
    """Another process has begun a renewal and does not come back. Whoever sends has a deadline of its own: were it met
    first, nobody could tell that nothing had been sent.
    """
    hasty = make_api(zalo, clock, send_timeout=timedelta(seconds=3))
    await hasty.open()
    client = OAClient(hasty, grant.tokens)
    if is_refused:
        zalo.order_fault(-216, method=CS_CALL)
    else:
        clock.move(LIFE)
    until, row = clock() + timedelta(minutes=2), await grant.row()
    async with grant.database.writing() as connection:
        assert await grants.begin_renewal(connection, row, owner="dead", now=clock(), until=until)
    with pytest.raises(Refused if is_refused else NotSent):
        async with asyncio.timeout(2):
            await client.post(CS, says(hoa))
    assert not hoa.received
    clock.move(timedelta(minutes=2))
    assert await client.post(CS, says(hoa))
    await hasty.close()


async def test_a_dead_permission_calls_nobody(client: OAClient, zalo: ZaloOAEmulator, hoa: User) -> None:
    zalo.disconnect()
    with pytest.raises(NeedsAuthorization):
        await client.post(CS, says(hoa))
    zalo.calls.forget()
    for _ in range(3):
        with pytest.raises(NeedsAuthorization):
            await client.post(CS, says(hoa))
    assert not zalo.calls.entries


async def test_no_failure_shows_a_token(client: OAClient, zalo: ZaloOAEmulator, hoa: User) -> None:
    for fault in ("server_error", "html", "close_after_accepting"):
        zalo.order_fault(fault, method=CS_CALL)
    zalo.order_fault(-201, method=CS_CALL)
    for _ in range(4):
        with pytest.raises((ZaloOAError, PassageError)) as error:
            await client.post(CS, says(hoa))
        shown: BaseException | None = error.value
        while shown is not None:
            assert "AT-" not in f"{shown!r}{shown}"
            shown = shown.__context__


# The calls of a minute.


async def test_the_minutes_calls_are_not_exceeded_and_the_next_minute_begins_anew(
    zalo: ZaloOAEmulator, grant: Grant, clock: MovingClock
) -> None:
    clock.move(timedelta(seconds=20))
    api = make_api(zalo, clock, per_minute=3)
    await api.open()
    client = OAClient(api, grant.tokens)
    for _ in range(3):
        await client.get(GETOA)
    with pytest.raises(Throttled) as error:
        await client.get(GETOA)
    assert error.value.wait == timedelta(seconds=40)
    assert len(zalo.calls.of("v2.0/oa/getoa")) == 3
    clock.move(timedelta(seconds=40))
    assert await client.get(GETOA)
    await api.close()


async def test_calls_that_other_processes_made_count_too(client: OAClient, zalo: ZaloOAEmulator) -> None:
    await client.get(GETOA)
    zalo.app.calls_per_minute = (
        2  # Zalo says after the next one that none is left, though we made two of 4,000.
    )
    await client.get(GETOA)
    with pytest.raises(Throttled):
        await client.get(GETOA)
    assert len(zalo.calls.of("v2.0/oa/getoa")) == 2


async def test_the_last_calls_of_a_minute_are_spread_over_what_is_left_of_it(
    zalo: ZaloOAEmulator, grant: Grant, clock: MovingClock
) -> None:
    api = make_api(zalo, clock, per_minute=40)
    await api.open()
    client = OAClient(api, grant.tokens)
    clock.move(timedelta(seconds=59.7))
    await asyncio.gather(*(client.get(GETOA) for _ in range(38)))
    loop = asyncio.get_running_loop()
    began = loop.time()
    await client.get(GETOA)
    await client.get(GETOA)
    assert loop.time() - began > 0.3  # The clock of the test stands still.

    clock.move(timedelta(seconds=10))
    await asyncio.gather(*(client.get(GETOA) for _ in range(38)))
    with pytest.raises(Throttled) as error:
        await client.get(GETOA)
    assert timedelta(seconds=10) < error.value.wait < timedelta(seconds=20)
    await api.close()


@pytest.mark.parametrize("value", ["", "-1", "many", "1.5", "9" * 20, "١٢"])
def test_a_header_that_is_no_number_is_passed_over(clock: MovingClock, value: str) -> None:
    limit = CallLimit(10, clock)
    limit.told(-1, {"X-RateLimit-Limit": value, "X-RateLimit-Remain": value})


async def test_sending_by_phone_is_outside_of_the_minutes_calls(
    zalo: ZaloOAEmulator, grant: Grant, clock: MovingClock
) -> None:
    api = make_api(zalo, clock, per_minute=1)
    await api.open()
    client = OAClient(api, grant.tokens)
    for _ in range(3):
        await client.business_get("/template/all", {"offset": "0", "limit": "10"})
    assert await client.get(GETOA)
    await api.close()
