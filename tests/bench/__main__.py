"""All benchmarks, or those named: `python -m tests.bench`, `python -m tests.bench pace`. One JSON line a figure."""

import sys

from tests.bench import (
    bank_updates,
    delivery,
    effect,
    faq,
    fleet,
    grouping,
    intake,
    latency,
    pace,
    punctual,
    safety,
    scale,
    search,
    zalo_delivery,
    zalo_webhook,
)

BENCHES = {
    "faq": faq.main,
    "bank_updates": bank_updates.main,
    "delivery": delivery.main,
    "effect": effect.main,
    "scale": scale.main,
    "latency": latency.main,
    "pace": pace.main,
    "punctual": punctual.main,
    "fleet": fleet.main,
    "grouping": grouping.main,
    "intake": intake.main,
    "safety": safety.main,
    "search": search.main,
    "zalo_delivery": zalo_delivery.main,
    "zalo_webhook": zalo_webhook.main,
}


def main(names: list[str]) -> int:
    if unknown := set(names) - BENCHES.keys():
        print(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
