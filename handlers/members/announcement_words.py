"""What her own words say to an announcement that offers answers: which of them she means, if she plainly means one.

She says it as she talks: "dạ em đi được chị ơi" is "Em đi được". What stands beside the answer must be nothing but courtesy, for
"em đi được mà tới trễ" says something else, which a person should read. The Khmer words are by machine and not yet read by a
native speaker.
"""

from collections.abc import Callable, Mapping, Sequence

from bot.keywords import Keywords
from bot.text import squeeze
from handlers.members import question_words

Answers = Sequence[Mapping[str, str]]

_BESIDE = Keywords(
    "dạ", "vâng", "ừ", "ừm", "ạ", "à", "em", "chị", "tôi", "tui", "mình", "con", "cháu", "hội", "ơi", "nha", "nhe", "nhé", "nghen", "hen", "nghe",
    "thì", "là", "vậy", "rồi", "đó", "á", "luôn", "sẽ", "cũng", "ok", "oke", "okie", "thưa", "cảm", "cám", "ơn", "nhiều", "quá", "lắm", "chiều", "sáng", "tối",
    "trưa", "mai", "bữa", "hôm", "nay", "này", "kia", "ngày", "lúc", "chắc chắn", "chắn",
)  # fmt: skip
_BESIDE_IN_KHMER = ("បាទ", "ចាស៎", "ចាស", "បង", "ខ្ញុំ", "អរគុណ", "ណា", "ហើយ", "ច្រើន")

_COMES = Keywords(
    "đi được", "đi", "có đi", "đi chớ", "đi chứ", "đi dự", "đi dự được", "có đi được", "tham gia", "tham gia được", "có tham gia", "có mặt", "có mặt được", "dự",
    "dự được", "có dự", "tới", "tới được", "có tới", "đến", "đến được", "có đến", "có", "được", "đồng ý", "sắp xếp đi được", "đi nổi", "đi tốt",
    "ទៅ", "ទៅបាន", "ចូលរួម", "ចូលរួមបាន",
)  # fmt: skip
_CANNOT = Keywords(
    "bận", "bận việc", "bận việc nhà", "bận công chuyện", "bận mất", "kẹt", "kẹt việc", "kẹt công chuyện", "mắc việc", "mắc công chuyện", "mắc chuyện", "vắng",
    "xin vắng", "xin phép vắng", "xin nghỉ", "không", "hông", "hổng", "ko", "không được", "không đi", "hông đi", "hổng đi", "ko đi", "không đi được", "hông đi được",
    "hổng đi được", "ko đi được", "không đi đc", "ko đi đc", "ko đi dc", "đi không được", "đi hông được", "đi hổng được", "đi ko được", "đi ko đc", "không tham gia",
    "không tham gia được", "không tới được", "không đến được", "không dự được", "không tới", "không đến", "không dự",
    "រវល់", "ជាប់រវល់", "ទៅមិនបាន", "ទៅអត់បាន", "អត់ទៅ", "អត់ទៅទេ", "មិនទៅ", "មិនទៅទេ", "មិនបានទៅទេ", "ទេ",
)  # fmt: skip
_WITH_A_REASON = Keywords(*(phrase for phrase in _CANNOT if len(phrase.split()) > 2))
"""Said so plainly that the reason may stand behind: "em không đi được, con bệnh"."""
_TURNS = Keywords("nhưng", "nhưng mà", "mà", "không phải", "hông phải", "hổng phải", "ko phải")
"""What stands beside one of these may say the contrary."""

_LONGEST_NO = max(len(phrase.split()) for phrase in _WITH_A_REASON)

_SAID_OF_COMING = Keywords(
    *(phrase for phrase in _COMES | _CANNOT if len(phrase.split()) > 1), "tới trễ", "đi trễ", "tới sau"
)

_OF_COMING = Keywords(
    *(word for phrase in (*_BESIDE, *_SAID_OF_COMING, *_COMES, *_CANNOT, *_TURNS) for word in phrase.split()),
    "chút", "xíu", "về", "sớm",
)  # fmt: skip


def named(answers: Answers, words: str) -> int | None:
    """The answer whose own words these are, courtesies left aside."""
    said = squeeze(words)
    for number, answer in enumerate(answers, 1):
        labels = [squeeze(label) for label in answer.values()]
        if said and said in {*labels, *(f"{number}{label}" for label in labels)}:
            return number
    core = "" if question_words.asks(words) else _core(words)
    return _only(answers, lambda label: bool(core) and core in Keywords(_core(label)))


def meant(answers: Answers, words: str) -> int | None:
    """The answer that she means where they ask whether she comes: only right below the announcement, for "không" may mean so much."""
    intent = None if question_words.asks(words) else _intent(words)
    return _only(answers, lambda label: intent is not None and _intent(label) is intent)


def is_about_coming(words: str) -> bool:
    """Whether she says something of coming or not coming, whatever else: "đi được mà tới trễ chút"."""
    return any(phrase in _SAID_OF_COMING for phrase in question_words.phrases(words))


def is_only_of_coming(words: str) -> bool:
    """Whether she says nothing but whether and when she comes: "sáng không tới được, chiều em tới"."""
    return all(part in _OF_COMING for part in question_words.bare(words))


def _only(answers: Answers, is_it: Callable[[str], bool]) -> int | None:
    """The one of the answers that it is, said in whichever of its languages; None where it may be several."""
    found = [number for number, answer in enumerate(answers, 1) if any(map(is_it, answer.values()))]
    return found[0] if len(found) == 1 else None


def _intent(words: str) -> Keywords | None:
    core = _core(words)
    if found := next((intent for intent in (_COMES, _CANNOT) if core in intent), None):
        return found
    return _CANNOT if _is_no_with_a_reason(words) else None


def _is_no_with_a_reason(words: str) -> bool:
    """Whether she begins with a plain no, and what follows takes nothing of it back: "sáng không đi được, chiều em tới" does."""
    parts = question_words.bare(words)
    while parts and parts[0] in _BESIDE:
        parts.pop(0)
    lengths = range(_LONGEST_NO, 0, -1)
    said = next((length for length in lengths if " ".join(parts[:length]) in _WITH_A_REASON), 0)
    if not said:
        return False
    behind = " ".join(parts[said:])
    return not any(phrase in _COMES or phrase in _TURNS for phrase in question_words.phrases(behind))


def _core(words: str) -> str:
    """The words without what is only courtesy; empty where nothing else is said."""
    for courtesy in _BESIDE_IN_KHMER:
        words = words.replace(courtesy, " ")
    return " ".join(part for part in question_words.bare(words) if part not in _BESIDE)
