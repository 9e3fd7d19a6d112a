"""Every number that Zalo refuses with, and every way a call can fail: what repeating would mean, and whom it concerns."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.channels.contract import Blame, Outgoing, Retry, SendError, TemplateCall
from bot.channels.passage import AnswerLate, AnswerLost, NotSent, PassageError
from bot.channels.zalo_oa import refusal_table, refusals
from bot.channels.zalo_oa.errors import (
    NeedsAuthorization,
    Refused,
    ServerTrouble,
    SomebodyElse,
    Throttled,
    ZaloOAError,
)
from bot.channels.zalo_oa.refusals import Called, Judge
from tests.bot.channels.zalo_oa.sending_fixtures import CS, Post, on_sqlite, told
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.faults import Fault, patience

HELLO = Outgoing("chào chị")
NEVER, LATER, UNKNOWN, WHEN_SHE_WRITES = Retry.NEVER, Retry.LATER, Retry.UNKNOWN, Retry.WHEN_SHE_WRITES
MESSAGE, CONTACT, ACCOUNT = Blame.MESSAGE, Blame.CONTACT, Blame.ACCOUNT

# The tests' clock stands at 9 o'clock on a Monday morning in Viet Nam, at the beginning of a minute.
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TO_MORNING = timedelta(hours=21)


@pytest.fixture
async def post(sqlite_template: SQLiteTemplate, clock: MovingClock) -> AsyncIterator[Post]:
    async with on_sqlite(sqlite_template, clock) as opened:
        yield opened


@dataclass(frozen=True)
class Case:
    number: int
    code: str
    retry: Retry = NEVER
    blame: Blame = MESSAGE
    wait: timedelta | None = None

    @property
    def expected(self) -> tuple[str, Retry, Blame, timedelta | None]:
        return self.code, self.retry, self.blame, self.wait


# A message in talk, to somebody who wrote within the last 48 hours: zalo-oa.md 5.1, in its order.
TALK = [
    Case(-32, "zalo_oa_rate", LATER, ACCOUNT, MINUTE),
    Case(-100, "zalo_oa_attachment_gone", LATER),
    Case(-200, "zalo_oa_trouble", UNKNOWN),
    Case(-201, "zalo_oa_bad_request"),
    Case(-204, "zalo_oa_closed", NEVER, ACCOUNT),
    Case(-205, "zalo_oa_closed", NEVER, ACCOUNT),
    Case(-209, "zalo_oa_not_allowed", NEVER, ACCOUNT),
    Case(-210, "zalo_oa_too_long"),
    Case(-211, "zalo_oa_used_up", WHEN_SHE_WRITES),
    Case(-212, "zalo_oa_not_allowed", NEVER, ACCOUNT),
    Case(-213, "zalo_oa_not_following", NEVER, CONTACT),
    Case(-214, "zalo_oa_processing", LATER),
    Case(-216, "zalo_oa_token", LATER, ACCOUNT, MINUTE),
    Case(-217, "zalo_oa_refused_by_her", NEVER, CONTACT),
    Case(-218, "zalo_oa_received_enough", LATER, MESSAGE, TO_MORNING),
    Case(-219, "zalo_oa_wrong_app", NEVER, ACCOUNT),
    Case(-220, "zalo_oa_token", LATER, ACCOUNT, MINUTE),
    Case(-221, "zalo_oa_not_verified", NEVER, ACCOUNT),
    Case(-223, "zalo_oa_not_allowed", NEVER, ACCOUNT),
    Case(-224, "zalo_oa_no_package", NEVER, ACCOUNT),
    Case(-227, "zalo_oa_unreachable", NEVER, CONTACT),
    Case(-230, "window_closed", WHEN_SHE_WRITES, CONTACT),
    Case(-231, "window_closed", WHEN_SHE_WRITES, CONTACT),
    Case(-232, "window_closed", WHEN_SHE_WRITES, CONTACT),
    Case(-233, "zalo_oa_wrong_kind"),
    Case(-234, "zalo_oa_night", LATER, MESSAGE, TO_MORNING),
    Case(-235, "zalo_oa_not_allowed", NEVER, ACCOUNT),
    Case(-237, "zalo_oa_group_closed", NEVER, CONTACT),
    Case(-238, "zalo_oa_bad_request"),
    Case(-240, "zalo_oa_bad_request"),
    Case(-241, "zalo_oa_bad_request"),
    Case(-242, "zalo_oa_bad_proof", NEVER, ACCOUNT),
    Case(-244, "zalo_oa_refused_by_her", NEVER, CONTACT),
    Case(-248, "zalo_oa_content"),
    Case(-249, "zalo_oa_template_not_by_uid"),
    Case(-320, "zalo_oa_no_cloud_account", NEVER, ACCOUNT),
    Case(-321, "zalo_oa_no_money", NEVER, ACCOUNT),
    Case(-403, "zalo_oa_group_closed", NEVER, CONTACT),
    Case(-1340, "zalo_oa_bad_request"),
    Case(-1341, "zalo_oa_bad_request"),
    *(Case(number, "zalo_oa_token", LATER, ACCOUNT, MINUTE) for number in (216, 401, -401, -124, -222)),
    Case(-9999, "zalo_oa_unknown", LATER),
]


async def test_a_refused_message_says_what_repeating_would_mean(post: Post) -> None:
    """All in one test: nothing of one refusal is left for the next."""
    said = {}
    for case in TALK:
        post.zalo.order_fault(case.number, method=CS, times=None)
        said[case.number] = told(await post.refused(HELLO))
        post.zalo.faults.clear()
    assert said == {case.number: case.expected for case in TALK}
    assert post.hoa.received == []


def test_every_number_of_the_table_has_a_case() -> None:
    assert {case.number for case in TALK} - {-9999} == set(refusal_table.OPENAPI)
    assert {case.number for case in BY_PHONE} >= set(refusal_table.BUSINESS)


# A template by phone: zalo-oa.md 5.3, in its order.
BY_PHONE = [
    Case(-32, "zalo_oa_rate", LATER, ACCOUNT, MINUTE),
    Case(-100, "zalo_oa_trouble", UNKNOWN),
    *(Case(number, "zalo_oa_wrong_app") for number in (-101, -102, -103, -104, -105)),
    Case(-106, "zalo_oa_bad_request"),
    Case(-107, "zalo_oa_bad_request"),
    Case(-108, "zalo_oa_bad_phone"),
    Case(-109, "zalo_oa_bad_template"),
    Case(-110, "zalo_oa_no_zalo"),
    *(Case(number, "zalo_oa_bad_values") for number in (-111, -112, -1121, -1122, -1123, -1124)),
    Case(-113, "zalo_oa_bad_button"),
    Case(-114, "zalo_oa_unreachable"),
    Case(-115, "zalo_oa_no_money", LATER, MESSAGE, HOUR),
    Case(-116, "zalo_oa_bad_values"),
    Case(-117, "zalo_oa_not_allowed"),
    Case(-118, "zalo_oa_no_zalo"),
    Case(-119, "zalo_oa_unreachable"),
    Case(-120, "zalo_oa_not_allowed"),
    Case(-121, "zalo_oa_bad_request"),
    Case(-122, "zalo_oa_bad_request"),
    *(Case(number, "zalo_oa_bad_key") for number in (-123, -128, -129, -142, -143)),
    Case(-124, "zalo_oa_token", LATER, ACCOUNT, MINUTE),
    Case(-125, "zalo_oa_not_allowed"),
    Case(-126, "zalo_oa_only_for_tests"),
    Case(-127, "zalo_oa_only_for_tests"),
    Case(-130, "zalo_oa_too_long"),
    Case(-131, "template_not_approved"),
    Case(-132, "zalo_oa_bad_values"),
    Case(-133, "zalo_oa_night", LATER, MESSAGE, TO_MORNING),
    Case(-134, "zalo_oa_refused_by_her"),
    Case(-135, "zalo_oa_not_allowed"),
    Case(-1351, "zalo_oa_not_allowed"),
    Case(-136, "zalo_oa_no_cloud_account", LATER, MESSAGE, HOUR),
    Case(-137, "zalo_oa_no_money", LATER, MESSAGE, HOUR),
    Case(-138, "zalo_oa_not_allowed"),
    Case(-1381, "zalo_oa_not_allowed"),
    *(Case(number, "zalo_oa_refused_by_her") for number in (-139, -140, -141)),
    Case(-144, "zalo_oa_day_quota", LATER, MESSAGE, TO_MORNING),
    Case(-1441, "zalo_oa_day_quota", LATER, MESSAGE, TO_MORNING),
    Case(-145, "zalo_oa_not_allowed"),
    Case(-146, "template_not_approved"),
    *(Case(number, "zalo_oa_template_quota", LATER, MESSAGE, TO_MORNING) for number in (-147, -1471, -1472)),
    *(Case(number, "zalo_oa_bad_request") for number in (-148, -149, -150, -1491, -151, -152, -153)),
    *(Case(number, "zalo_oa_bad_request") for number in (-158, -159, -160, -161, -162)),
    # Sub-codes that stand in no table are as the one they begin with.
    Case(-1091, "zalo_oa_bad_template"),
    Case(-1131, "zalo_oa_bad_button"),
    Case(-1132, "zalo_oa_bad_button"),
    Case(-1201, "zalo_oa_not_allowed"),
    Case(-1202, "zalo_oa_not_allowed"),
    Case(-1241, "zalo_oa_token", LATER, ACCOUNT, MINUTE),
    Case(-1399, "zalo_oa_refused_by_her"),
    Case(-9999, "zalo_oa_unknown", LATER),
    Case(-321, "zalo_oa_unknown", LATER),  # Of the other host; and three digits have no parent.
]


@pytest.mark.parametrize("case", BY_PHONE, ids=lambda case: str(case.number))
def test_a_template_by_phone_that_is_refused_stops_nothing_else(case: Case, clock: MovingClock) -> None:
    error = judged(Refused(case.number, is_business=True), Called.TEMPLATE, clock())
    assert told(error) == case.expected


@pytest.mark.parametrize(
    "case",
    [
        Case(-224, "zalo_oa_no_package"),
        Case(-223, "zalo_oa_not_allowed"),
        Case(-321, "zalo_oa_no_money", LATER, MESSAGE, HOUR),
        Case(-320, "zalo_oa_no_cloud_account", LATER, MESSAGE, HOUR),
        Case(-211, "zalo_oa_used_up", LATER, MESSAGE, TO_MORNING),
        Case(-244, "zalo_oa_refused_by_her"),
        Case(-232, "window_closed", WHEN_SHE_WRITES, CONTACT),
        # The account itself: nothing else will go either.
        Case(-204, "zalo_oa_closed", NEVER, ACCOUNT),
        Case(-242, "zalo_oa_bad_proof", NEVER, ACCOUNT),
    ],
    ids=lambda case: str(case.number),
)
def test_a_template_by_uid_that_is_refused_does_not_stop_free_answers(case: Case, clock: MovingClock) -> None:
    assert told(judged(Refused(case.number), Called.TEMPLATE, clock())) == case.expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (NotSent("x"), ("zalo_oa_no_connection", LATER, MESSAGE, timedelta(seconds=5))),
        (AnswerLost("x"), ("zalo_oa_upload_failed", LATER, MESSAGE, None)),
        (ServerTrouble(502), ("zalo_oa_upload_failed", LATER, MESSAGE, None)),
        (Refused(-211), ("zalo_oa_uploads_used_up", NEVER, MESSAGE, None)),
        (Refused(-210), ("file_too_large", NEVER, MESSAGE, None)),
        (Refused(-201), ("file_type", NEVER, MESSAGE, None)),
        (Refused(-32), ("zalo_oa_rate", LATER, ACCOUNT, MINUTE)),
    ],
)
def test_an_upload_that_fails_has_sent_nothing(
    failure: ZaloOAError | PassageError,
    expected: tuple[str, Retry, Blame, timedelta | None],
    clock: MovingClock,
) -> None:
    assert told(judged(failure, Called.UPLOAD, clock())) == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (NeedsAuthorization(), ("needs_authorization", NEVER, ACCOUNT, timedelta(seconds=5))),
        (Throttled(timedelta(seconds=7)), ("zalo_oa_rate", LATER, ACCOUNT, timedelta(seconds=7))),
        (SomebodyElse(403), ("zalo_oa_not_zalo", LATER, ACCOUNT, MINUTE)),
        (SomebodyElse(429), ("zalo_oa_rate", LATER, ACCOUNT, MINUTE)),
        (ServerTrouble(500), ("zalo_oa_server", LATER, MESSAGE, None)),
        (ServerTrouble(503), ("zalo_oa_server", LATER, MESSAGE, None)),
        (ServerTrouble(502), ("zalo_oa_answer_lost", UNKNOWN, MESSAGE, None)),
        (ServerTrouble(504), ("zalo_oa_timeout", UNKNOWN, MESSAGE, None)),
        (NotSent("x"), ("zalo_oa_no_connection", LATER, MESSAGE, timedelta(seconds=5))),
        (AnswerLate("x"), ("zalo_oa_timeout", UNKNOWN, MESSAGE, None)),
        (AnswerLost("x"), ("zalo_oa_answer_lost", UNKNOWN, MESSAGE, None)),
    ],
)
def test_what_fails_on_the_way_is_told_by_whether_it_may_have_arrived(
    failure: ZaloOAError | PassageError,
    expected: tuple[str, Retry, Blame, timedelta | None],
    clock: MovingClock,
) -> None:
    assert told(judged(failure, Called.TALK, clock())) == expected


def judged(failure: ZaloOAError | PassageError, called: Called, now: datetime) -> SendError:
    return Judge(lambda: 0.0).send_error(failure, called, now=now, is_free=True)


# Borders of time


@pytest.mark.parametrize(
    ("hour_in_vietnam", "to_morning", "to_next_day"),
    [(0, 6, 30), (5, 1, 25), (6, 24, 24), (9, 21, 21), (22, 8, 8), (23, 7, 7)],
)
def test_night_ends_at_six_in_viet_nam_and_a_day_s_quota_with_the_day(
    hour_in_vietnam: int, to_morning: int, to_next_day: int
) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour_in_vietnam - 7)
    assert judged(Refused(-234), Called.TALK, now).retry_after == timedelta(hours=to_morning)
    assert judged(Refused(-144, is_business=True), Called.TEMPLATE, now).retry_after == timedelta(
        hours=to_next_day
    )


def test_too_many_calls_wait_for_the_next_minute_not_all_at_once(clock: MovingClock) -> None:
    clock.move(timedelta(seconds=42.5))
    early, late = Judge(lambda: 0.0), Judge(lambda: 1.0)
    waits = [judge.send_error(Refused(-32), Called.TALK, now=clock()).retry_after for judge in (early, late)]
    assert waits == [timedelta(seconds=17.5), timedelta(seconds=20.5)]


# What the number for "upgrade your package" means


@pytest.mark.parametrize("number", [-224, -320, -321])
async def test_past_the_free_hours_it_says_only_that_this_message_would_cost(post: Post, number: int) -> None:
    lan = post.zalo.user(name="Lan", interacted=timedelta(hours=49))
    post.zalo.order_fault(number, method=CS)
    error = await post.refused(HELLO, lan.user_id)
    assert (error.retry, error.blame) == (WHEN_SHE_WRITES, MESSAGE)
    assert (await post.send(HELLO)).charge == "reply"


async def test_where_zalo_does_not_say_when_she_wrote_only_her_message_waits(post: Post) -> None:
    post.zalo.order_fault(-224, method=CS)
    post.zalo.order_fault("close_after_accepting", method="v3.0/oa/quota/message")
    assert (await post.refused(HELLO)).retry is WHEN_SHE_WRITES


async def test_an_account_without_package_or_money_keeps_its_free_answers(post: Post) -> None:
    lan = post.zalo.user(name="Lan", interacted=timedelta(hours=49))
    for has_package, balance, code in (
        (False, None, "zalo_oa_no_package"),
        (True, None, "zalo_oa_no_cloud_account"),
        (True, 54, "zalo_oa_no_money"),
    ):
        post.zalo.oa.has_package, post.zalo.oa.zca_balance_vnd = has_package, balance
        error = await post.refused(HELLO, lan.user_id)
        assert told(error) == (code, WHEN_SHE_WRITES, MESSAGE, None)
        await post.send(HELLO)


# Numbers nobody knows


async def test_an_unknown_number_is_tried_once_more_and_then_given_up(post: Post) -> None:
    post.zalo.order_fault(-777, times=4, method=CS)
    tries = [
        (await post.refused(HELLO, key=key)).retry for key in ("reply:1", "reply:2", "reply:1", "reply:2")
    ]
    assert tries == [LATER, LATER, NEVER, NEVER]


async def test_a_refusal_that_somebody_should_see_is_said_once_an_hour(
    post: Post, clock: MovingClock
) -> None:
    post.zalo.order_fault(-248, times=None, method=CS)
    with capture_logs() as lines:
        for _ in range(3):
            await post.refused(HELLO)
        clock.move(HOUR)
        await post.refused(HELLO)
    [first, second] = lines
    assert first == second
    assert (first["event"], first["number"], first["code"]) == ("zalo_oa_refused", -248, "zalo_oa_content")


# The way there and back, through the whole channel


@pytest.mark.parametrize(
    ("fault", "code", "retry", "arrives"),
    [
        ("server_error", "zalo_oa_server", LATER, False),
        ("bad_gateway_html", "zalo_oa_answer_lost", UNKNOWN, False),
        (Fault(status=504, body=b"<html>"), "zalo_oa_timeout", UNKNOWN, False),
        (Fault(status=403, body=b"<html>"), "zalo_oa_not_zalo", LATER, False),
        (Fault(status=302, body=b""), "zalo_oa_not_zalo", LATER, False),
        ("html", "zalo_oa_answer_lost", UNKNOWN, False),
        ("no_json", "zalo_oa_answer_lost", UNKNOWN, False),
        (Fault(body=b"[1]"), "zalo_oa_answer_lost", UNKNOWN, False),
        (Fault(body=b'{"message":"?"}'), "zalo_oa_answer_lost", UNKNOWN, False),
        ("close_before_reading", "zalo_oa_answer_lost", UNKNOWN, False),
        ("hang", "zalo_oa_timeout", UNKNOWN, False),
        ("hang_after_accepting", "zalo_oa_timeout", UNKNOWN, True),
    ],
)
async def test_a_call_that_goes_wrong_is_told_apart(
    sqlite_template: SQLiteTemplate, clock: MovingClock, fault: str | Fault, code: str, retry: Retry, arrives: bool
) -> None:  # fmt: skip
    async with on_sqlite(
        sqlite_template, clock, zalo_oa_send_timeout_s=patience(fault).total_seconds()
    ) as post:
        post.zalo.order_fault(fault, method=CS)
        # What was said cannot be looked up now.
        post.zalo.order_fault("server_error", method="v2.0/oa/conversation")
        error = await post.refused(HELLO)
        assert (error.code, error.retry) == (code, retry)
        assert len(post.hoa.received) == arrives
        assert len(post.zalo.calls.of(CS)) == 1


async def test_a_zalo_that_is_away_was_certainly_not_reached(post: Post) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound and not listening: nobody answers there.
        post.client._api.base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        error = await post.refused(HELLO)
    assert told(error) == ("zalo_oa_no_connection", LATER, MESSAGE, timedelta(seconds=5))


@pytest.mark.parametrize("base", ["nonsense", "http://[", "ftp://127.0.0.1"])
async def test_an_address_that_leads_nowhere_was_certainly_not_reached(post: Post, base: str) -> None:
    post.client._api.base = base
    assert (await post.refused(HELLO)).code == "zalo_oa_no_connection"


async def test_a_token_that_is_refused_is_renewed_and_the_message_sent_once(post: Post) -> None:
    post.zalo.order_fault(-220, method=CS)
    await post.send(HELLO)
    assert post.grant.renewals == 1
    assert len(post.hoa.received) == 1


# What officers read


def test_every_code_has_a_sentence() -> None:
    meanings = [*refusal_table.OPENAPI.values(), *refusal_table.BUSINESS.values(), *refusal_table.LOCAL]
    for meaning in meanings:
        assert refusals.sentence(meaning.code) == meaning.sentence
        assert meaning.sentence.endswith(".")
    assert refusals.sentence("telegram_blocked") == ""


def test_one_code_says_one_thing() -> None:
    meanings = {*refusal_table.OPENAPI.values(), *refusal_table.BUSINESS.values(), *refusal_table.LOCAL}
    assert len({meaning.code for meaning in meanings}) == len(meanings)


async def test_the_other_host_has_a_table_of_its_own(post: Post) -> None:
    template = post.zalo.template()
    call = TemplateCall(template.template_id, {"ten": "Hoa", "noi_dung": "mời họp"}, "+84912000111")
    post.zalo.order_fault(-100, method="message/template")
    assert (await post.refused(Outgoing("x", template=call))).code == "zalo_oa_trouble"
