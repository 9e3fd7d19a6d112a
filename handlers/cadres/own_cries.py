"""Whose danger the words of somebody on duty are about, who has a woman's alert: hers to whom she writes, or her own.

Words for a woman in danger sound like danger themselves ("Ổng còn đánh chị không?"). What holds them back costs her minutes; so only
what is plainly a cry of the writer's own waits for an answer.
"""

import re
from enum import StrEnum

from bot.text import clean, fold

_I = r"(?:toi|tui|minh)(?!\w)"
_HUSBAND = r"(?:chong|ong\s+xa|ong\s+nha|ong\s+chong|nguoi\s+yeu|ban\s+trai)"
_HURT = r"(?<!\w)(?:danh|dap|dam|tat|chem|giet|bop\s+co|hiep|hanh\s+ha|doa|duoi|nhot|ep|xiet\s+co|tan)(?:\s+\w+)?\s+"
_LATELY = r"(?:\s+(?:dang|cung|lai|vua|moi|hay|da|so|cu))*\s+"

_OWN = re.compile(
    r"(?<!\w)cuu(?:\s+(?:giup|gium|dum|mang))?\s+(?:voi|em|me\s+con\s+(?:em|tui|toi)|toi|tui|minh)(?!\w)"
    rf"|{_HURT}{_I}"
    rf"|(?<!\w){_HUSBAND}\s+(?:cua\s+)?{_I}"
    rf"|(?<!\w)(?:toi|tui|minh){_LATELY}(?:bi|(?:het\s+|khong\s+|chang\s+)?muon\s+(?:chet|song)|khong\s+song\s+noi)(?!\w)"
)
"""Who speaks of herself as "tôi", or calls for help."""

_OWN_OF_A_YOUNGER = re.compile(
    rf"{_HURT}em(?!\w)|(?<!\w){_HUSBAND}\s+(?:cua\s+)?em(?!\w)|(?<!\w)em{_LATELY}bi(?!\w)"
)
""""Em" is the writer, or a younger woman to whom she writes."""

_ASKS_OR_ADVISES = re.compile(
    r"\?|(?<!\w)(?:khong|ko|hong|chua|ha|sao|dau|nghen|nghe|nhe|nha|dung|di|lien|hay|goi|chay|khoa|tranh)(?!\w)"
)
_OWN_OF_AN_OLDER = re.compile(
    rf"(?<!\w)(?:cuu\s+chi|chi{_LATELY}bi|{_HUSBAND}\s+chi)(?!\s+(?:ay|nay|do)(?!\w))(?!\w)"
)

_TO_HER = re.compile(
    r"(?<!\w)(?:chi|em|khoa\s+cua|dung\s+mo|cong\s+an|113|115|111|chay|tron|tranh|o\s+yen|ra\s+khoi|(?:qua|sang|ra)\s+nha)(?!\w)"
)
"""She speaks to somebody, or of what keeps one safe."""


class Whose(StrEnum):
    HERS = "hers"  # Of the woman: they go to her.
    UNSURE = "unsure"  # They go to her, and the writer is asked how it is with herself.
    OWN = "own"  # The writer is asked before anything goes.


def whose(words: str) -> Whose:
    """Of words that sound like danger, written by whoever has a woman's alert."""
    folded = fold(clean(words))
    if _OWN.search(folded):
        return Whose.OWN
    if _OWN_OF_A_YOUNGER.search(folded):
        return Whose.UNSURE if _ASKS_OR_ADVISES.search(folded) else Whose.OWN
    if _OWN_OF_AN_OLDER.search(folded):
        return Whose.UNSURE
    return Whose.HERS if _TO_HER.search(folded) else Whose.UNSURE
