"""Words of courtesy and narration: how much less they count, the longer the message.

In the short phrasings of an FAQ such words are rare, so the bank's own statistics overrate them; in a message of thirty
words they are most of it.
"""

from collections.abc import Sequence

from bot.answers.matching.words import Word
from bot.text import fold

_LISTED = """
tôi tui em mình chị cô anh bạn bác cháu con mẹ bố ba bà ông họ nó ai ơi à ạ dạ vâng thưa kính gửi chào xin cảm cám ơn
nhiều cho hỏi giúp với nhé nhe nha hả ừ đi thì là mà và hay hoặc nhưng nếu vì do nên bị được đang đã rồi sẽ vẫn cũng lại
còn rất quá làm nữa này nay kia đó đây giờ hiện tại trước sau khi lúc tháng ngày năm hôm tuần cách gần đến từ trong ngoài
trên dưới ở về ra vào lên xuống có không gì sao nào thế như của các những một hai bốn mỗi người thấy biết nói muốn
cần phải lo lắng mong trả lời câu sự việc điều chuyện vậy ah uh nhỉ mấy thêm hơn đều luôn chỉ bác sĩ
"""
_OTHERWISE_TOO = """
vay hoi con nha bo ba ho dang thang nam may chi me cam gui cach on xin mong do tai
"""
"""Without marks these may as well be vay (borrow), Hội, Đảng, bò, hộ, máy: such a word counts in full."""

_MARKED = frozenset(_LISTED.split())
_PLAIN = frozenset(map(fold, _MARKED)) - frozenset(_OTHERWISE_TOO.split())
_SHORT = 10
_LEAST = 0.25


def weights(words: Sequence[Word]) -> list[float]:
    """How much each word counts: 1, or less for a filler in a message longer than a question usually is."""
    beyond = max(0, len(words) - _SHORT)
    filler = max(_LEAST, 1 - beyond / 20)
    return [filler if _is_filler(word) else 1.0 for word in words]


def _is_filler(word: Word) -> bool:
    return word.marked in _MARKED if word.marked else word.plain in _PLAIN
