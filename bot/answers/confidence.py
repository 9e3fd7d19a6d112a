"""From scores to probabilities: how sure the matcher may be that an entry is the right one.

The weights were fitted (logistic regression) on public banks that are not ours: questions on neighbouring paragraphs of
an encyclopaedia (Vietnamese, each paragraph an entry, its other questions the phrasings), long health messages to short titles
(Vietnamese), and a Khmer campus bot; each as written, without marks, and with one or two typing errors. One fifth of the
cases repeats a phrasing of the bank; a fifth asks what a removed entry answered; a seventh asks of another subject
altogether. Banks of long texts were left out: on them the matcher is right at scores that mean little among short,
alike phrasings. On our bank, phrasings held out and entries removed, they are too sure in the middle (said 0.7, true
0.6) and right at both ends: `tests.bench.matching` prints it.
"""

import math
from collections.abc import Sequence

_BIAS = 0.92
_LOG_SCORE = 2.94  # the best entry's score
_GAP = 3.32  # how far, relatively, the second entry stays behind
_COVERAGE = 2.29  # what part of the best phrasing's weight the query has

# Two entries that fit alike share the chance, however well they fit; an entry 20 % behind hardly takes any (0.93 stay).
_TIE = 12

# Where a whole word of the phrasing is not said, high scores mislead: "tổ truyền thông cộng đồng là gì" looks like
# "tham gia tổ truyền thông cộng đồng". Unlike the weights, this cap was found on our own bank: there 88 of 100 matches
# below it were right that the weights put above 0.95, and 99 of the others. The fitting banks have too few such cases
# to confirm or deny it (92 of 100 below and above, with nothing repeated from the bank).
_WHOLE = 0.8
_PART = 0.92

# When the first entry is wrong, the right one is mostly none of the bank (on the fitting banks 82 of 100, on ours 78);
# else it is the second in nearly half the cases, which a share by the sixth power of the score comes near to.
_ELSEWHERE_IN_BANK = 0.2
_SHARE = 6


def estimate(scores: Sequence[float], *, coverage: float) -> list[float]:
    """The probability of each entry, given the scores of all that were found, best first and above 0.

    Never rising from one to the next, and summing to less than 1: the rest is the chance that none is right.
    """
    first, others = scores[0], scores[1:]
    behind = others[0] / first if others else 0.0
    fits = _logistic(_BIAS + _LOG_SCORE * math.log(first) + _GAP * (1 - behind) + _COVERAGE * coverage)
    tied = min(fits, 1 / (1 + behind**_TIE))
    top = min(tied, 1.0 if coverage >= _WHOLE else _PART)
    left = (fits - tied) + (1 - fits) * _ELSEWHERE_IN_BANK
    shares = [(score / first) ** _SHARE for score in others]
    total = sum(shares)
    return [top, *(min(top, left * share / total) for share in shares)]


def _logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))
