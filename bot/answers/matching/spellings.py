"""Different words for the same thing, where they never mean another: Southern and Northern, spoken and written.

Bank and message are both brought to one of them, so that "vô Hội làm sao" and "vào Hội như thế nào" meet. Only what is
certain stands here; what may mean something else ("vo": vô, vợ, vỡ) is weighed by `repair`.
"""

from collections.abc import Iterator, Mapping, Sequence

from bot.answers.matching.words import Word

_BY_MARKED: Mapping[str, str] = {
    "vô": "vao",
    "hông": "khong",
    "hổng": "khong",
    "mình": "toi",
    "lợn": "heo",
    "bịnh": "benh",
    "sanh": "sinh",
    "nhứt": "nhat",
    "thiệt": "that",
    "má": "me",
    "gởi": "gui",
    "mần": "lam",
    "dìa": "ve",
}
_BY_PLAIN: Mapping[str, str] = {
    "tui": "toi",
    "ko": "khong",
    "hok": "khong",
    "hem": "khong",
    "khg": "khong",
    "dc": "duoc",
    "xai": "dung",
    "ntn": "sao",
    "j": "gi",
    "bhtn": "bao hiem that nghiep",
    "bhxh": "bao hiem xa hoi",
    "bhyt": "bao hiem y te",
    "cccd": "can cuoc cong dan",
    "clb": "cau lac bo",
    "cmnd": "chung minh nhan dan",
    "csxh": "chinh sach xa hoi",
    "cty": "cong ty",
    "hpn": "hoi phu nu",
    "hssv": "hoc sinh sinh vien",
    "htx": "hop tac xa",
    "lhpn": "lien hiep phu nu",
    "nhcsxh": "ngan hang chinh sach xa hoi",
    "sdt": "so dien thoai",
    "stk": "so tai khoan",
    "ubnd": "uy ban nhan dan",
}
_RUNS: Mapping[tuple[str, ...], str] = {
    ("hoi", "lien", "hiep", "phu", "nu"): "hoi",
    ("hoi", "phu", "nu"): "hoi",
    ("nhu", "the", "nao"): "sao",
    ("lam", "the", "nao"): "sao",
    ("nhu", "nao"): "sao",
    ("the", "nao"): "sao",
    ("lam", "sao"): "sao",
    ("ra", "sao"): "sao",
    ("bao", "nhieu"): "may",
    ("bao", "nhiu"): "may",
    ("khi", "nao"): "chung nao",
    ("hoi", "nao"): "chung nao",
    ("bua", "nao"): "chung nao",
    ("luc", "nao"): "chung nao",
}
_LONGEST = max(map(len, _RUNS))
_FIRST = frozenset(run[0] for run in _RUNS)


def unify(words: Sequence[Word]) -> list[Word]:
    """The words with each spelling brought to the one that stands for all."""
    return list(_unified([part for word in words for part in _spelled(word)]))


def _spelled(word: Word) -> tuple[Word, ...]:
    if word.is_khmer:
        return (word,)
    meant = _BY_MARKED.get(word.marked) or _BY_PLAIN.get(word.plain)
    return (word,) if meant is None else tuple(Word(part) for part in meant.split())


def _unified(words: list[Word]) -> Iterator[Word]:
    at = 0
    while at < len(words):
        if words[at].plain not in _FIRST:
            yield words[at]
            at += 1
            continue
        for length in range(_LONGEST, 1, -1):
            run = tuple(word.plain for word in words[at : at + length])
            if len(run) == length and run in _RUNS:
                yield from (Word(part) for part in _RUNS[run].split())
                at += length
                break
        else:
            yield words[at]
            at += 1
