"""What leaves the lane leads back to its delivery: buttons and links; and what is recorded of somebody adds up."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.safety import SafetyDetector
from bot.people import parsing
from bot.store.database import Database
from bot.store.tables import responses as rows
from broadcasts import links, responses
from broadcasts.content import Content
from broadcasts.delivery import DeliveryLane
from broadcasts.responses import Announced
from tests.broadcasts.announced import CANNOT, COMES
from tests.broadcasts.conftest import Announce
from tests.broadcasts.desk import NO_CAPS, Desk
from tests.conftest import MovingClock
from tests.parts import CONTENT
from tests.people import People

KEY = b"a key"
TEXTS = {"vi": "Xem [lịch](https://hoi.example/lich) và [bản đồ](https://hoi.example/ban-do). NGUNG"}


async def test_buttons_and_links_of_a_message_lead_back_to_its_delivery(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await announce(texts=TEXTS, content=Content(answers=(COMES, CANNOT), counts_clicks=True))
    lane = DeliveryLane(NO_CAPS, link_of=links.addresses("https://hoi.example", KEY))
    parcels = await Desk(database, union, clock, lane=lane).claim()
    assert len(parcels) == 2
    for parcel in parcels:
        picked = [responses.read_choice(choice.value) for choice in parcel.message.choices]
        assert picked == [(parcel.row_id, 1), (parcel.row_id, 2)]
        assert [choice.label for choice in parcel.message.choices] == ["Em đi được", "Em bận"]
        assert "1. Em đi được\n2. Em bận" in parcel.message.text
        tokens = [word.split("/r/")[1].rstrip(".") for word in parcel.message.text.split() if "/r/" in word]
        assert [links.read(token, KEY) for token in tokens] == [(parcel.row_id, 0), (parcel.row_id, 1)]
        async with database.reading() as connection:
            urls = [await responses.target(connection, parcel.row_id, number) for number in range(3)]
        assert [url.url if url else None for url in urls] == [
            "https://hoi.example/lich", "https://hoi.example/ban-do", None,
        ]  # fmt: skip


async def test_links_stand_as_written_where_nobody_reaches_us(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    await announce(texts=TEXTS, content=Content(counts_clicks=True))
    lane = DeliveryLane(NO_CAPS, link_of=links.addresses("", KEY))
    (first, _second) = await Desk(database, union, clock, lane=lane).claim()
    assert "https://hoi.example/lich" in first.message.text


@given(st.integers(1, 10**17), st.integers(1, 9))
def test_what_a_button_says_is_read_back_and_is_nothing_else(delivery_id: int, number: int) -> None:
    value = responses.choice_value(delivery_id, number)
    assert responses.read_choice(value) == (delivery_id, number)
    assert responses.read_choice(f"  {value.upper()} ") == (delivery_id, number)
    assert parsing.parse_digit(value, 999) is None
    assert parsing.parse_yes_no(value) is None
    assert len(value.encode()) <= 64  # What Telegram carries.


def test_what_a_button_says_sounds_like_no_danger() -> None:
    safety = SafetyDetector.load(CONTENT / "safety.vi.yaml")
    for delivery_id in (1, 111, 113, 115, 20_000_000):
        assert safety.check(responses.choice_value(delivery_id, 1)) is None


@given(st.text(max_size=50))
def test_other_words_are_no_press(said: str) -> None:
    assert responses.read_choice(said) is None


async def test_clicks_add_up_and_the_first_time_stays(
    database: Database, union: People, announce: Announce, clock: MovingClock
) -> None:
    run_id = await announce()
    (first, _second) = await Desk(database, union, clock).send()
    began = clock()
    for _ in range(3):
        async with database.writing() as connection:
            await responses.record_click(connection, first.row_id, run_id, now=clock())
        clock.move(timedelta(minutes=1))
    announced = Announced(first.row_id, run_id, Content(), is_open=True, sent_at=began)
    async with database.writing() as connection:
        await responses.record_answer(connection, announced, 1, now=clock())
        await responses.record_answer(connection, announced, 2, now=clock())
        row = (await connection.execute(sa.select(rows))).one()
    assert (row.clicks, row.clicked_at, row.answer, row.answered_at) == (3, began, 2, clock())


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [("vi", 1, "Em đi được"), ("km", 1, "ខ្ញុំទៅបាន"), ("km", 2, "Em bận"), ("vi", 3, None), ("vi", 0, None)],
)
def test_an_answer_is_named_in_her_language_as_far_as_it_is_written(
    language: str, number: int, said: str | None
) -> None:
    announced = Announced(
        1, 1, Content(answers=(COMES, CANNOT)), is_open=True, sent_at=datetime(2026, 3, 8, tzinfo=UTC)
    )
    assert announced.answer(number, language) == said
