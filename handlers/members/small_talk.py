"""Small talk: what people say to a friendly voice, and what is said back. Each is a whole message, courtesies left aside."""

from collections.abc import Callable
from enum import StrEnum

from bot.keywords import Keywords
from handlers.members import short_words

HELLO = Keywords(
    "chào", "chào em", "em chào", "xin chào", "chào chị", "chào bạn", "chào cô", "dạ chào em", "chào hội", "chào chị hội",
    "alo", "a lô", "alo alo", "hi", "hello", "hê lô", "hé lô", "chào em nhé", "em ơi", "chị ơi", "chị hội ơi", "hội ơi", "cô ơi", "chào buổi sáng",
    "chào buổi chiều", "chào buổi tối", "chào mọi người", "chào ad", "ad ơi", "shop ơi",
    "សួស្តី", "ជំរាបសួរ", "ជម្រាបសួរ", "សួស្តីបង", "អាឡូ",
)  # fmt: skip
THANKS = Keywords(
    "cảm ơn", "cám ơn", "cảm ơn em", "cám ơn em", "cảm ơn chị", "cám ơn chị", "cảm ơn nhiều", "cám ơn nhiều", "cảm ơn em nhiều",
    "cám ơn em nhiều", "dạ cảm ơn", "dạ cám ơn", "dạ cảm ơn em", "dạ cám ơn em", "em cảm ơn", "em cám ơn", "chị cảm ơn",
    "chị cám ơn", "tôi cảm ơn", "tôi cám ơn", "cảm ơn em nhé", "cảm ơn em nha", "cảm ơn em nghen", "cảm ơn nha", "cảm ơn nhé",
    "cảm ơn hội", "cảm ơn chị hội", "xin cảm ơn", "xin cám ơn", "ok cảm ơn", "ok cám ơn", "vậy cảm ơn", "thank", "thanks", "thank you", "thank kiu", "tks", "cmon",
    "cảm ơn e", "cám ơn e", "cảm ơn e nha", "cám ơn e nha", "cảm ơn e nhiều", "cám ơn e nhiều", "dạ cảm ơn e", "thanks em", "thanks e", "cmon em", "cmon e",
    "អរគុណ", "អរគុណច្រើន", "សូមអរគុណ", "អរគុណបង", "អរគុណច្រើនណាស់",
)  # fmt: skip
FAREWELL = Keywords(
    "tạm biệt", "chào tạm biệt", "bye", "bye bye", "bái bai", "hẹn gặp lại", "chúc ngủ ngon", "ngủ ngon", "chúc em ngủ ngon",
    "លាហើយ", "លាសិនហើយ", "ជំរាបលា", "ជម្រាបលា",
)  # fmt: skip


class Talk(StrEnum):
    ASKS_WELL = "asks_well"
    PRAISE = "praise"
    WISHES = "wishes"
    SORRY = "sorry"
    SAD = "sad"
    SCOLDS = "scolds"
    WAITS = "waits"
    BEGINS = "begins"  # She announces a question.
    WONDERS = "wonders"  # "Hả?"
    LAUGHS = "laughs"


WITH_A_PERSON = frozenset({Talk.SAD, Talk.SCOLDS, Talk.BEGINS})
"""Where a person is offered with it."""

_LIGHT = frozenset(
    {Talk.ASKS_WELL, Talk.PRAISE, Talk.WISHES, Talk.SORRY, Talk.WAITS, Talk.WONDERS, Talk.LAUGHS}
)
"""What nobody says who is in trouble."""

