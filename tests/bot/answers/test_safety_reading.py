"""How a message is read before it is judged, and that any text can be."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers.safety import assess
from bot.answers.safety_features import features
from bot.answers.safety_reading import Reader
from bot.answers.safety_slips import Slips
from bot.answers.safety_training import WORDS
from bot.text import fold

READER = Reader.load(WORDS)

SAME = [
    ("ck đáh e", "chồng đánh em"),
    ("choongf ddanhs em", "chồng đánh em"),
    ("chồngggg đánhhhh em", "chồng đánh em"),
    ("chồng đ.á.n.h em", "chồng đánh em"),
    ("chồng đánh em", "chồng đánh em"),
    ("c\u200bhồng đánh em", "chồng đánh em"),
    ("ＣＨỒＮＧ đánh em", "chồng đánh em"),
    ("сhồng đánh еm", "chồng đánh em"),  # The first letter and the e are Cyrillic.
    ("hok mún sống", "không muốn sống"),
    ("Dạ chị ơi, ổng say rồi ạ", "ổng say rồi"),
]


@pytest.mark.parametrize(("typed", "meant"), SAME)
def test_spellings_of_one_thing_are_read_as_one(typed: str, meant: str) -> None:
    read, wanted = (
        [word.plain for word in READER.passages(unicodedata.normalize("NFC", text))[0]]
        for text in (typed, meant)
    )
    assert read == wanted


MENDED = [
    ("dnah", "danh"),  # Two letters changed places.
    ("chonng", "chong"),  # One too many,
    ("chng", "chong"),  # one too few,
    ("chomg", "chong"),  # the key beside it.
    ("danhem", "danh em"),  # The blank left out.
    ("cen", "con"),  # It sounds right, but nobody writes it so.
    ("dan", "dan"),  # A syllable may be meant.
    ("facebook", "facebook"),
    ("x" * 200, "x" * 200),
    ("k", "k"),
    ("", ""),
]


@pytest.mark.parametrize(("typed", "meant"), MENDED)
def test_a_slip_is_brought_back_to_the_common_word_that_was_meant(typed: str, meant: str) -> None:
    assert Slips(["em", "danh", "chong", "con"]).mended(typed) == meant


def test_a_word_typed_with_marks_keeps_them_where_it_is_no_slip() -> None:
    reader = Reader.load(WORDS, ["em", "danh", "chong"])
    read = reader.words("chồng đnáh em đan giỏ")
    assert [word.plain for word in read] == ["chong", "danh", "em", "dan", "gio"]
    assert [word.marked for word in read] == ["chồng", "", "", "đan", "giỏ"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abcdđeghiklmnopqrstuvxyfjwz", max_size=16))
def test_what_is_mended_is_made_of_common_words_or_left_alone(typed: str) -> None:
    common = ["em", "danh", "chong", "con", "thuoc", "nha"]
    mended = Slips(common).mended(typed)
    assert mended == typed or set(mended.split()) <= set(common)


def test_a_long_story_is_read_piece_by_piece() -> None:
    story = "hôm nay em đi chợ mua cá về nấu canh chua cho cả nhà ăn " * 20
    passages = READER.passages(story + "rồi ổng lấy dây nịt quất em " + story)
    assert len(passages) > 10
    assert all(len(passage) <= 22 for passage in passages)
    assert any("quat" in [word.plain for word in passage] for passage in passages)


def test_expressions_are_known_by_their_group_only_where_marks_agree() -> None:
    def groups(text: str) -> set[str]:
        return {group for step in READER.steps(READER.words(text)) for group in step.groups}

    assert "nguoi_lam_hai" in groups("bạn trai")
    assert "nguoi_lam_hai" in groups("ban trai")
    assert "nguoi_lam_hai" not in groups("bạn trái")
    assert "ra_tay" in groups("đánh")
    assert "ra_tay" not in groups("danh sách")


ODD = [
    "",
    " ",
    "😀" * 50_000,
    "\u0301" * 5000,
    "\u200b" * 9000,
    "\ud800",
    "a" * 100_000,
    "ក" * 50_000,
    "chồng " * 20_000,
    "\n" * 90_000,
]


@pytest.mark.parametrize("text", ODD, ids=lambda text: f"{text[:1]!r} {len(text)}")
def test_any_text_is_judged_in_bounded_time(text: str) -> None:
    began = time.process_time()
    assess(text)
    assert time.process_time() - began < 1


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_whatever_is_typed_is_judged_alike_in_either_form_of_writing(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert assess(composed) == assess(decomposed)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="កខគងចឆជញតថទនបផពភមយរលវសហអាិីឹឺុូើេែៃោំះ្ ", max_size=60))
def test_khmer_keeps_its_letters(text: str) -> None:
    read = "".join(word.plain for passage in READER.passages(text)[:1] for word in passage)
    whole = "".join(unicodedata.normalize("NFC", text).split())
    assert set(read) <= set(whole) | set(fold(whole))  # A word that is spelt in two ways is read in one.
    assert all(weight > 0 for weight in features(READER.words(text), READER).values())
