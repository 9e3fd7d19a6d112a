"""The files that browsers load: gathered when we build, found by name when we run.

`python -m bot.web.assets` copies our own styles, scripts and pictures, and the few files that we take from npm, into
`build/static/`. Each copy carries a hash of its content in its name, so that browsers may keep it for good, and has a
compressed copy beside it, which aiohttp's static route serves by itself. Scripts are copied as they are, so one script
cannot import another; styles may refer to our own files by `url(...)`, and to nothing on other machines.
"""

import gzip
import hashlib
import json
import os
import posixpath
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.errors import ProductError

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "static"
PREFIX = "/static/"
MANIFEST = "manifest.json"

OWN_FOLDERS = ("handlers/*/static", "bot/channels/*/static", "bot/web/static")
FROM_NPM = ("htmx.org/dist/htmx.min.js", "@tabler/core/dist/css/tabler.min.css")
COMPRESSED = {".css", ".js", ".svg"}

SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=[^*]*\*/\s*|^//# sourceMappingURL=.*$", re.MULTILINE)
CSS_URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^'")\s]*))\s*\)""")


class AssetError(ProductError):
    """A file of the web pages is missing, or refers to something that our pages must not load."""

    code = "assets"


@dataclass(frozen=True)
class Assets:
    """The built files: `folder` is what the route at `PREFIX` serves, `names` leads from plain to hashed names."""

    folder: Path
    names: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path = BUILT) -> Self:
        """Read what was built into `folder`; raises `AssetError` when nothing was."""
        try:
            names = json.loads((folder / MANIFEST).read_text("utf-8"))
        except FileNotFoundError as exc:
            raise AssetError(f"No web files in {folder}. `make ready` builds them.") from exc
        return cls(folder, names)

    def url(self, name: str) -> str:
        """Return the address of the file called `name` in its source folder; raises `AssetError` when unknown."""
        if name not in self.names:
            raise AssetError(f"No web file is called {name!r}; there are: {', '.join(sorted(self.names))}.")
        return PREFIX + self.names[name]


def build(root: Path = ROOT, folder: Path = BUILT) -> int:
    """Bring `folder` up to the sources under `root` and return how many files were written.

    Files of earlier builds stay: a service that still runs with them may be asked for them.
    """
    sources = _sources(root)
    contents = {name: path.read_bytes() for name, path in sources.items() if path.suffix != ".css"}
    contents |= {
        name: SOURCE_MAP.sub("", text.decode()).encode()
        for name, text in contents.items()
        if name.endswith(".js")
    }
    names = {name: _hashed(name, content) for name, content in contents.items()}
    # Styles come last, because their own content, and so their hash, holds the hashed names of the others.
    for name, path in sources.items():
        if path.suffix == ".css":
            contents[name] = _style(name, path.read_text("utf-8"), names).encode()
    names |= {name: _hashed(name, content) for name, content in contents.items()}

    written = 0
    for name, content in contents.items():
        written += _write(folder / names[name], content)
        if sources[name].suffix in COMPRESSED:
            written += _write(folder / (names[name] + ".gz"), gzip.compress(content, mtime=0))
    # The manifest is last, so that it never names a file that is not there yet.
    written += _write(folder / MANIFEST, json.dumps(names, indent=1, sort_keys=True).encode())
    return written


def _sources(root: Path) -> dict[str, Path]:
    """Return every source file by its plain name: its path inside its static folder."""
    sources = {posixpath.basename(path): root / "node_modules" / path for path in FROM_NPM}
    for path in sources.values():
        if not path.is_file():
            raise AssetError(f"{path.relative_to(root)} is missing. `make ready` fetches it.")
    for static in sorted(folder for pattern in OWN_FOLDERS for folder in root.glob(pattern)):
        for path in sorted(static.rglob("*")):
            name = path.relative_to(static).as_posix()
            if path.is_dir() or path.name.startswith("."):
                continue
            if name in sources:
                raise AssetError(f"Two web files are called {name}: {sources[name]} and {path}.")
            sources[name] = path
    return sources


def _style(name: str, text: str, names: Mapping[str, str]) -> str:
    """Return a style sheet without its source map and with hashed names in its `url(...)`."""
    folder = posixpath.dirname(name)

    def hashed(match: re.Match[str]) -> str:
        target = next((group for group in match.groups() if group), "")
        if target.startswith(("data:", "#")):
            return match[0]
        plain = posixpath.normpath(posixpath.join(folder, target))
        if plain not in names:
            raise AssetError(f"{name} refers to {target}, which is none of our web files.")
        return f'url("{posixpath.relpath(names[plain], folder or ".")}")'

    if "@import" in text:
        raise AssetError(f"{name} imports another style sheet; name both in the page instead.")
    return CSS_URL.sub(hashed, SOURCE_MAP.sub("", text))


def _hashed(name: str, content: bytes) -> str:
    stem, suffix = posixpath.splitext(name)
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:8]}{suffix}"


def _write(path: Path, content: bytes) -> bool:
    """Write `content` unless it is there already, whole or not at all; return whether anything was written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return True


if __name__ == "__main__":
    try:
        written = build()
    except AssetError as error:
        sys.exit(str(error))
    if written:
        sys.stdout.write(f"Built the web pages' files into {BUILT.relative_to(ROOT)}.\n")
