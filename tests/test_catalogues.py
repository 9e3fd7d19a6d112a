"""What people are told in their language: the catalogues are up to date, whole where they must be, and never misleading.

`make messages` brings config/locale/ up to the code. Khmer is written without a native speaker, so each entry says whether
somebody has read it: "chưa duyệt" until then, "đã duyệt: her name, day" afterwards.
"""

import ast
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from bot.languages import DEFAULT, NAMES, Languages
from broadcasts.message import STOP_LINES
from handlers.members.form import LEAVE

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "config" / "locale"
TRANSLATED = tuple(sorted(set(NAMES) - {DEFAULT}))
_PACKAGES = ("bot", "broadcasts", "handlers")

VITAL_SOURCES = (
    "handlers/members/",  # Greeting, registration, consents, stopping, quiet mode, safety, asking, tracking, erasure.
    "handlers/conversation.py",  # The apology.
    "bot/questions/letters.py",  # The cadre's answer, and whether it is clear.
    "bot/people/quiet.py",
    "bot/channels/",  # The web chat's own words, and what a phone shows before the first message.
    "bot/web/",  # Error pages.
)
"""Whatever these say is said in Khmer too to whoever chose Khmer."""
FOR_OFFICERS = tuple(
    f"bot/channels/zalo_oa/{name}.py"
    for name in ("connect_words", "refusal_table", "templates", "watch", "webhook_troubles")
)
"""Of the channels, what stands in the console only, which speaks no Khmer."""

# Typed words that bear Vietnamese marks, and how a phone without such a keyboard types them.
_PLAIN = {"THÔI": "THOI", "ĐÃ RÕ": "DARO", "CHƯA RÕ": "CHUARO", "thôi =": "THOI ="}

_PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)[sd]|%[sd%]")
_KEYWORD = re.compile(r"(?<!\w)[A-Z]{3,}(?!\w)")
_VIETNAMESE = re.compile(
    "[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE
)
_KHMER = re.compile("[\u1780-\u17d9]")
_KHMER_DIGIT = re.compile("[\u17e0-\u17e9]")
_REVIEW = re.compile(r"chưa duyệt\b|đã duyệt: \w+")

NOT_FOR_PEOPLE = {
    "Nguyễn Thị Mai",  # The member of the preview.
    "Xã Kế Sách",
    "ấp An Ninh",
    "Chi hội ấp An Ninh",
    "Cốc Cốc",  # A browser.
    "Tiếng Việt",  # A language is named in itself.
}
"""Vietnamese in handlers/ that begins as a sentence does and is none. What members type stands there in small letters."""


@dataclass(frozen=True)
class Said:
    """A sentence in the code and its files."""

    msgid: str
    plural: str
    files: frozenset[str]


@cache
def said() -> Mapping[str, Said]:
    with (ROOT / "babel.cfg").open() as file:
        # Babel's own reader, which has no types.
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found: dict[str, Said] = {}
    for package in _PACKAGES:
        relative = [
            (pattern.removeprefix(f"{package}/"), method)
            for pattern, method in methods
            if pattern.startswith(package)
        ]
        for name, _line, message, _comments, _context in extract_from_dir(
            ROOT / package, relative, {p.removeprefix(f"{package}/"): o for p, o in options.items()}
        ):
            singular, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
            before = found.get(singular)
            files = (before.files if before else frozenset()) | {f"{package}/{name}"}
            found[singular] = Said(singular, (before.plural if before else "") or plural, files)
    return found


@cache
def catalogue(language: str) -> Catalog:
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def entries(language: str) -> Iterator[tuple[str, Message]]:
    for message in catalogue(language):
        if message.id:
            yield (message.id if isinstance(message.id, str) else message.id[0]), message


def texts(message: Message) -> tuple[str, ...]:
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return tuple(text for text in strings if text)


def translated(language: str) -> Iterator[tuple[str, str]]:
    for msgid, message in entries(language):
        for text in texts(message):
            yield msgid, text


def placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_holds_exactly_what_the_code_says(language: str) -> None:
    kept = {msgid for msgid, _ in entries(language)}
    assert sorted(said().keys() - kept) == [], "new in the code: run `make messages` and translate"
    assert sorted(kept - said().keys()) == [], "no longer in the code: run `make messages`"
    assert not catalogue(language).obsolete, "drop what is marked #~"


@pytest.mark.parametrize("language", TRANSLATED)
def test_plurals_of_the_code_are_plurals_in_the_catalogue(language: str) -> None:
    plurals = {msgid for msgid, message in entries(language) if not isinstance(message.id, str)}
    assert plurals == {one.msgid for one in said().values() if one.plural}


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_entry_is_fuzzy_since_such_entries_are_not_spoken(language: str) -> None:
    assert not [msgid for msgid, message in entries(language) if message.fuzzy]


def test_english_is_complete() -> None:
    missing = []
    for msgid, message in entries("en"):
        forms = 1 if isinstance(message.id, str) else 2
        if len(texts(message)) != forms:
            missing.append(msgid)
    assert missing == []


