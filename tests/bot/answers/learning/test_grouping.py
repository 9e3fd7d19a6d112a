"""What is asked alike stands together, what is not stays apart."""

import random
from datetime import timedelta
from itertools import combinations

import pytest

from bot.answers.bank import read_bank
from bot.answers.learning.dealing import MOST_OFFERED, phrasings_of
from bot.answers.learning.grouping import Group, group, wordings_of
from bot.answers.learning.particles import without_particles
from bot.answers.learning.waiting import Asking
from bot.answers.matching.words import read_words, tidy
from tests.bench.grouping import measure, spellings
from tests.bot.answers.learning.invented_askings import NEEDS
from tests.conftest import MovingClock
from tests.parts import CONTENT


def _asked(clock: MovingClock, *texts: str) -> list[Asking]:
    """One a minute, the newest first, as they are read."""
    found = [
        Asking(n, clock() + timedelta(minutes=n), "vi", text, None) for n, text in enumerate(texts, start=1)
    ]
    return found[::-1]


def _bank() -> list[list[str]]:
    return [[entry.question, *entry.phrasings] for entry in read_bank(CONTENT / "faq.vi.yaml").entries]


def _texts(groups: list[Group]) -> list[list[str]]:
    return [[wording.text for wording in one.wordings] for one in groups]


def test_hardly_any_two_stand_together_that_ask_different_things(clock: MovingClock) -> None:
    need_of = {text: need for need, texts in enumerate(NEEDS) for text in texts}
    askings = _asked(clock, *need_of)
    random.Random(5).shuffle(askings)
    together = [
        (need_of[one.text], need_of[other.text])
        for found in group(askings, _bank())
        for one, other in combinations(found.wordings, 2)
    ]
    right = sum(one == other for one, other in together)
    alike = sum(len(texts) * (len(texts) - 1) // 2 for texts in NEEDS)
    assert right / len(together) >= 0.93
    assert right / alike >= 0.65


@pytest.mark.parametrize(("name", "purity", "inverse"), [
    ("as is", 0.96, 0.7), ("no diacritics", 0.92, 0.65), ("teencode", 0.93, 0.65), ("messy", 0.93, 0.48),
])  # fmt: skip
def test_subjects_stand_together_and_apart_however_they_are_typed(
    name: str, purity: float, inverse: float
) -> None:
    found = measure(dict(spellings())[name])
    assert found[0] >= purity
    assert found[1] >= inverse


def test_so_is_no_loan_and_small_words_glue_nothing_together(clock: MovingClock) -> None:
    askings = _asked(
        clock,
        "Em muốn vay vốn nuôi bò",
        "vay nuôi bò hỏi ai",
        "Học may ở đâu vậy chị",
        "dạ học may chỗ nào vậy chị ơi",
        "Nước máy cúp hoài vậy chị",
        "chị ơi nước máy cúp hoài vậy hả",
    )
    together = sorted(sorted(texts) for texts in _texts(group(askings, _bank())))
    assert together == [
        ["Em muốn vay vốn nuôi bò", "vay nuôi bò hỏi ai"],
        ["Học may ở đâu vậy chị", "dạ học may chỗ nào vậy chị ơi"],
        ["chị ơi nước máy cúp hoài vậy hả"],
    ]


SMALL = [
    ("Học may ở đâu vậy chị ơi?", "học may ở đâu"),
    ("hoc may o dau vay chi oi", "hoc may o dau"),
    ("em muốn vay", "em muốn vay"),
    ("em muon vay", "em muon vay"),
    ("em muốn vậy", "em muốn"),
    ("duoc vay khong", "duoc vay khong"),
    ("khong duoc vay a", "khong duoc vay"),
    ("dạ chị ơi hội phí mấy ngàn vậy ạ", "hội phí mấy ngàn"),
    ("da chi oi hoi phi may ngan vay a", "hoi phi may ngan vay"),
    ("da tay ngua qua", "da tay ngua qua"),
    ("da tay ngứa quá", "da tay ngứa quá"),
    ("xin sua nha", "xin sua nha"),
    ("chỉ em cách vay nha chị", "chỉ em cách vay"),
    ("dạ vậy hả chị", "dạ vậy hả chị"),
    ("vay", "vay"),
    ("", ""),
    ("ខ្ញុំចង់ខ្ចី vay a", "ខ្ញុំចង់ខ្ចី vay"),
]


@pytest.mark.parametrize(("typed", "left"), SMALL)
def test_small_words_are_left_out_where_they_say_nothing(typed: str, left: str) -> None:
    assert [word.marked or word.plain for word in without_particles(read_words(tidy(typed)))] == left.split()


def test_the_same_words_are_one_wording_shown_with_marks(clock: MovingClock) -> None:
    [found] = group(
        _asked(
            clock,
            "may khau con cho muon khong",
            "Máy khâu còn cho mượn không?",
            "may  khau CON cho muon khong",
        ),
        _bank(),
    )
    [wording] = found.wordings
    assert (wording.text, wording.count, found.count) == ("Máy khâu còn cho mượn không?", 3, 3)


def test_groups_stand_by_how_often_they_were_asked_and_know_since_when(clock: MovingClock) -> None:
    texts = [
        "mượn máy may ở đâu",
        "lớp nấu ăn mấy giờ",
        "cho mượn máy may không",
        "muon may may cua hoi o dau",
    ]
    groups = group(_asked(clock, *texts), _bank())
    assert [one.count for one in groups] == [3, 1]
    assert groups[0].group_id == 1
    assert groups[0].last_at - groups[0].first_at == timedelta(minutes=3)


CASES = [
    ("nothing", []),
    ("only marks and pictures", ["???", "😀😀", "\u200b"]),
    ("one", ["mượn máy may ở đâu"]),
    ("a very long one", ["mượn " * 100]),
]


@pytest.mark.parametrize("texts", [texts for _, texts in CASES], ids=[name for name, _ in CASES])
def test_any_words_can_be_grouped_also_without_a_bank(clock: MovingClock, texts: list[str]) -> None:
    readable = [text for text in texts if any(char.isalnum() for char in text)]
    assert sum(one.count for one in group(_asked(clock, *texts), [])) == len(readable)


def test_khmer_askings_stand_together(clock: MovingClock) -> None:
    askings = _asked(clock, "ខ្ញុំចង់ខ្ចីម៉ាស៊ីនដេរ", "អាចខ្ចីម៉ាស៊ីនដេរបានទេ", "ការិយាល័យបើកម៉ោងប៉ុន្មាន")
    assert sorted(len(texts) for texts in _texts(group(askings, _bank()))) == [1, 2]


def test_phrasings_to_add_are_few_different_and_without_gaps(clock: MovingClock) -> None:
    texts = [f"mượn máy may ở ấp {n} được không" for n in range(20)]
    texts += ["mượn máy may của chị … số … được không", "x" * 201, "mượn máy may ở ấp 3 được không"]
    found = phrasings_of(wordings_of(_asked(clock, *texts)))
    assert found[0] == "mượn máy may ở ấp 3 được không"  # The commonest.
    assert len(found) == MOST_OFFERED
    assert "mượn máy may của chị số được không" in found
    assert not any("…" in text or len(text) > 200 for text in found)
