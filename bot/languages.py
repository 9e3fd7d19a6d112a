"""The languages people are spoken to in.

The sentences in the code are Vietnamese: what no catalogue translates is therefore said in Vietnamese, which every
member gets by rather than English. Catalogues are read from their .po files at start, so that nothing has to be compiled.
"""

from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DEFAULT = "vi"
NAMES = {"vi": "Tiếng Việt", "km": "ភាសាខ្មែរ", "en": "English"}
_LOCALE_FOLDER = Path(__file__).parent.parent / "config" / "locale"


class Languages:
    """The catalogues in memory. `of("km")` gives the translations of a language, Vietnamese for one we do not speak."""

    def __init__(self, catalogues: dict[str, NullTranslations]) -> None:
        self._catalogues = catalogues
        self._source = NullTranslations()

    @classmethod
    def load(cls, folder: Path = _LOCALE_FOLDER) -> "Languages":
        return cls({path.stem: _read(path) for path in sorted(folder.glob("*.po"))})

    def of(self, language: str) -> NullTranslations:
        return self._catalogues.get(language, self._source)


def _read(path: Path) -> GNUTranslations:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
