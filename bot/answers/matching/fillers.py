"""Words of courtesy and narration: how much less they count, the longer the message.

In the short phrasings of an FAQ such words are rare, so the bank's own statistics overrate them; in a message of thirty
words they are most of it.
"""

from collections.abc import Sequence

from bot.answers.matching.words import Word

_LISTED = """
toi tui em minh chi co anh ban bac chau con me bo ba ong ho no ai oi a da vang thua kinh gui chao xin cam
on nhieu cho hoi giup voi nhe nha ha u di thi la ma va hay hoac nhung neu vi do nen bi duoc dang roi se
van cung lai rat qua lam nua nay kia day gio hien tai truoc sau khi luc thang ngay nam hom tuan cach gan
den tu trong ngoai tren duoi o ve ra vao len xuong khong gi sao nao the nhu cua cac mot hai bon moi nguoi
thay biet noi muon can phai lo lang mong tra loi cau y tien si su viec dieu chuyen vay ah uh nhi may
"""
_FILLERS = frozenset(_LISTED.split())
_SHORT = 10
_LEAST = 0.25


def weights(words: Sequence[Word]) -> list[float]:
    """How much each word counts: 1, or less for a filler in a message longer than a question usually is."""
    beyond = max(0, len(words) - _SHORT)
    filler = max(_LEAST, 1 - beyond / 20)
    return [filler if word.plain in _FILLERS else 1.0 for word in words]