def test_english_keeps_no_vietnamese_sentence() -> None:
    names = re.compile(r"Chị Hội|Kế An|Kế Sách|Mỹ Hòa|ấp|Nguyễn Thị (?:Lan|Mai)")
    assert not [text for _, text in translated("en") if _VIETNAMESE.search(names.sub("", text))]


def test_khmer_has_every_vital_sentence() -> None:
    vital = {
        one.msgid
        for one in said().values()
        if any(name.startswith(VITAL_SOURCES) and name not in FOR_OFFICERS for name in one.files)
    }
    spoken = {msgid for msgid, text in translated("km")}
    assert sorted(vital - spoken) == []


def test_khmer_tells_how_to_stop_announcements() -> None:
    assert "NGUNG" in STOP_LINES["km"]
    assert _KHMER.search(STOP_LINES["km"])


def test_khmer_is_in_khmer_script_with_arabic_digits() -> None:
    for msgid, text in translated("km"):
        assert _KHMER.search(text) or text == msgid == "Chị Hội", msgid
        assert not _KHMER_DIGIT.search(text), msgid
        assert sorted(re.findall(r"\d+", text)) == sorted(re.findall(r"\d+", msgid)), msgid


def test_khmer_keeps_the_words_she_has_to_type() -> None:
    for msgid, text in translated("km"):
        expected = msgid
        for marked, plain in _PLAIN.items():
            expected = expected.replace(marked, plain)
        words = set(_KEYWORD.findall(expected))
        assert set(_KEYWORD.findall(text)) == words, msgid
    assert "thoi" in LEAVE


def test_each_khmer_entry_says_whether_a_native_speaker_has_read_it() -> None:
    unmarked = [
        msgid
        for msgid, message in entries("km")
        if texts(message) and not any(_REVIEW.match(comment) for comment in message.user_comments)
    ]
    assert unmarked == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_placeholders(language: str) -> None:
    for msgid, text in translated(language):
        assert placeholders(text) == placeholders(msgid), msgid


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_begin_and_end_as_the_sentence_does(language: str) -> None:
    for msgid, text in translated(language):
        assert text[: len(text) - len(text.lstrip())] == msgid[: len(msgid) - len(msgid.lstrip())], msgid
        assert text[len(text.rstrip()) :] == msgid[len(msgid.rstrip()) :], msgid
        assert text.count("\n") == msgid.count("\n"), msgid


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_nfc(language: str) -> None:
    for msgid, text in translated(language):
        assert unicodedata.is_normalized("NFC", msgid), msgid
        assert unicodedata.is_normalized("NFC", text), msgid


def test_khmer_is_spoken_where_it_is_known_and_vietnamese_elsewhere() -> None:
    languages = Languages.load()
    assert _KHMER.search(languages.of("km").gettext("Dạ, em sửa rồi."))
    assert languages.of("km").gettext("Soạn thông báo") == "Soạn thông báo"
    assert languages.of("en").ngettext("%(num)s người", "%(num)s người", 1) == "%(num)s person"
    assert languages.of("en").ngettext("%(num)s người", "%(num)s người", 2) == "%(num)s people"


# What is said without gettext stays Vietnamese for everyone, and no test above would see it.


def test_no_sentence_is_translated_inside_an_f_string() -> None:
    """Where the extraction does not look for it on every Python."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for package in _PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.JoinedStr)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and _is_gettext(call)
    ]
    assert hidden == []


def test_handlers_say_nothing_in_vietnamese_that_is_not_translated() -> None:
    unwrapped = []
    for path in sorted((ROOT / "handlers").rglob("*.py")):
        tree = ast.parse(path.read_text())
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        unwrapped += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.value!r}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and id(node) not in docs and _is_sentence(node.value)
        ]
    assert unwrapped == []


def test_pages_say_nothing_in_vietnamese_that_is_not_translated() -> None:
    environment = jinja2.Environment(autoescape=True)
    unwrapped = []
    for package in _PACKAGES:
        for path in sorted((ROOT / package).rglob("templates/**/*.html")):
            for line, kind, value in environment.lex(path.read_text()):
                text = ast.literal_eval(value) if kind == "string" else value
                if kind in {"data", "string"} and _is_untranslated(text.strip()):
                    unwrapped.append(f"{path.relative_to(ROOT)}:{line} {text.strip()}")
    assert not [one for one in unwrapped if ">Tiếng Việt<" not in one]


def _is_gettext(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in {"_", "N_", "gettext", "ngettext"}


def _is_sentence(value: object) -> bool:
    letters = [c for c in value if c.isalpha()] if isinstance(value, str) else []
    return bool(letters) and letters[0].isupper() and _is_untranslated(str(value))


def _is_untranslated(value: str) -> bool:
    return (
        _VIETNAMESE.search(value) is not None
        and value not in said()
        and value not in {one.plural for one in said().values()}
        and value not in NOT_FOR_PEOPLE
    )
