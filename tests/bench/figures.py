"""The form in which every benchmark says its figures: one JSON object a line."""

import json


def show(
    bench: str, figure: str, value: float, unit: str, *, versus: str | None = None, of: float | None = None
) -> None:
    """Prints one figure; `versus` names what it is held against, `of` is that one's value."""
    ratio = None if of is None else round(value / of, 3)
    line = {
        "bench": bench,
        "figure": figure,
        "value": round(value, 3),
        "unit": unit,
        "versus": versus,
        "ratio": ratio,
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)
