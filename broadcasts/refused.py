"""Why an officer's step cannot be done."""

from bot.errors import ProductError


class Refused(ProductError):  # noqa: N818 - it is read as a sentence: "raise Refused"
    """What was asked cannot be done as things stand; nothing was changed.

    The text is a sentence for the officer and a msgid: show it with `gettext(str(error))`.
    """

    code = "refused"


def N_(sentence: str) -> str:  # noqa: N802 - the customary mark for sentences that are translated where they are shown
    return sentence
