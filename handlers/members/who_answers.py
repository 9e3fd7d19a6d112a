"""Whether she asks who it is that answers her, a person or a machine, in whatever words: she is told plainly, each time.

The message must be about nothing else: every word of it is one of those that such a question is made of. The Khmer words are by
machine and not yet read by a native speaker.
"""

from bot.keywords import Keywords
from bot.text import fold
from bot.turn import Turn

_MOST_WORDS = 18
_LONGEST = 120

_MACHINE = Keywords(
    "robot", "rôbốt", "rôbôt", "robo", "bot", "chatbot", "chatgpt", "gpt", "máy", "rô", "bốt", "tự", "động", "ảo", "trí", "tuệ", "nhân", "tạo",
    "machine",
)  # fmt: skip
_SURELY_MACHINE = {"robot", "robo", "bot", "chatbot", "chatgpt", "gpt"}
_PERSON = Keywords("người", "ng", "nguoi", "thật", "thiệt", "human", "nhân", "viên", "cán", "bộ", "con")
_WHO = Keywords("ai", "gì", "tên")
_TALKS = Keywords("trả", "lời", "rep", "nhắn", "tin", "nói", "chuyện", "chat", "trực", "đáp", "nghe")
_ROUND = Keywords(
    "dạ", "ạ", "à", "ơi", "em", "chị", "anh", "cô", "mình", "tôi", "tui", "tao", "mày", "bạn", "hội", "trợ", "lý", "này", "đây", "đó", "vậy", "thế",
    "hả", "ha", "hở", "hen", "nha", "nhỉ", "ta", "ủa", "là", "phải", "có", "không", "ko", "hong", "hông", "hổng", "hok", "k", "hay", "hoặc", "cho",
    "hỏi", "với", "đang", "bên", "kia", "mà", "thì", "bộ", "sao", "biết", "chút", "xíu", "được", "của", "đúng", "rồi", "chỉ", "toàn", "nãy", "giờ",
    "một", "muốn", "xin", "vẫn", "còn", "ở", "hoàn", "bằng", "do", "luôn", "thôi", "chứ", "chớ", "bữa", "nay", "you", "are", "a", "la",
)  # fmt: skip
_ANYBODY = Keywords(
    "ai vậy", "ai đó", "ai đây", "ai thế", "ai dợ", "ai vậy em", "em là ai", "em là ai vậy", "bạn là ai", "bạn là ai vậy", "chị là ai", "ai đang nhắn vậy",
    "chị hội là ai", "chị hội là ai vậy", "đây là ai", "ai trả lời vậy", "ai trả lời", "ai đang trả lời", "có ai không", "có ai ở đó không",
    "có ai đó không", "có ai trực không", "có người không", "có người trực không", "em tên gì", "em tên gì vậy", "em tên là gì", "tên em là gì", "bạn tên gì",
    "em bao nhiêu tuổi", "em mấy tuổi", "em nhiêu tuổi", "em bao nhiêu tuổi rồi", "em có chồng chưa", "em có gia đình chưa", "em ở đâu", "em ở đâu vậy",
    "em quê ở đâu", "nhà em ở đâu",
)  # fmt: skip
_KHMER_MACHINE = ("រ៉ូបូត", "រ៉ូបត", "រូបូត", "មនុស្សយន្ត", "បុតឆ្លើយ", "ស្វ័យប្រវត្តិ")
_KHMER_EITHER = (
    ("ម៉ាស៊ីន", "មនុស្ស"),
    ("មាស៊ីន", "មនុស្ស"),
    ("អ្នកណា", "ឆ្លើយ"),
    ("នរណា", "ឆ្លើយ"),
    ("អ្នកណា", "និយាយ"),
    ("មនុស្ស", "មែនទេ"),
    ("មនុស្ស", "ពិត"),
)


def is_asked(words: str) -> bool:
    """Whether a whole message asks that, or whether anybody is there at all."""
    if not words or len(words) > _LONGEST:
        return False
    if words in _ANYBODY or _is_khmer_asking(words):
        return True
    # "AI" in capitals is the machine, "ai" is who.
    typed = words.casefold() if words.isupper() else words.replace("AI", "chatbot").casefold()
    parts = list(filter(None, ("".join(filter(str.isalnum, part)) for part in typed.split())))
    if not parts or len(parts) > _MOST_WORDS:
        return False
    kinds = [_kind(part) for part in parts]
    if "" in kinds:
        return False
    folded = {fold(part) for part in parts}
    has_machine = "machine" in kinds and (folded & _SURELY_MACHINE or _names_a_machine(parts))
    has_person = (
        "person" in kinds
        and bool(folded & {"nguoi", "ng"})
        and bool(folded & {"that", "thiet", "phai", "hay"})
    )
    has_who = "ai" in folded and "talks" in kinds
    return bool(has_machine or has_person or has_who)


async def say(turn: Turn, organisation: str) -> None:
    """What she is told: what is open stays open."""
    await turn.say(
        turn.gettext(
            "Dạ, em là máy trả lời tự động của {organisation}, không phải người thật. Điều em đã biết, em trả lời liền; muốn nói chuyện với cán bộ Hội, chị gõ 0."
        ).format(organisation=organisation)
    )


def _kind(part: str) -> str:
    for kind, words in (
        ("person", _PERSON),
        ("machine", _MACHINE),
        ("who", _WHO),
        ("talks", _TALKS),
        ("round", _ROUND),
    ):
        if part in words and not (kind == "person" and fold(part) in {"nhan", "vien", "can", "bo", "con"}):
            return kind
    return "person" if part in _PERSON else ""


def _names_a_machine(parts: list[str]) -> bool:
    """Of words that may mean much else: "máy" with marks or beside a person, "tự động", "trí tuệ nhân tạo", "trợ lý ảo"."""
    said = " ".join(parts)
    folded = fold(said)
    if len(parts) == 1 or "bo may" in folded:
        return False
    if (
        "máy" in parts
        or "tu dong" in folded
        or "tri tue" in folded
        or "ro bot" in folded
        or "tro ly ao" in folded
    ):
        return True
    return "may" in parts and any(
        beside in folded.split() for beside in ("nguoi", "la", "tra", "hay", "phai", "ha")
    )


def _is_khmer_asking(words: str) -> bool:
    if not any("\u1780" <= char <= "\u17d3" for char in words):
        return False
    return any(word in words for word in _KHMER_MACHINE) or any(
        first in words and second in words for first, second in _KHMER_EITHER
    )
