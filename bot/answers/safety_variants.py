"""The same sentence as others would type it: without marks, in chat spelling, with slips of the finger.

The classifier is taught with each example in all of them, so that nobody has to write them by hand.
"""

import random
import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from bot.text import fold

_CHAT: Mapping[str, tuple[str, ...]] = {
    "không": ("k", "ko", "hok", "hong", "hông"), "chồng": ("ck",), "vợ": ("vk",), "em": ("e",), "được": ("dc", "đc"),
    "gì": ("j",), "rồi": ("r", "rùi"), "quá": ("wa", "qá"), "muốn": ("mún",), "chết": ("chít",), "vậy": ("z", "zậy"),
    "người": ("ng",), "biết": ("bít", "bik"), "với": ("vs",), "cũng": ("cx",), "làm": ("lm",), "mình": ("mk", "mik"),
    "luôn": ("lun",), "bị": ("bj",), "chị": ("c",), "anh": ("a",), "giờ": ("h",), "đang": ("dag",), "đánh": ("đáh", "oánh"),
    "sao": ("s",), "tui": ("tuj",), "tôi": ("t",), "về": ("zề",), "vô": ("zô",), "phải": ("fải",), "con": ("kon",),
    "nhiều": ("nhìu",), "thôi": ("thui",), "hôm": ("hum",), "ổng": ("ỏng",), "nói": ("ns",),
}  # fmt: skip
_TELEX_TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_KEYS = "abcdeghiklmnopqrstuvxy"
_KHMER = re.compile("[\u1780-\u17ff]")
_WORD = re.compile(r"\w+")
_WORDS_PER_SLIP = 7


class Variant(StrEnum):
    AS_IS = "as is"
    NO_MARKS = "no marks"
    CHAT = "chat spelling"
    SLIPS = "slips"


def variants(text: str, seed: str) -> dict[Variant, str]:
    """The text in every variant, the same for the same seed. Khmer knows none of them."""
    if _KHMER.search(text):
        return {Variant.AS_IS: text}
    rng = random.Random(seed + text)  # noqa: S311 - spoils examples, guards nothing
    return {
        Variant.AS_IS: text,
        Variant.NO_MARKS: fold(text),
        Variant.CHAT: _in_chat_spelling(text, rng),
        Variant.SLIPS: _with_slips(text, rng),
    }


def _in_chat_spelling(text: str, rng: random.Random) -> str:
    marked = fold(text) != text.casefold()
    known = _CHAT if marked else {fold(word): tuple(map(fold, forms)) for word, forms in _CHAT.items()}

    def shorten(found: re.Match[str]) -> str:
        forms = known.get(found.group().casefold())
        return rng.choice(forms) if forms and rng.random() < 0.8 else found.group()

    short = _WORD.sub(shorten, text)
    return fold(short) if rng.random() < 0.5 else short


def _with_slips(text: str, rng: random.Random) -> str:
    marked = text.split()
    words = list(marked) if rng.random() < 0.5 else [fold(word) for word in marked]
    for _ in range(max(1, len(words) // _WORDS_PER_SLIP)):
        at = rng.randrange(len(words))
        if len(words[at]) > 2:
            words[at] = _slip(words[at], marked[at], rng)
    return " ".join(words)


def _slip(word: str, meant: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) - 1)
    match rng.randrange(5):
        case 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1:
            return word[:at] + word[at + 1 :]
        case 2:
            return word[: at + 1] + word[at:]
        case 3:
            return word[:at] + rng.choice(_KEYS) + word[at + 1 :]
        case _:
            return _as_telex(meant)


def _as_telex(word: str) -> str:
    keys, tone = "", ""
    for char in unicodedata.normalize("NFD", word):
        if char in _TELEX_TONES:
            tone = _TELEX_TONES[char]
        elif char == "\u0302":
            keys += keys[-1:]
        elif char in "\u0306\u031b":
            keys += "w"
        else:
            keys += "dd" if char == "đ" else char
    return keys + tone
