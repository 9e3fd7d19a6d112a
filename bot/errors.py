"""The root of every error that a person is told about.

Channels have their own branch (`bot.channels.contract.SendError`). An error's `code` is stable: it stands in logs,
metrics and the console, and is what the operator's guide is ordered by.
"""


class ProductError(Exception):
    """Something went wrong that a person can act on; the text is her sentence, without personal data."""

    code = "error"


class ConfigurationError(ProductError):
    """The service is set up wrongly. The text names every wrong setting and never shows a secret."""

    code = "configuration"


class ContentError(ProductError):
    """A content file was refused whole. `faults` holds one sentence for each, naming line and field."""

    code = "content"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
