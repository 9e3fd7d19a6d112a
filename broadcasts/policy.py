"""What the Union has laid down for every announcement: hours, how often one member is written to, when a second person decides."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Policy:
    """Made of the settings; the defaults are theirs."""

    day_begins: time = time(7)
    day_ends: time = time(
        21
    )  # Nothing goes out from here to `day_begins`, but what is urgent or was set for the night.
    most_per_day: int = (
        1  # Announcements to one member, in a day of Viet Nam; urgent ones do not count. 0: no bound.
    )
    most_per_week: int = 3  # The same, in seven days.
    approval_above: int = 200  # To more people a second person must agree. 0: to anybody.
    approval_beyond_commune: bool = True  # And to more than one commune.
    stop_rejected: float = 0.02  # A run that is refused this often stops itself.
