"""The few words by which people answer what they were just asked: yes, no, that is clear, that is not, the second one.

Whatever courtesy stands round them counts for nothing: "dạ đúng rồi em ơi" is "đúng rồi". The Khmer words are by machine and
not yet read by a native speaker.
"""

from collections.abc import Iterator

from bot.keywords import Keywords, letters
from bot.people.parsing import parse_digit

_LONGEST = 60
_BEFORE = Keywords(
    "dạ", "ạ", "à", "ừ", "uh", "ờ", "ok", "vâng", "thưa", "em", "chị", "tôi", "tui", "mình", "con", "cô", "cháu", "ơi", "thì", "vậy", "បាទ", "ចាស", "ចាស៎",
)  # fmt: skip
# Not "vậy": without its marks it is "vay", which is what many ask for.
_AFTER = Keywords(
    "ạ", "nha", "nhe", "nhé", "nghen", "nghe", "hen", "em", "chị", "ơi", "cô", "con", "cháu", "hội", "đó", "á", "luôn", "nhiều", "lắm", "quá",
    "hihi", "hehe", "mà", "cưng", "បង", "ណា",
)  # fmt: skip

YES = Keywords(
    "dạ", "dạ dạ", "dạ em", "vâng", "dạ vâng", "vâng ạ", "ok", "oke", "okay", "oki", "okie", "ok em", "dạ ok", "ừ", "ừm", "uh", "uhm", "ừ em", "được",
    "được rồi", "đúng", "đúng rồi", "đúng vậy", "đúng đó", "chính xác", "phải", "phải rồi", "phải đó", "có", "đồng ý", "chuẩn", "yes",
    "បាទ", "ចាស", "ចាស៎", "ចា៎", "បាទចាស", "ត្រូវហើយ", "ហ្នឹងហើយ", "យល់ព្រម", "មែនហើយ",
)  # fmt: skip

AGREES = Keywords(
    "có", "đồng ý", "chuyển", "chuyển đi", "chuyển giùm", "chuyển giúp", "chuyển dùm", "chuyển giùm chị", "chuyển cho cán bộ", "chuyển cán bộ",
    "được chuyển đi", "ok chuyển", "ok chuyển đi", "cần", "có chuyển", "đúng rồi", "yes", "យល់ព្រម", "ចង់",
)  # fmt: skip
"""Yes to an offer, said so that it is more than politeness."""

NO = Keywords(
    "không", "ko", "hông", "hổng", "không cần", "ko cần", "khỏi", "khỏi cần", "không có", "không có gì", "không cần nữa", "chưa cần", "không hỏi nữa", "không có gì đâu", "không có chi", "không sao", "không sao đâu", "no",
    "ទេ", "អត់ទេ", "អត់", "មិនត្រូវការទេ",
)  # fmt: skip

NONE_OF_THEM = Keywords(
    "không phải", "ko phải", "hông phải", "hổng phải", "không đúng", "ko đúng", "sai", "sai rồi", "không có câu nào", "không có cái nào",
    "không câu nào", "không cái nào", "không phải câu này", "không phải cái này", "không phải mấy câu này", "không phải mấy cái này", "không phải đâu",
    "không phải ý chị", "không phải ý tôi", "không phải ý em", "không đúng ý", "không đúng ý chị", "không phải cái đó", "không phải câu đó", "trật rồi",
    "មិនមែន", "មិនមែនទេ", "អត់មែនទេ", "ខុស", "ខុសហើយ",
)  # fmt: skip

CLEAR = Keywords(
    "đã rõ", "rõ", "rõ rồi", "đã rõ rồi", "hiểu", "hiểu rồi", "đã hiểu", "đã hiểu rồi", "biết rồi", "đúng rồi", "đúng", "ok rõ", "ok hiểu", "ok rõ rồi",
    "ok hiểu rồi", "rõ cảm ơn", "rõ rồi cảm ơn", "hiểu rồi cảm ơn", "đã rõ cảm ơn", "đã hiểu cảm ơn",
    "យល់ហើយ", "ខ្ញុំយល់ហើយ", "ច្បាស់ហើយ", "ច្បាស់ល្អហើយ",
)  # fmt: skip

UNCLEAR = Keywords(
    "chưa rõ", "chưa", "không rõ", "chưa hiểu", "không hiểu", "ko hiểu", "hông hiểu", "hổng hiểu", "khó hiểu", "chưa rõ lắm", "chưa hiểu lắm",
    "không hiểu gì", "không hiểu gì hết", "chưa hiểu gì hết", "sai", "sai rồi", "không đúng", "chưa đúng", "không phải", "không phải vậy", "không phải cái đó",
    "không phải ý chị", "không phải ý tôi", "không đúng ý", "trật rồi", "trật lất", "là sao", "là sao em", "hả", "hở", "gì",
    "មិនយល់", "អត់យល់", "មិនយល់ទេ", "អត់យល់ទេ", "មិនទាន់យល់", "មិនទាន់ច្បាស់", "មិនច្បាស់", "នៅមិនទាន់យល់",
)  # fmt: skip

ANSWERS = (YES, AGREES, NO, NONE_OF_THEM, CLEAR, UNCLEAR)

_ORDINALS = {
    1: Keywords("một", "câu một", "số một", "cái đầu", "câu đầu", "cái đầu tiên", "câu đầu tiên", "thứ nhất", "cái thứ nhất", "câu thứ nhất", "cái 1", "មួយ", "ទីមួយ"),
    2: Keywords("hai", "câu hai", "số hai", "thứ hai", "thứ nhì", "cái thứ hai", "câu thứ hai", "cái thứ nhì", "cái thứ 2", "câu thứ 2", "thứ 2", "cái 2", "ពីរ", "ទីពីរ"),
    3: Keywords("ba", "câu ba", "số ba", "thứ ba", "cái thứ ba", "câu thứ ba", "cái thứ 3", "câu thứ 3", "thứ 3", "cái 3", "បី", "ទីបី"),
}  # fmt: skip
_LAST = Keywords("cái cuối", "câu cuối", "cái cuối cùng", "câu cuối cùng", "cái chót", "câu chót")


def says(words: str, meant: Keywords) -> bool:
    """Whether a whole message says this, courtesies left aside."""
    return any(map(letters, words)) and any(form in meant for form in _forms(words))


def _forms(words: str) -> Iterator[str]:
    """The message with ever less courtesy before and behind: "cái đó" keeps its "đó" where that is meant."""
    yield words
    if len(words) > _LONGEST:
        return
    parts = [part for part in words.split() if letters(part) or not part.isascii()]
    while True:
        rest = parts
        while rest:
            yield " ".join(rest)
            rest = rest[:-1] if len(rest) > 1 and rest[-1] in _AFTER else []
        if len(parts) < 2 or parts[0] not in _BEFORE:
            return
        parts = parts[1:]


def picked(words: str, highest: int) -> int | None:
    """The one of a numbered list that she names, by its number or its place: 0 to whatever number she gives."""
    digit = parse_digit(words, 99)
    if digit is not None or len(words) > _LONGEST:
        return digit
    if highest and says(words, _LAST):
        return highest
    return next(
        (place for place, names in _ORDINALS.items() if place <= highest and says(words, names)), None
    )
