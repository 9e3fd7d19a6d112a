"""Fitting the confidence to what was asked: what counts as evidence, when it is enough, whether it is better."""

import random
from datetime import date

import pytest
import sqlalchemy as sa

from bot.answers import refitting
from bot.answers.book import AnswerBook
from bot.answers.confidence import SHIPPED, Calibration, Evidence, Sample
from bot.answers.practice import LEARNT
from bot.answers.refitting import Known, TooLittleEvidenceError
from bot.starting_content import load_starting_content
from bot.store.database import Database
from bot.store.tables import askings, questions
from bot.store.tables.askings import ChosenBy, Outcome
from bot.store.tables.questions import QuestionState
from tests import people
from tests.conftest import MovingClock

TODAY = date(2026, 11, 23)


def _samples(count: int, truth: Calibration, seed: int = 1) -> list[tuple[str, Sample]]:
    """Askings on which the truth is so."""
    rng = random.Random(seed)
    made: list[tuple[str, Sample]] = []
    for at in range(count):
        fit, lead = rng.random(), rng.random()
        evidence = Evidence(fit, fit, lead, lead, rng.random(), rng.random(), rng.random(), rng.randint(1, 9))
        made.append((f"câu {at}", Sample(evidence, rng.random() < truth.probability(evidence))))
    return made


def test_practice_is_kept_with_the_constants_that_are_shipped() -> None:
    assert LEARNT.weights.tolist() == list(SHIPPED.weights)
    assert LEARNT.hold.shape == (len(SHIPPED.weights),) * 2


@pytest.mark.parametrize("count", [0, 1, refitting.LEAST - 1])
def test_too_little_evidence_is_refused_and_says_what_is_needed(count: int) -> None:
    with pytest.raises(TooLittleEvidenceError, match=rf"{count} askings.*Needed are {refitting.LEAST}"):
        refitting.refit(_samples(count, SHIPPED), SHIPPED, on=TODAY)


def test_evidence_of_one_kind_alone_is_refused() -> None:
    right = [(text, Sample(sample.evidence, is_right=True)) for text, sample in _samples(500, SHIPPED)]
    with pytest.raises(TooLittleEvidenceError, match="500 of them"):
        refitting.refit(right, SHIPPED, on=TODAY)


def test_where_the_constants_are_off_the_fit_is_better_on_what_it_did_not_see() -> None:
    truth = Calibration((SHIPPED.weights[0] - 2.5, *SHIPPED.weights[1:]), TODAY)
    fitted = refitting.refit(_samples(1500, truth), SHIPPED, on=TODAY)
    assert fitted.is_better
    assert fitted.after.loss < fitted.before.loss
    assert fitted.calibration.weights[0] < SHIPPED.weights[0]
    assert fitted.report["askings"] == 1500


def test_little_evidence_moves_the_constants_little() -> None:
    few = refitting.refit(_samples(refitting.LEAST, SHIPPED), SHIPPED, on=TODAY).calibration
    moved = [
        abs(few.probability(sample.evidence) - SHIPPED.probability(sample.evidence))
        for _, sample in _samples(200, SHIPPED, seed=2)
    ]
    assert sum(moved) / len(moved) < 0.08


async def test_what_members_and_cadres_said_is_evidence(database: Database, clock: MovingClock) -> None:
    union = await people.settle(database, clock())
    rows: list[dict[str, object]] = [
        {"text": "câu một", "chosen_entry_id": "FEE-01", "chosen_by": ChosenBy.MEMBER},
        {"text": "câu hai", "is_clear": False},
        {"text": "câu ba", "outcome": Outcome.SUGGESTED, "question_id": 1},
        {"text": "câu bốn", "outcome": Outcome.SUGGESTED},  # She went away.
        {"text": "", "chosen_entry_id": "FEE-01", "chosen_by": ChosenBy.MEMBER},  # Private.
        {"text": "câu sáu", "is_clear": False, "chosen_entry_id": "DV-02", "chosen_by": ChosenBy.CADRE},
    ]
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
        await connection.execute(
            sa.insert(questions).values(id=1, text="?", state=QuestionState.WAITING, asked_at=clock())
        )
        for row in rows:
            kept = {"outcome": Outcome.ANSWERED, "entry_id": "MEM-01", "unit_id": union.branch_id}
            await connection.execute(sa.insert(askings).values(at=clock(), language="vi", **(kept | row)))
        found = await refitting.known(connection)
    line = (union.province_id, union.commune_id, union.branch_id)
    assert found == [
        Known("câu một", line, "FEE-01", True),
        Known("câu hai", line, "MEM-01", False),
        Known("câu ba", line, "MEM-01", False),
        Known("câu sáu", line, "DV-02", True),
    ]


async def test_what_is_found_now_is_judged_by_what_was_meant(database: Database, clock: MovingClock) -> None:
    async with database.writing() as connection:
        await load_starting_content(connection, now=clock())
        book = await AnswerBook(clock).current(connection)
    asked = book.entries["FEE-01"].texts["vi"].question
    ends = [
        Known(asked, (), "FEE-01", True),
        Known(asked, (), "MEM-01", True),
        Known(asked, (), "FEE-01", False),
        Known(
            asked, (), "MEM-01", False
        ),  # Another entry was not clear to her then: nobody has judged this one.
        Known("😀", (), "FEE-01", True),
    ]
    samples = refitting.samples_of(book, ends)
    assert [sample.is_right for _, sample in samples] == [True, False, False]
