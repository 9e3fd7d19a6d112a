"""OAuth of the OA emulator: who may come in, and how grants die."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import PKCE, ZaloOAEmulator
from tests.emulators.zalo_oa.signing import appsecret_proof, challenge
from tests.emulators.zalo_oa_tests.client import OAClient

VERIFIER = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG"
CHALLENGE = "CIuljz1dtHOCacmhhh_PoCfRimWzq2JLGhjziT34vMc"
BACK = "https://hoi.example.vn/zalo/back"


def address(zalo: ZaloOAEmulator, **changes: str | None) -> str:
    query = {
        "app_id": zalo.app.app_id,
        "redirect_uri": BACK,
        "code_challenge": CHALLENGE,
        "state": "s-1",
    } | changes
    given = {name: value for name, value in query.items() if value is not None}
    return f"{zalo.oauth_base_url}/v4/oa/permission?{urlencode(given)}"


def code_of(location: str) -> str:
    return parse_qs(urlsplit(location).query)["code"][0]


def exchange(zalo: ZaloOAEmulator, code: str, verifier: str = VERIFIER) -> JSON:
    return {
        "code": code,
        "app_id": zalo.app.app_id,
        "grant_type": "authorization_code",
        "code_verifier": verifier,
    }


def test_the_vendors_formulas_give_the_vectors() -> None:
    assert challenge(VERIFIER) == CHALLENGE
    proof = appsecret_proof("example-app-secret", "example-access-token")
    assert proof == "86d0c7f68d407d377907275842279121c9016c1a43704420cc6585f210bc95bf"


async def test_an_admin_allows_on_the_page_and_the_browser_comes_back_with_a_code(
    zalo: ZaloOAEmulator, client: OAClient
) -> None:
    async with client.session.get(address(zalo)) as page:
        text = await page.text()
    assert zalo.oa.name in text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
    async with client.session.post(address(zalo), data=fields, allow_redirects=False) as answer:
        location = answer.headers["Location"]
    assert location.startswith(f"{BACK}?code=")
    assert f"&oa_id={zalo.oa.oa_id}&state=s-1" in location
    pair = await client.token_call(exchange(zalo, code_of(location)))
    assert pair == {
        "access_token": pair["access_token"],
        "refresh_token": pair["refresh_token"],
        "expires_in": "90000",
    }
    client.token = pair["access_token"]
    assert (await client.get("v2.0/oa/getoa"))["data"]["oaid"] == zalo.oa.oa_id


async def test_a_link_of_the_console_carries_no_state_back(zalo: ZaloOAEmulator) -> None:
    assert "state" not in zalo.approves(address(zalo, state=None))


@dataclass(frozen=True)
class Mode:
    label: str
    mode: PKCE
    given: str | None
    verifier: str
    ends: str  # "page" refused on the page, "token" at the exchange, "pair" with a pair


MODES = [
    Mode("a fresh pair per request", PKCE.PER_REQUEST, CHALLENGE, VERIFIER, "pair"),
    Mode("no challenge though one is due", PKCE.PER_REQUEST, None, VERIFIER, "page"),
    Mode("another verifier", PKCE.PER_REQUEST, CHALLENGE, "x" * 43, "token"),
    Mode("no verifier", PKCE.PER_REQUEST, CHALLENGE, "", "token"),
    Mode("the fixed pair, by the console's link", PKCE.FIXED, None, VERIFIER, "pair"),
    Mode("the fixed pair, said again", PKCE.FIXED, CHALLENGE, VERIFIER, "pair"),
    Mode("another challenge than the fixed one", PKCE.FIXED, challenge("x" * 43), VERIFIER, "page"),
    Mode("another verifier than the fixed one", PKCE.FIXED, None, "x" * 43, "token"),
    Mode("none at all", PKCE.NONE, None, "", "pair"),
]


@pytest.mark.parametrize("case", MODES, ids=lambda case: case.label)
async def test_pkce_is_checked_in_each_of_the_three_modes(
    zalo: ZaloOAEmulator, client: OAClient, case: Mode
) -> None:
    zalo.app.pkce = case.mode
    zalo.app.fixed_challenge = CHALLENGE
    url = address(zalo, code_challenge=case.given)
    async with client.session.get(url) as page:
        assert ("không hợp lệ" in await page.text()) == (case.ends == "page")
    if case.ends == "page":
        return
    answer = await client.token_call(exchange(zalo, code_of(zalo.approves(url)), case.verifier))
    assert ("access_token" in answer) == (case.ends == "pair")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"app_id": "1"}, "-14002"),
        ({"redirect_uri": "https://other.example.vn/"}, "-14003"),
        ({"redirect_uri": "http://hoi.example.vn/zalo/back"}, "-14003"),
    ],
)
async def test_a_wrong_authorize_address_is_refused_on_the_page(
    zalo: ZaloOAEmulator, client: OAClient, changes: dict[str, str], code: str
) -> None:
    zalo.app.callbacks = {BACK}
    async with client.session.get(address(zalo, **changes)) as page:
        assert code in await page.text()


async def test_a_code_serves_once_and_for_ten_minutes(zalo: ZaloOAEmulator, client: OAClient) -> None:
    first, second = (code_of(zalo.approves(address(zalo))) for _ in range(2))
    assert "access_token" in await client.token_call(exchange(zalo, first))
    assert (await client.token_call(exchange(zalo, first)))["error"] == -14005
    zalo.clock.move(timedelta(minutes=11))
    assert (await client.token_call(exchange(zalo, second)))["error"] == -14019


async def test_refreshing_gives_a_new_pair_and_kills_both_old_tokens(
    zalo: ZaloOAEmulator, client: OAClient
) -> None:
    old = zalo.connect()
    new = await client.refreshes(old)
    client.token = old.access_token
    assert (await client.get("v2.0/oa/getoa"))["error"] == -216
    dead = await client.refreshes(old)
    assert set(dead) == {"error", "error_name", "error_reason", "error_description", "ref_doc"}
    assert dead["error"] == -14014
    client.token = new["access_token"]
    assert (await client.get("v2.0/oa/getoa"))["error"] == 0


async def test_tokens_end_after_25_hours_and_90_days(zalo: ZaloOAEmulator, client: OAClient) -> None:
    pair = zalo.connect()
    client.token = pair.access_token
    zalo.clock.move(timedelta(hours=25))
    assert (await client.get("v2.0/oa/getoa"))["error"] == 0
    zalo.clock.move(timedelta(seconds=1))
    assert (await client.get("v2.0/oa/getoa"))["error"] == -220
    pair_2 = await client.refreshes(pair)
    zalo.clock.move(timedelta(days=90, seconds=1))
    assert (await client.refreshes(pair_2["refresh_token"]))["error"] == -14020


async def test_a_refresh_whose_answer_is_lost_has_spent_the_old_token(
    zalo: ZaloOAEmulator, client: OAClient
) -> None:
    pair = zalo.connect()
    zalo.order_fault("close_after_accepting", method="v4/oa/access_token")
    with pytest.raises(aiohttp.ClientError):
        await client.refreshes(pair)
    assert (await client.refreshes(pair))["error"] == -14014
    pair = zalo.connect()
    zalo.order_fault("close_before_reading", method="v4/oa/access_token")
    with pytest.raises(aiohttp.ClientError):
        await client.refreshes(pair)
    assert "access_token" in await client.refreshes(pair)
    zalo.order_fault("close_after_accepting", method="v4/oa/access_token")
    with pytest.raises(aiohttp.ClientError):
        await client.refreshes(pair)


async def test_reuse_can_kill_the_whole_grant(zalo: ZaloOAEmulator, client: OAClient) -> None:
    zalo.app.reuse_kills_grant = True
    zalo.app.dead_refresh_code = -118
    old = zalo.connect()
    new = await client.refreshes(old)
    dead = await client.refreshes(old)
    assert (dead["error"], dead["error_name"]) == (-118, "invalid_grant")
    assert (await client.refreshes(new["refresh_token"]))["error"] == -118


async def test_the_token_endpoint_wants_the_apps_secret_in_its_header(
    zalo: ZaloOAEmulator, client: OAClient
) -> None:
    pair = zalo.connect()
    body = {
        "refresh_token": pair.refresh_token,
        "app_id": zalo.app.app_id,
        "grant_type": "refresh_token",
    }
    for secret in ("", zalo.app.oa_secret_key):
        assert (await client.token_call(body, secret))["error"] == -14002
    url = f"{zalo.oauth_base_url}/v4/oa/access_token"
    async with client.session.post(url, json=body, headers={"secret_key": zalo.app.secret}) as answer:
        assert (await answer.json())["error"] == -14002
    assert "access_token" in await client.token_call(body)


async def test_a_withdrawn_grant_answers_expired_or_removed(zalo: ZaloOAEmulator, client: OAClient) -> None:
    pair = zalo.connect()
    client.token = pair.access_token
    zalo.disconnect()
    assert (await client.get("v2.0/oa/getoa"))["error"] == -220
    assert (await client.business("template/all"))["error"] == -124
    assert (await client.refreshes(pair))["error"] == -14014


async def test_grants_of_several_oas_live_side_by_side(zalo: ZaloOAEmulator, client: OAClient) -> None:
    other = zalo.new_oa(name="Hội Phụ nữ xã")
    pairs = [zalo.connect(), zalo.connect(oa=other)]
    await client.refreshes(pairs[0])
    client.token = pairs[1].access_token
    assert (await client.get("v2.0/oa/getoa"))["data"]["name"] == other.name


async def test_the_proof_of_the_apps_secret_is_checked_when_given_or_demanded(
    zalo: ZaloOAEmulator, client: OAClient
) -> None:
    client.token = zalo.connect().access_token
    url = f"{zalo.base_url}/v2.0/oa/getoa"
    right = appsecret_proof(zalo.app.secret, client.token)

    async def code(proof: str | None) -> int:
        headers = {} if proof is None else {"appsecret_proof": proof}
        return int((await client.call("GET", url, headers=headers))["error"])

    assert [await code(p) for p in (None, right, "0" * 64)] == [0, 0, -242]
    zalo.app.requires_proof = True
    assert [await code(p) for p in (None, right)] == [-242, 0]


async def test_an_oa_that_is_not_verified_may_get_no_refresh_token(
    zalo: ZaloOAEmulator, client: OAClient
) -> None:
    zalo.oa.gets_refresh_tokens = False
    answer = await client.token_call(exchange(zalo, code_of(zalo.approves(address(zalo)))))
    assert set(answer) == {"access_token", "expires_in"}