_TALK: dict[Talk, Keywords] = {
    Talk.ASKS_WELL: Keywords(
        "khỏe không", "khỏe hông", "khỏe hong", "có khỏe không", "em khỏe không", "em có khỏe không", "khỏe chứ", "dạo này khỏe không", "ăn cơm chưa",
        "em ăn cơm chưa", "cơm nước gì chưa", "ăn gì chưa", "làm gì đó", "đang làm gì đó", "em làm gì đó", "em đang làm gì",
        "សុខសប្បាយទេ", "សុខសប្បាយជាទេ", "សុខសប្បាយ",
    ),
    Talk.PRAISE: Keywords(
        "giỏi", "giỏi ghê", "em giỏi", "em giỏi ghê", "hay ghê", "hay quá", "hay", "tốt quá", "tốt", "dễ thương", "dễ thương ghê", "em dễ thương ghê", "tuyệt vời",
        "tuyệt", "quá hay", "quá tốt", "quá giỏi", "quá đã", "thương em", "chị thương em", "thương em quá", "thông minh", "em thông minh ghê", "nhiệt tình",
        "nhiệt tình ghê", "good", "ពូកែណាស់", "ពូកែ", "ល្អណាស់",
    ),
    Talk.WISHES: Keywords(
        "chúc mừng năm mới", "chúc em năm mới vui vẻ", "happy new year", "chúc em vui", "chúc em vui vẻ", "chúc em khỏe", "chúc sức khỏe", "chúc em ngày mới tốt lành",
        "chúc ngày mới tốt lành", "chúc em ngày tốt lành", "chúc một ngày tốt lành", "chúc mừng", "chúc mừng 8/3", "chúc mừng 20/10", "mừng năm mới",
        "សួស្តីឆ្នាំថ្មី",
    ),
    Talk.SORRY: Keywords(
        "xin lỗi", "xin lỗi nhé", "sorry", "nhắn nhầm", "nhắn lộn", "nhầm", "lộn", "gửi nhầm", "gửi lộn", "bấm nhầm", "bấm lộn", "nhắn nhầm rồi", "nhắn lộn rồi", "xin lỗi nhầm", "xin lỗi lộn", "xin lỗi nhắn nhầm", "xin lỗi nhắn lộn", "xin lỗi bấm lộn",
        "nhầm rồi", "lộn rồi", "bấm lộn rồi", "សុំទោស", "សូមទោស",
    ),
    Talk.SAD: Keywords(
        "buồn", "buồn ghê", "buồn thiệt", "buồn lòng", "buồn chán", "chán", "chán ghê", "rầu", "rầu ghê", "khổ", "khổ ghê", "khổ tâm", "mệt mỏi", "mệt", "nản", "stress", "lo",
        "lo lắng", "cô đơn", "tủi thân", "buồn muốn khóc", "tôi buồn", "chị buồn", "em buồn", "kể khổ", "tâm sự", "muốn tâm sự", "cần người tâm sự", "tâm sự chút", "tâm sự xíu", "tâm sự với chị chút", "tâm sự với chị", "cho chị tâm sự", "cho chị tâm sự chút",
        "ពិបាកចិត្ត", "សោកសៅ", "ហត់នឿយ",
    ),
    Talk.SCOLDS: Keywords(
        "tào lao", "vô duyên", "dở", "dở ẹc", "ngu", "đồ ngu", "trả lời tào lao", "trả lời gì kỳ vậy", "trả lời gì kỳ", "nói gì không hiểu", "không giúp được gì",
        "hỏi một đằng trả lời một nẻo", "trớt quớt", "trả lời trớt quớt", "nói gì vậy", "nói gì kỳ vậy", "hỏi hoài không trả lời", "chán em", "máy móc", "cứng nhắc", "nói chuyện vô duyên", "nói chuyện dở", "nói tào lao",
    ),
    Talk.WAITS: Keywords(
        "từ từ", "chờ chút", "chờ xíu", "đợi chút", "đợi xíu", "chờ tí", "đợi tí", "khoan", "khoan đã", "để chị coi", "để tôi coi", "để coi", "để chị xem", "để xem", "lát nữa",
        "chút nữa", "mai mốt", "để coi lại", "để coi sao", "để coi đã", "chưa biết", "chưa biết nữa", "không biết nữa", "hổng biết nữa", "hông biết nữa", "không biết nữa để coi",
        "hổng biết nữa để coi", "hông biết nữa để coi", "chưa biết nữa để coi", "để chị tính", "để tính lại", "ចាំបន្តិច", "រង់ចាំបន្តិច",
    ),
    Talk.BEGINS: Keywords(
        "cho hỏi", "cho em hỏi", "cho chị hỏi", "cho tôi hỏi", "cho tui hỏi", "cho hỏi chút", "cho chị hỏi chút", "cho em hỏi chút", "cho tôi hỏi chút", "cho hỏi xíu",
        "cho chị hỏi xíu", "em ơi cho chị hỏi", "em ơi cho hỏi", "chị muốn hỏi", "tôi muốn hỏi", "em muốn hỏi", "muốn hỏi", "hỏi chút", "hỏi xíu", "hỏi cái này",
        "chị hỏi chút", "chị hỏi cái này", "hỏi chút được không", "chị hỏi chút được không", "giúp", "giúp với", "giúp tôi với", "giúp chị với", "giúp em với", "giúp tui với",
        "em ơi giúp chị", "giúp tôi", "giúp chị", "nhờ em chút", "nhờ chút", "nhờ em chút việc", "test", "thử", "thử coi", "thử xem", "nghe không", "nghe không em",
        "còn đó không", "em còn đó không",
        "ខ្ញុំចង់សួរ", "សុំសួរ", "សូមសួរ", "ជួយផង", "ជួយខ្ញុំផង",
    ),
    Talk.WONDERS: Keywords(
        "hả", "hở", "ủa", "gì", "gì vậy", "gì dợ", "sao", "sao vậy", "là sao", "là sao em", "gì đây", "cái gì", "cái gì vậy", "trời", "trời ơi", "trời đất", "ủa gì vậy", "ភ្ញាក់",
    ),
    Talk.LAUGHS: Keywords("hihi", "hehe", "haha", "hi hi", "he he", "ha ha", "hahaha", "hihihi", "hehehe", "kaka", "mắc cười", "mắc cười quá"),
}  # fmt: skip
_LAUGHTER = set("😂🤣😆😁😅 ")


