"""What the practice banks taught the confidence, in the form in which new evidence is added to it.

Printed by `python -m tests.bench.fit_confidence`, together with the constants that are shipped; both belong together.
"""

import numpy as np

from bot.answers.confidence import SHIPPED, Experience

_HOLD = """
0.17113
-0.23799 0.35594
0.04740 -0.05765 0.02299
0.07121 -0.09241 0.02781 0.03911
0.08015 -0.10259 0.02524 0.03577 0.04369
0.01630 -0.01754 0.00928 0.01076 0.01135 0.00669
0.06250 -0.09576 0.00715 0.01816 0.02291 -0.00463 0.06250
0.07918 -0.10232 0.02440 0.03536 0.03961 0.00901 0.02672 0.04164
0.34179 -0.47554 0.09446 0.13966 0.15753 0.03147 0.12480 0.15846 0.70287
0.03577 -0.04280 0.01511 0.02048 0.02069 0.00711 0.00693 0.01882 0.06934 0.01227
0.00059 -0.00034 0.00033 0.00040 0.00051 0.00021 0.00007 0.00051 0.00119 0.00035 0.00010
0.00056 -0.00028 0.00036 0.00042 0.00056 0.00025 0.00001 0.00056 0.00115 0.00042 0.00014 0.00056
"""

_LEAST = 2e-4
"""Where the practice banks say next to nothing: so firmly a constant is held where it is all the same."""


def _learnt() -> Experience:
    rows = [[float(value) for value in line.split()] for line in _HOLD.split("\n") if line]
    hold = np.zeros((len(rows), len(rows)))
    for at, row in enumerate(rows):
        hold[at, : len(row)] = hold[: len(row), at] = row
    return Experience(np.array(SHIPPED.weights), hold + _LEAST * np.eye(len(rows)))


LEARNT = _learnt()
"""One asking's worth of it."""
