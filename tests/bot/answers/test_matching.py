"""The parts of the matcher: reading words, unifying spellings, mending, Khmer, clauses, confidence."""

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.answers.confidence import Calibration, Evidence, Sample, fit, spread
from bot.answers.matching import clauses
from bot.answers.matching.features import Lexicon, clusters
from bot.answers.matching.fillers import weights
from bot.answers.matching.repair import Known, Repair
from bot.answers.matching.sounds import skeleton, telex_undone
from bot.answers.matching.spellings import unify
from bot.answers.matching.words import KHMER, read_words, tidy
from bot.text import fold, has_marks

TEXTS = st.text(max_size=60) | st.text(
    alphabet="aăâđêơưạảãớ\u0301\u0323 dngh.,?0៩ខ្ចីទុន\u200b\u200dаеО", max_size=40
)
BANK = (
    "vay vốn ngân hàng chính sách",
    "thủ tục vay vốn cho học sinh",
    "nộp hồ sơ ở đâu",
    "hồ sơ gồm những gì",
    "đăng ký hội viên",
    "đăng ký khám bệnh",
    "hội phí phải đóng bao nhiêu",
    "chồng không cho đi làm",
)


def plain(text: str) -> str:
    return " ".join(word.plain for word in unify(read_words(tidy(text))))


@pytest.fixture(scope="module")
def repair() -> Repair:
    texts = [unify(read_words(tidy(text))) for text in BANK]
    lexicon = Lexicon()
    for words in texts:
        lexicon.learn(words)
    return Repair(Known.read(texts), lexicon.knows)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Đừng ĐI!", "dung di"),
        ("vay\u200bvốn", "vayvon"),
        ("vаy vốn", "vay von"),  # The first a is Cyrillic.
        ("ｖａｙ vốn", "vay von"),
        ("где хлеб", "где хлеб"),
        ("8/3 và 20-10", "8 3 va 20 10"),
        ("hội_phí", "hoi phi"),
        ("ខ្ចី ទុន ៥", "ខ្ចីទុន៥"),
        ("ខ្ចី\u200bទុន", "ខ្ចីទុន"),
        ("😀 ?! \u0301", ""),
    ],
)
def test_words_are_read_whatever_they_are_dressed_in(text: str, words: str) -> None:
    assert plain(text) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("vô hội làm sao", "vào hội như thế nào"),
        ("tui hông có bhyt", "tôi không có bảo hiểm y tế"),
        ("htx đóng bao nhiêu", "hợp tác xã đóng mấy"),
        ("chừng nào họp", "khi nào họp"),
    ],
)
def test_spellings_of_the_south_of_chats_and_of_offices_meet(one: str, other: str) -> None:
    assert plain(one) == plain(other)


def test_a_wife_is_not_an_entrance() -> None:
    assert plain("vợ") == "vo"
    assert plain("vô") == "vao"


@given(TEXTS)
@settings(deadline=None)
def test_composed_and_decomposed_texts_read_the_same(text: str) -> None:
    assert plain(unicodedata.normalize("NFC", text)) == plain(unicodedata.normalize("NFD", text))


@given(TEXTS)
@settings(deadline=None)
def test_what_is_tidy_stays_so(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(TEXTS)
@settings(deadline=None)
def test_words_read_again_are_the_same_words(text: str) -> None:
    words = [word.plain for word in read_words(tidy(text))]
    assert [word.plain for word in read_words(tidy(" . ".join(words)))] == words


_WRITTEN_IN_TWO_WAYS = "\u178a\u17b2"


@given(
    st.text(
        alphabet=[chr(code) for code in range(0x1780, 0x17D4) if chr(code) not in _WRITTEN_IN_TWO_WAYS],
        max_size=30,
    )
)
@settings(deadline=None)
def test_khmer_loses_no_letter_vowel_or_sign(text: str) -> None:
    assume("អោយ" not in text)
    composed = unicodedata.normalize("NFC", text)
    assert "".join(word.plain for word in read_words(tidy(text))) == composed
    assert "".join(clusters(composed)) == composed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ប្ដី", "ប្តី"),
        ("ឲ្យ", "ឱ្យ"),
        ("អោយ", "ឱ្យ"),
        ("សូមឲ្យខ្ញុំខ្ចីលុយ", "សូមអោយខ្ញុំខ្ចីលុយ"),
    ],
)
def test_a_khmer_word_written_in_two_ways_is_one_word(one: str, other: str) -> None:
    assert [word.plain for word in read_words(tidy(one))] == [word.plain for word in read_words(tidy(other))]
    assert fold(fold(one)) == fold(one)
    assert not has_marks(one)


