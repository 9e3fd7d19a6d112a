"""The bank's files: read whole, or refused with every fault named by line, entry and field."""

import re
from datetime import date
from pathlib import Path

import pytest

from bot.answers.bank import Certainty, is_on_at_first, read_bank, read_translation, render_answer
from bot.errors import ContentError

CONTENT = Path(__file__).parents[3] / "config" / "content"

WRITTEN = """\
version: 1
language: vi
local_fields:
  so_hoi: {desc: "Số của Hội", fallback: "số của Hội xã"}
topics:
  hoi_vien: "Hội viên"
faqs:
- id: MEM-01
  topic: hoi_vien
  question: Ai được vào Hội?
  phrasings: ["vô hội cần gì", "0"]
  answer: >-
    Chị gọi {{so_hoi}}.
  source: "Điều lệ"
  certainty: A
  needs_local_check: false
  escalate: none
  sensitive: none
- id: MEM-02
  topic: hoi_vien
  question: Vào Hội làm sao?
  phrasings: ["dang ky"]
  answer: Gõ DANGKY.
  source: "Điều lệ"
  certainty: M
  needs_local_check: false
  escalate: cadre
  sensitive: high
"""

TRANSLATED = """\
version: 1
language: km
status: chưa duyệt
disclaimer: "អត្ថបទ"
answers:
- id: MEM-01
  reviewed: false
  question: "អ្នកណា?"
  answer: "ស្ត្រី"
"""


