"""The address at which she says yes, and what the token endpoint's answers mean."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.passage import AnswerLost, PassageError
from bot.channels.zalo_oa.errors import Refused, ServerTrouble, SomebodyElse, ZaloOAError
from bot.channels.zalo_oa.oauth import OAuth, Pair, challenge_of, new_verifier, pair_of
from tests.emulators.zalo_oa import ZaloOAEmulator

BACK = "http://127.0.0.1/console/accounts/zalo_oa/connected"


def test_the_challenge_is_the_vendors() -> None:
    verifier = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG"
    assert challenge_of(verifier) == "CIuljz1dtHOCacmhhh_PoCfRimWzq2JLGhjziT34vMc"


def test_verifiers_are_43_letters_and_digits_and_never_the_same() -> None:
    made = {new_verifier() for _ in range(100)}
    assert len(made) == 100
    assert all(len(v) == 43 and v.isascii() and v.isalnum() for v in made)


def test_the_permission_address_carries_what_zalo_reads_and_nothing_else(
    oauth: OAuth, zalo: ZaloOAEmulator
) -> None:
    address = urlsplit(oauth.permission_address(back=BACK, state="s t", challenge="c"))
    assert address.path.endswith("/v4/oa/permission")
    assert parse_qs(address.query) == {
        "app_id": [zalo.app.app_id], "redirect_uri": [BACK], "code_challenge": ["c"], "state": ["s t"],
    }  # fmt: skip
    assert "code_challenge" not in oauth.permission_address(back=BACK, state="s", challenge="")


async def test_a_code_becomes_a_pair_and_a_pair_the_next_one(oauth: OAuth, zalo: ZaloOAEmulator) -> None:
    verifier = new_verifier()
    address = oauth.permission_address(back=BACK, state="s", challenge=challenge_of(verifier))
    code = parse_qs(urlsplit(zalo.approves(address)).query)["code"][0]
    first = await oauth.exchange(code, verifier=verifier)
    assert first.lifetime == timedelta(hours=25)
    second = await oauth.refresh(first.refresh)
    current = zalo.world.grants.current(zalo.app, zalo.oa)
    assert current is not None
    assert (second.access, second.refresh) == (current.access_token, current.refresh_token)
    with pytest.raises(Refused) as error:
        await oauth.refresh(first.refresh)
    assert error.value.code == -14014


def test_no_text_of_a_pair_shows_it() -> None:
    assert "AT-1" not in repr(Pair("AT-1", "RT-1", timedelta(hours=25)))
    assert "RT-1" not in repr(Pair("AT-1", "RT-1", timedelta(hours=25)))


@dataclass(frozen=True)
class Case:
    label: str
    body: Any
    expect: Pair | type[ZaloOAError | PassageError] | int
    status: int = 200


def whole(**more: Any) -> dict[str, Any]:
    return {"access_token": "AT", "refresh_token": "RT", "expires_in": "90000"} | more


DAY = timedelta(hours=25)
CASES = [
    Case("as documented", whole(), Pair("AT", "RT", DAY)),
    Case("the life as a number", whole(expires_in=90000), Pair("AT", "RT", DAY)),
    Case("the refresh token's life too", whole(refresh_token_expires_in="7776000"), Pair("AT", "RT", DAY)),
    Case("no life", {"access_token": "AT", "refresh_token": "RT"}, Pair("AT", "RT", timedelta(hours=1))),
    Case("a life that is none", whole(expires_in="soon"), Pair("AT", "RT", timedelta(hours=1))),
    Case("a negative life", whole(expires_in=-1), Pair("AT", "RT", timedelta(hours=1))),
    Case("an endless life", whole(expires_in="9" * 11), Pair("AT", "RT", timedelta(days=365))),
    Case("no refresh token", {"access_token": "AT", "expires_in": "90000"}, Pair("AT", "", DAY)),
    Case("a yes whose status says no", whole(), Pair("AT", "RT", DAY), status=400),
    Case("a dead token", {"error": -14014, "error_name": "x"}, -14014),
    Case("a dead token, as text", {"error": "-14020"}, -14020),
    Case("a no without a number", {"error": "invalid_grant"}, 0),
    Case("a no with its real status", {"error": -14014}, -14014, status=400),
    Case("too many calls", {"error": -32}, -32),
    Case("an empty token", whole(access_token=""), AnswerLost),
    Case("neither yes nor no", {"error": 0}, AnswerLost),
    Case("a list", [], AnswerLost),
    Case("a page", "<html>", AnswerLost),
    Case("nothing", "", AnswerLost),
    Case("a gateway's page", "<html>", ServerTrouble, status=502),
    Case("a gateway's own no", {"error": -1}, ServerTrouble, status=503),
    Case("a firewall's page", "<html>", SomebodyElse, status=403),
    Case("sent elsewhere", "", SomebodyElse, status=302),
    Case("a proxy's no in words", {"error": "Too Many Requests"}, SomebodyElse, status=429),
    Case("a proxy's no by its status", {"error": 403, "message": "blocked"}, SomebodyElse, status=403),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_what_the_token_endpoint_answers(case: Case) -> None:
    body = (case.body if isinstance(case.body, str) else json.dumps(case.body)).encode()
    match case.expect:
        case Pair() as pair:
            assert pair_of(case.status, body) == pair
        case int() as code:
            with pytest.raises(Refused) as refused:
                pair_of(case.status, body)
            assert refused.value.code == code
        case error:
            with pytest.raises(error):
                pair_of(case.status, body)