def test_khmer_is_taken_in_clusters() -> None:
    assert clusters("ខ្ចីទុន") == ["ខ្ចី", "ទុ", "ន"]
    assert re.fullmatch(f"[{KHMER}]+", "ខ្ចីទុន")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hoof sow", "ho so"),
        ("ho so gom nhug gi", "ho so gom nhung gi"),
        ("thu tuc vya von", "thu tuc vay von"),
        ("vayvon", "vay von"),
        ("dki hv", "dang ky hoi vien"),
        ("nop hs o dau", "nop ho so o dau"),
        ("ck k cho di lam", "chong khong cho di lam"),
        ("fai dong", "phai dong"),
        ("gia vang", "gia vang"),
        ("vay vốn ខ្ចីទុន", "vay von ខ្ចីទុន"),
        ("", ""),
    ],
)
def test_what_the_bank_does_not_know_is_mended_to_what_it_knows(
    repair: Repair, typed: str, meant: str
) -> None:
    assert " ".join(word.plain for word in repair.mend(read_words(tidy(typed)))) == meant


@given(text=TEXTS | st.text(alphabet="hosvayngkyd ", max_size=60))
@settings(deadline=None)
def test_any_text_can_be_mended(repair: Repair, text: str) -> None:
    assert all(word.plain for word in repair.mend(unify(read_words(tidy(text)))))


@pytest.mark.parametrize("keys", ["tieengs", "tieesng", "tieengz"])
def test_telex_keys_are_undone_wherever_they_were_typed(keys: str) -> None:
    assert telex_undone(keys) == "tieng"


@pytest.mark.parametrize(
    ("one", "other"), [("phai", "fai"), ("giay", "zay"), ("tranh", "chang"), ("xin", "sinh")]
)
def test_what_sounds_alike_has_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_fillers_count_less_in_long_messages_only() -> None:
    short = read_words("cho em hoi vay von")
    assert weights(short) == [1.0] * 5
    long = short * 8
    assert weights(long)[1] < 0.5
    assert weights(long)[3] == 1.0


def test_a_story_falls_into_clauses_and_a_question_does_not() -> None:
    story = tidy(
        "Chồng em mất năm ngoái, nhà còn hai đứa nhỏ đi học. Cho em hỏi vay vốn cho con đi học được không? Dạ."
    )
    parts = clauses.split(story, read_words(story))
    assert len(parts) >= 3
    assert "vay" in [word.plain for word in parts[-1]]
    assert clauses.split("vay vốn ở đâu", read_words("vay vốn ở đâu")) == []


def test_a_very_long_text_is_looked_at_from_both_ends() -> None:
    text = "a" * 50_000 + "b" * 50_000
    assert clauses.bounded(text).startswith("a")
    assert clauses.bounded(text).endswith("b")
    assert len(clauses.bounded(text)) <= clauses.MAX_CHARS + 1


def evidence(fit_: float, gap: float) -> Evidence:
    return Evidence(
        fit=fit_, nearest=fit_, gap=gap, lead=gap, said=fit_, said_elsewhere=0.1, covered=fit_, words=5
    )


def test_fitting_tells_right_from_wrong() -> None:
    samples = [Sample(evidence(0.8 - 0.01 * at, 0.5), is_right=True) for at in range(20)]
    samples += [Sample(evidence(0.2 + 0.01 * at, 0.1), is_right=False) for at in range(20)]
    fitted = fit(samples, on=date(2026, 11, 22))
    assert fitted.fitted_on == date(2026, 11, 22)
    assert fitted.probability(evidence(0.8, 0.5)) > 0.8
    assert fitted.probability(evidence(0.2, 0.1)) < 0.2


def test_fitting_needs_both_outcomes() -> None:
    with pytest.raises(ValueError, match="right and wrong"):
        fit([Sample(evidence(0.8, 0.5), is_right=True)], on=date(2026, 11, 22))


@given(
    fits=st.floats(0, 1),
    scores=st.lists(st.floats(0.01, 1), min_size=1, max_size=20).map(lambda them: sorted(them, reverse=True)),
)
@settings(deadline=None)
def test_probabilities_fall_and_sum_to_at_most_one(fits: float, scores: list[float]) -> None:
    sure = spread(fits, scores)
    assert len(sure) == len(scores)
    assert all(0 <= p <= 1 for p in sure)
    assert sure == sorted(sure, reverse=True)
    assert sum(sure) <= 1 + 1e-9


@given(fit_=st.floats(0, 1), gap=st.floats(0, 1))
@settings(deadline=None)
def test_any_evidence_gives_a_probability(fit_: float, gap: float) -> None:
    wild = Calibration((50.0,) * len(evidence(0.5, 0.5).signs()), date(2026, 11, 22))
    assert 0 <= wild.probability(evidence(fit_, gap)) <= 1