def write(folder: Path, text: str, name: str = "faq.vi.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_bank_that_comes_with_the_service_is_read() -> None:
    bank = read_bank(CONTENT / "faq.vi.yaml")
    assert len(bank.entries) == 92
    assert bank.topics["vay_von"] == "Vay vốn"
    on = {entry.entry_id for entry in bank.entries if is_on_at_first(entry)}
    assert {"DV-02", "DV-07", "CHILD-01", "MEM-03"} <= on
    assert not {"DV-01", "DV-08", "FEE-01", "LOAN-04"} & on


def test_what_names_its_source_to_members_is_certain() -> None:
    cited = [entry for entry in read_bank(CONTENT / "faq.vi.yaml").entries if entry.cites]
    assert len(cited) > 20
    assert {entry.certainty for entry in cited} == {Certainty.SOURCED}
    law = next(entry for entry in cited if entry.entry_id == "INS-02")
    assert (law.cites, law.cites_on) == ("Luật Dân số 2025", date(2026, 7, 1))


def test_every_answer_that_comes_with_the_service_can_be_said_with_all_fields_empty() -> None:
    bank = read_bank(CONTENT / "faq.vi.yaml")
    for entry in bank.entries:
        assert "{{" not in render_answer(entry.answer, {}, bank.local_fields)


def test_translation_that_comes_with_the_service_is_read_and_unreviewed() -> None:
    translation = read_translation(CONTENT / "faq.km.yaml")
    known = {entry.entry_id for entry in read_bank(CONTENT / "faq.vi.yaml").entries}
    assert len(translation.answers) == 12
    assert {answer.entry_id for answer in translation.answers} <= known
    assert not any(answer.reviewed for answer in translation.answers)


def test_fields_are_filled_and_blank_ones_say_their_fallback(tmp_path: Path) -> None:
    bank = read_bank(write(tmp_path, WRITTEN))
    answer = bank.entries[0].answer
    assert render_answer(answer, {"so_hoi": "02993 000 000"}, bank.local_fields) == "Chị gọi 02993 000 000."
    for fields in ({}, {"so_hoi": " "}):
        assert render_answer(answer, fields, bank.local_fields) == "Chị gọi số của Hội xã."
    assert render_answer("{{so_hoi}} nè", {}, bank.local_fields) == "Số của Hội xã nè"
    assert (
        render_answer("Chị gọi {{so_hoi}}.", {"so_hoi": "{{x}} \\1"}, bank.local_fields)
        == "Chị gọi {{x}} \\1."
    )


FAULTS = [
    ("  answer: Gõ DANGKY.\n", "", "dòng 19, mục MEM-02: thiếu 'answer'"),
    ("- id: MEM-02\n  topic", "- topic", "dòng 19, mục thứ 2: thiếu 'id'"),
    ("- id: MEM-02", "- id: MEM-01", "dòng 19, mục MEM-01: 'id' MEM-01 đã có ở trên"),
    ("- id: MEM-02", "- id: mem 2", "mục mem 2: 'id' viết không đúng mẫu"),
    ('["dang ky"]', "[]", "dòng 22, mục MEM-02: 'phrasings' còn trống"),
    ('["dang ky"]', '["  "]', "dòng 22, mục MEM-02: 'phrasings' còn trống"),
    ('["dang ky"]', "[0]", "dòng 22, mục MEM-02: 'phrasings' phải là chữ"),
    ('["dang ky"]', "dang ky", "dòng 22, mục MEM-02: 'phrasings' phải là danh sách"),
    ("certainty: M", "certainty: X", "dòng 25, mục MEM-02: 'certainty' không được là 'X'"),
    ("escalate: cadre", "escalate: police", "mục MEM-02: 'escalate' không được là 'police'"),
    ("sensitive: high", "sensitive: secret", "mục MEM-02: 'sensitive' không được là 'secret'"),
    (
        "needs_local_check: false\n  escalate: cadre",
        "needs_local_check: co\n  escalate: cadre",
        "phải là true",
    ),
    (
        "topic: hoi_vien\n  question: Vào",
        "topic: khac\n  question: Vào",
        "dòng 20, mục MEM-02: 'topic' 'khac'",
    ),
    ("Gõ DANGKY.", "Gõ {{so_la}}.", "dòng 23, mục MEM-02: 'answer' dùng ô {{so_la}}"),
    ("Gõ DANGKY.", "Gõ {{so_hoi.", "mục MEM-02: 'answer' có dấu {{ }} viết không đúng"),
    ("  sensitive: high", "  sensitive: high\n  mau: xanh", "dòng 29, mục MEM-02: không có ô nào tên 'mau'"),
    ("  sensitive: high", "  sensitive: high\n  sensitive: none", "dòng 29: ô 'sensitive' viết hai lần"),
    ("certainty: M", "certainty: M\n  cites: ''", "mục MEM-02: 'cites' còn trống"),
    ("certainty: M", "certainty: M\n  cites_on: 2026-07-01", "mục MEM-02: có 'cites_on' mà thiếu 'cites'"),
    ("certainty: M", "certainty: M\n  expires_on: mai", "mục MEM-02: 'expires_on' phải là ngày"),
    ("version: 1", "version: 2", "dòng 1: 'version' không được là"),
    ("language: vi", "language: [vi", "sai cách viết YAML"),
    ("answer: Gõ DANGKY.", "answer: &a Gõ\n  x: *a", "không dùng '&' và '*'"),
    ('fallback: "số của Hội xã"', "", "dòng 4: thiếu 'fallback'"),
]


@pytest.mark.parametrize(("old", "new", "fault"), FAULTS, ids=[case[2] for case in FAULTS])
def test_fault_is_named_by_line_entry_and_field(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in WRITTEN
    with pytest.raises(ContentError) as refused:
        read_bank(write(tmp_path, WRITTEN.replace(old, new, 1)))
    assert fault in str(refused.value)
    assert all(line.startswith("faq.vi.yaml") for line in refused.value.faults)


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    broken = WRITTEN.replace("certainty: M", "certainty: X").replace("  answer: Gõ DANGKY.\n", "")
    with pytest.raises(ContentError) as refused:
        read_bank(write(tmp_path, broken))
    assert len(refused.value.faults) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[" * 500,
        b"- 1\n- 2\n",
        b"just words",
        b"a: 2026-02-31",
        b"!!python/object:os.system x",
        b"? [a, b]\n: c\n",
        b"\x00",
    ],
)
def test_file_that_is_no_bank_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "faq.vi.yaml"
    path.write_bytes(content)
    with pytest.raises(ContentError, match=r"^faq\.vi\.yaml"):
        read_bank(path)


def test_missing_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="không đọc được tệp"):
        read_bank(tmp_path / "faq.vi.yaml")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('  answer: "ស្ត្រី"\n', "", "dòng 6, mục MEM-01: thiếu 'answer'"),
        ("language: km", "language: xx", "'language' không được là 'xx'"),
        ("reviewed: false", "reviewed: 0", "mục MEM-01: 'reviewed' phải là true hoặc false"),
    ],
)
def test_fault_in_a_translation_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(ContentError) as refused:
        read_translation(write(tmp_path, TRANSLATED.replace(old, new, 1), "faq.km.yaml"))
    assert fault in str(refused.value)


@pytest.mark.parametrize("name", ["faq.vi.yaml", "faq.km.yaml"])
def test_no_starting_answer_asks_for_a_digit_that_means_something_else_below_it(name: str) -> None:
    """1 and 2 below an answer say whether it is clear; only the menu has digits of its own."""
    for line in (CONTENT / name).read_text(encoding="utf-8").splitlines():
        asked = re.findall(
            r"(?:gõ|trả lời|nhắn|bấm|វាយ|វាយលេខ)(?: số)? (?:[1-9]\b|số thứ tự)", line.casefold()
        )
        assert not asked or "chị gõ số: 1 vào hội" in line.casefold(), line
