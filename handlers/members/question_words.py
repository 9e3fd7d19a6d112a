"""Whether words ask or want something, as far as the words alone tell: what nobody says who gives her name or tells that she comes.

Folding makes different words one, so a word that may as well be a name ("dau", "may", "tien") counts only with its neighbours.
The Khmer words are by machine and not yet read by a native speaker.
"""

from collections.abc import Iterator

from bot.keywords import Keywords

_LONGEST_PHRASE = 4
_SIGNS = ".,!;:()\"'…~"
_MARKS_OF_ASKING = ("?", "？", "តើ")
_KHMER = ("អ្វី", "ម៉េច", "ប៉ុន្មាន", "នៅណា", "ឯណា", "ពេលណា", "ហេតុអី", "អ្នកណា", "យ៉ាងណា", "ចង់", "ខ្ចី")

_ASKING = Keywords(
    "gì", "bao nhiêu", "bao nhiu", "bao lâu", "bao giờ", "khi nào", "chừng nào", "lúc nào", "hồi nào", "bữa nào", "ngày nào", "chỗ nào", "thế nào",
    "như nào", "ntn", "cái nào", "người nào", "loại nào", "làm sao", "ra sao", "tại sao", "vì sao", "sao vậy", "sao em", "sao chị", "sao ta", "thì sao", "là sao",
    "sao không", "sao chưa", "ở đâu", "đâu vậy", "tới đâu", "đi đâu", "chỗ đâu", "mấy giờ", "ngày mấy", "mấy ngày", "mấy tháng", "thứ mấy",
    "bao nhiêu tiền", "mấy người", "mấy tuổi", "phải không", "được không", "đúng không", "có không", "không vậy", "hay không",
    "được hông", "phải hông", "được ko", "phải ko", "đc ko", "dc ko", "có ai", "ai vậy", "cho hỏi", "cho em hỏi", "cho chị hỏi", "cho tôi hỏi", "cho tui hỏi",
    "muốn hỏi", "xin hỏi", "hỏi chút", "hỏi thăm", "vậy hả", "được chưa", "có chưa", "chưa vậy", "j", "bn", "bnhiu",
)  # fmt: skip
_WANTING = Keywords(
    "muốn", "em cần", "chị cần", "tôi cần", "tui cần", "cần gặp", "cần hỏi", "cần vay", "cần giúp", "nhờ em", "nhờ chị", "nhờ hội", "giúp em", "giúp chị",
    "giúp tôi", "giúp tui", "giúp với", "giúp giùm", "chỉ em", "chỉ chị", "chỉ tôi", "chỉ giùm", "xin vay", "vay vốn", "vay tiền", "xin tiền", "xin giấy",
    "đăng ký", "đăng kí", "hướng dẫn", "cho em xin", "cho chị xin", "cho tôi xin", "cho em biết", "cho chị biết",
)  # fmt: skip
_AT_THE_END = Keywords(
    "không",
    "hông",
    "hong",
    "hok",
    "ko",
    "k",
    "kg",
    "hk",
    "chưa",
    "đâu",
    "sao",
    "hả",
    "hở",
    "vậy ta",
    "nhỉ",
    "mấy",
    "nào",
)
_FEWEST_BEFORE_THE_END = 2
_STRESSES_NO = Keywords("đâu")
_NOT = Keywords("không", "hông", "hong", "hổng", "ko", "chưa", "chẳng")
_COURTESIES = Keywords(
    "ạ", "em", "chị", "ơi", "vậy", "nha", "hen", "dạ", "cô", "hội", "dợ", "z", "v", "e", "ta", "á"
)


def asks(words: str) -> bool:
    """Whether a message asks or wants something, in whatever words of its own."""
    if any(mark in words for mark in (*_MARKS_OF_ASKING, *_KHMER)):
        return True
    if any(phrase in _ASKING or phrase in _WANTING for phrase in phrases(words)):
        return True
    parts = bare(words)
    while len(parts) > 1 and parts[-1] in _COURTESIES:
        parts.pop()
    if len(parts) <= _FEWEST_BEFORE_THE_END or parts[-1] not in _AT_THE_END:
        return False
    # "Không đi được đâu" says no.
    return parts[-1] not in _STRESSES_NO or not any(part in _NOT for part in parts[:-1])


def phrases(words: str) -> Iterator[str]:
    """Every run of up to four words."""
    parts = bare(words)
    for start in range(len(parts)):
        for end in range(start + 1, min(len(parts), start + _LONGEST_PHRASE) + 1):
            yield " ".join(parts[start:end])


def bare(words: str) -> list[str]:
    """The words of a message without the signs around them."""
    parts = (part.strip(_SIGNS) for part in words.split())
    return [part for part in parts if part]
