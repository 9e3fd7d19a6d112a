import pytest
from aiohttp.test_utils import make_mocked_request

from bot.web.origin import is_from_our_page

OURS = "https://chihoi.example.vn"
CASES = [
    ("same origin", {"Sec-Fetch-Site": "same-origin"}, True),
    ("another site", {"Sec-Fetch-Site": "cross-site"}, False),
    ("a sister host", {"Sec-Fetch-Site": "same-site"}, False),
    ("typed by hand", {"Sec-Fetch-Site": "none"}, False),
    ("the browser's word counts before the rest", {"Sec-Fetch-Site": "cross-site", "Origin": OURS}, False),
    ("our origin", {"Origin": OURS}, True),
    ("the host it was asked at", {"Origin": "http://10.0.0.5:8080"}, True),
    ("foreign origin", {"Origin": "https://evil.example"}, False),
    ("an origin that only begins like ours", {"Origin": OURS + ".evil.example"}, False),
    ("hidden origin", {"Origin": "null"}, False),
    ("our page as referer", {"Referer": OURS + "/chat"}, True),
    ("foreign referer", {"Referer": "https://evil.example/" + OURS}, False),
    ("nothing at all", {}, False),
    ("rubbish", {"Origin": "http://[::"}, False),
]


@pytest.mark.parametrize(("headers", "expect"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_is_from_our_page(headers: dict[str, str], expect: bool) -> None:
    request = make_mocked_request("POST", "/chat/send", headers={"Host": "10.0.0.5:8080", **headers})
    assert is_from_our_page(request, OURS) is expect