def heard(words: str) -> Talk | None:
    """Which small talk a whole message is; None where it is something else."""
    if words.strip() and set(words) <= _LAUGHTER:
        return Talk.LAUGHS
    return next((talk for talk, meant in _TALK.items() if short_words.says(words, meant)), None)


def is_nothing_but_polite(words: str) -> bool:
    """Whether a whole message is a greeting, thanks, a yes or no, or light talk: whatever it may sound like, it tells of no danger."""
    polite = (HELLO, THANKS, FAREWELL, *short_words.ANSWERS)
    return any(short_words.says(words, meant) for meant in polite) or heard(words) in _LIGHT


def answer(talk: Talk, _: Callable[[str], str]) -> str:
    """What is said back."""
    match talk:
        case Talk.ASKS_WELL:
            return _(
                "Dạ, em cảm ơn chị hỏi thăm. Em là máy nên lúc nào cũng sẵn sàng; chị cần gì cứ nhắn em nghen."
            )
        case Talk.PRAISE:
            return _("Dạ, được chị khen em vui lắm. Chị cần gì cứ nhắn em nghen.")
        case Talk.WISHES:
            return _("Dạ, em cảm ơn chị. Em cũng chúc chị và gia đình mạnh giỏi, bình an.")
        case Talk.SORRY:
            return _("Dạ, không sao đâu chị. Chị cần gì cứ nhắn em nghen.")
        case Talk.SAD:
            return _(
                "Dạ, em nghe chị đây. Chị muốn kể gì, chị cứ nhắn cho em; muốn nói chuyện với cán bộ Hội, chị gõ 0."
            )
        case Talk.SCOLDS:
            return _(
                "Dạ, em xin lỗi chị. Em là máy nên có khi hiểu chưa đúng; chị nói lại bằng lời khác giúp em, hoặc gõ 0 để gặp cán bộ Hội."
            )
        case Talk.WAITS:
            return _("Dạ, em chờ chị. Khi nào cần, chị cứ nhắn em nghen.")
        case Talk.BEGINS:
            return _("Dạ, chị cứ hỏi, em nghe đây. Muốn gặp cán bộ Hội, chị gõ 0.")
        case Talk.LAUGHS:
            return _("Dạ, chị vui là em vui theo. Chị cần gì cứ nhắn em nghen.")
        case Talk.WONDERS:
            return _("Dạ, chị muốn hỏi gì, chị nhắn em nghen; muốn xem em giúp được gì, chị gõ MENU.")
