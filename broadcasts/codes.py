"""Why a delivery or a run stands where it does: stable words for pages, files and the operator's guide.

What a platform says has codes of its own; why nobody was written to whom the sentences name, `people.LeftOut` says.
"""

# Of deliveries.
SENDER_DIED = "sender_died"  # In doubt: the process that sent it ended, and nobody knows whether it arrived.
REFUSED_AGAIN = "refused_again"  # In doubt: the first time nobody knows, the second time it was refused.
ERASED = "erased"
CHAT_CHANGED = "chat_changed"  # This chat belongs to somebody else by now.
NO_PHONE = "no_phone"
BUDGET = "budget"  # It would have cost more than was left.
DEADLINE = "deadline"  # It would have come too late to be of use.
CANCELLED = "cancelled"
CAPPED = "capped"  # Planned: she has had enough announcements for now, and gets it on another day.

# Of runs that stopped themselves; an officer lets them go on.
STOPPED_REJECTED = "stopped_rejected"  # Too many were refused, for no reason of the people's own.
STOPPED_ACCOUNT = "stopped_account"  # A platform does not accept an account that it still needs.
STOPPED_MONEY = "stopped_money"  # An account's money or allowance is used up.
STOPPED_FILLING = (
    "stopped_filling"  # For minutes the database has failed whenever its people were written down.
)
STOPPED = (STOPPED_REJECTED, STOPPED_ACCOUNT, STOPPED_MONEY, STOPPED_FILLING)
