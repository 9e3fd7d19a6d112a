"""The ways one question arrives: as written, without marks, with slips of the hand, in chat spelling, and all of it together.

The slips are those of phones and of Telex keyboards. What is spoilt here is written down apart from what the matcher can
mend, so that its lists are not measured against themselves; the same seed spoils the same.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Mapping

from bot.text import fold

Spoil = Callable[[str, random.Random], str]

_TONE_KEYS = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_SHAPE_KEYS = {"\u0302": "", "\u0306": "w", "\u031b": "w"}  # A circumflex is the letter typed twice.
_NEIGHBOURS = {
    key: row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for at, key in enumerate(row)
}
_CHAT: Mapping[str, tuple[str, ...]] = {
    "không": ("ko", "k", "hok", "hong", "hem", "kh", "kg"),
    "được": ("dc", "đc", "dk", "duoc", "đk"),
    "gì": ("j", "ji", "gi"),
    "như thế nào": ("ntn", "nhu the nao", "nhu tn"),
    "thế nào": ("tnao", "the nao"),
    "bao nhiêu": ("bn", "bnhiu", "bao nhiu"),
    "với": ("vs", "voi", "zoi"),
    "người": ("ng", "nguoi", "ngừi"),
    "vợ": ("vk", "vo"),
    "chồng": ("ck", "chong"),
    "mình": ("mk", "mik", "m"),
    "chị": ("c", "chi"),
    "em": ("e", "em"),
    "anh": ("a", "anh"),
    "tôi": ("t", "toi", "tui"),
    "làm": ("lm", "lam"),
    "vậy": ("z", "zay", "v", "dzay"),
    "rồi": ("r", "oy", "roi"),
    "phải": ("fai", "phai", "fải"),
    "biết": ("bit", "bt", "biet"),
    "nhiều": ("nhìu", "nhiu", "nhieu"),
    "cũng": ("cug", "cx", "cung"),
    "quá": ("wa", "qua", "wá"),
    "muốn": ("mun", "muon"),
    "đăng ký": ("dk", "đký", "dki", "dang ki"),
    "điện thoại": ("đt", "dt", "dthoai"),
    "số điện thoại": ("sdt", "sđt"),
    "gia đình": ("gđ", "gd", "gdinh"),
    "bảo hiểm": ("bh", "bhiem"),
    "phụ nữ": ("pn", "phu nu"),
    "hội viên": ("hv", "hvien"),
    "thông tin": ("tt", "thong tin", "ttin"),
    "tiền": ("tiền", "xiền", "tien"),
    "yêu cầu": ("yc", "yeu cau"),
    "hồ sơ": ("hs", "ho so", "hso"),
    "học sinh": ("hs", "hoc sinh"),
    "sinh viên": ("sv", "svien"),
    "ngân hàng": ("nh", "nhang", "ngan hang"),
    "công ty": ("cty", "cong ty"),
    "tháng": ("th", "thag", "thang"),
    "trẻ em": ("te", "tre em"),
}
_SOUNDS = tuple(
    (re.compile(sound), heard)
    for sound, heard in (
        (r"\bph", "f"),
        (r"\bngh", "ng"),
        (r"\bqu", "w"),
        (r"\bgi(?=[aăâeêoôơuư])", "j"),
        (r"ng\b", "g"),
        (r"\bc(?!h)", "k"),
        (r"y\b", "i"),
    )
)


def no_marks(text: str, _rng: random.Random) -> str:
    return fold(text)


def typos(text: str, rng: random.Random) -> str:
    """One slip, two in a longer text; where there are marks, every other slip is Telex that stayed as typed."""
    words = text.split(" ")
    for _ in range(2 if len(text) > 25 else 1):
        marked = [at for at, word in enumerate(words) if fold(word) != word.casefold()]
        if marked and rng.random() < 0.5:
            at = rng.choice(marked)
            words[at] = _telex(words[at], rng)
        else:
            words = _slip(words, rng)
    return " ".join(words)


def teencode(text: str, rng: random.Random) -> str:
    """Common words shortened as in chats, two of three times, and now and then a sound written as it is heard."""
    said = unicodedata.normalize("NFC", text).casefold()
    plain = fold(said) == said
    for word, shorts in sorted(_CHAT.items(), key=lambda pair: -len(pair[0])):
        meant = re.compile(rf"\b{fold(word) if plain else word}\b")
        if meant.search(said) and rng.random() < 2 / 3:
            said = meant.sub(rng.choice(shorts), said)
    for sound, heard in _SOUNDS:
        if sound.search(said) and rng.random() < 0.12:
            said = sound.sub(heard, said, count=1)
    return said


def messy(text: str, rng: random.Random) -> str:
    return typos(fold(teencode(text, rng)), rng)


VARIANTS: Mapping[str, Spoil] = {
    "as is": lambda text, _rng: text,
    "no diacritics": no_marks,
    "typos": typos,
    "teencode": teencode,
    "messy": messy,
}


def _telex(word: str, rng: random.Random) -> str:
    """The keys pressed for the word, the tone at its end or where it was typed: "tiếng" is "tieengs" or "tieesng"."""
    typed, tone = "", ""
    for char in unicodedata.normalize("NFD", word):
        if char in _TONE_KEYS:
            tone = _TONE_KEYS[char]
            if rng.random() < 0.3:
                typed, tone = typed + tone, ""
        elif char in _SHAPE_KEYS:
            typed += _SHAPE_KEYS[char] or typed[-1:]
        elif char in "đĐ":
            typed += "dd"
        else:
            typed += char
    return typed + tone


def _slip(words: list[str], rng: random.Random) -> list[str]:
    """A letter missing, doubled, its neighbour's key, changed with the next, or a blank missing."""
    letters = " ".join(words)
    places = [at for at, letter in enumerate(letters[:-1]) if letter.isalpha() and letters[at + 1].isalpha()]
    if len(places) < 3:
        return words
    at = rng.choice(places)
    match rng.randrange(5):
        case 0:
            letters = letters[:at] + letters[at + 1 :]
        case 1:
            letters = letters[:at] + letters[at] + letters[at:]
        case 2:
            keys = _NEIGHBOURS.get(fold(letters[at]), "")
            letters = letters[:at] + (rng.choice(keys) if keys else "") + letters[at + 1 :]
        case 3:
            letters = letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :]
        case _:
            blank = letters.find(" ", at)
            letters = letters if blank < 0 else letters[:blank] + letters[blank + 1 :]
    return letters.split(" ")
