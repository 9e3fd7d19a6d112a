import gzip
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.assets import FROM_NPM, PREFIX, AssetError, Assets, build


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one style sheet, one script and one picture of its own, and stand-ins for npm's files."""
    for path in FROM_NPM:
        write(tmp_path / "node_modules" / path, f"/* {path} */")
    own = tmp_path / "handlers/officers/static"
    write(own / "console.css", 'body { background: url("pictures/lotus.svg") }')
    write(own / "console.js", "document.title")
    write(own / "pictures/lotus.svg", "<svg/>")
    write(tmp_path / "bot/channels/web_chat/static/chat.css", "p { margin: 0 }")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def built(root: Path) -> Assets:
    build(root, root / "built")
    return Assets.load(root / "built")


def content(assets: Assets, name: str) -> str:
    return (assets.folder / assets.names[name]).read_text("utf-8")


def test_address_carries_a_hash_of_the_content(root: Path) -> None:
    assets = built(root)
    before = assets.url("console.css")
    assert re.fullmatch(r"/static/console\.[0-9a-f]{8}\.css", before)
    assert assets.url("chat.css").startswith("/static/chat.")

    write(root / "handlers/officers/static/console.css", "body { margin: 0 }")
    assert built(root).url("console.css") != before


def test_files_of_npm_are_known_by_their_own_names(root: Path) -> None:
    assets = built(root)
    assert {"htmx.min.js", "tabler.min.css"} <= set(assets.names)


def test_unknown_name_is_refused_with_the_names_that_exist(root: Path) -> None:
    with pytest.raises(AssetError, match=r"'consol\.css'; there are: chat\.css, console\.css"):
        built(root).url("consol.css")


def test_loading_before_building_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="make ready"):
        Assets.load(tmp_path)


def test_building_again_writes_nothing_until_a_source_changes(root: Path) -> None:
    assert build(root, root / "built") > 0
    assert build(root, root / "built") == 0
    write(root / "handlers/officers/static/console.js", "document.body")
    assert build(root, root / "built") == 3, "the script, its compressed copy and the manifest"


def test_damaged_copy_is_mended_by_building_again(root: Path) -> None:
    assets = built(root)
    (assets.folder / assets.names["console.js"]).write_text("docu")
    build(root, root / "built")
    assert content(assets, "console.js") == "document.title"


def test_files_of_the_build_before_stay_for_a_service_that_still_runs(root: Path) -> None:
    before = built(root)
    write(root / "handlers/officers/static/console.js", "document.body")
    build(root, root / "built")
    assert content(before, "console.js") == "document.title"


def test_style_sheet_follows_a_picture_to_its_new_name(root: Path) -> None:
    assets = built(root)
    assert (
        content(assets, "console.css")
        == f'body {{ background: url("{assets.names["pictures/lotus.svg"]}") }}'
    )

    before = assets.url("console.css")
    write(root / "handlers/officers/static/pictures/lotus.svg", "<svg></svg>")
    assert built(root).url("console.css") != before


def test_style_sheet_in_a_folder_refers_from_there(root: Path) -> None:
    write(root / "handlers/officers/static/pages/report.css", "p { background: url(../pictures/lotus.svg) }")
    assets = built(root)
    assert f'url("../{assets.names["pictures/lotus.svg"]}")' in content(assets, "pages/report.css")


def test_picture_inside_a_style_sheet_stays_as_it_is(root: Path) -> None:
    inside = """a { background: url("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' fill='url(#x)'/>") }"""
    write(root / "handlers/officers/static/console.css", inside)
    assert content(built(root), "console.css") == inside


@pytest.mark.parametrize(
    "style",
    [
        "a { background: url(https://example.org/a.png) }",
        "a { src: url('//example.org/a.woff2') }",
        "a { background: url(gone.png) }",
    ],
)
def test_style_sheet_that_refers_outside_our_files_is_refused(root: Path, style: str) -> None:
    write(root / "handlers/officers/static/console.css", style)
    with pytest.raises(AssetError, match=r"console\.css refers to .*, which is none of our web files"):
        build(root, root / "built")


def test_style_sheet_that_imports_another_is_refused(root: Path) -> None:
    write(root / "handlers/officers/static/console.css", "@import 'chat.css';")
    with pytest.raises(AssetError, match="imports"):
        build(root, root / "built")


def test_two_files_with_one_name_are_refused(root: Path) -> None:
    write(root / "handlers/officers/static/chat.css", "p { margin: 1px }")
    with pytest.raises(AssetError, match=r"Two web files are called chat\.css"):
        build(root, root / "built")


def test_missing_npm_file_says_what_to_do(root: Path) -> None:
    (root / "node_modules" / FROM_NPM[0]).unlink()
    with pytest.raises(AssetError, match=r"htmx\.min\.js is missing\. `make ready`"):
        build(root, root / "built")


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("console.css", "p { margin: 0 }\n/*# sourceMappingURL=console.css.map */\n", "p { margin: 0 }\n"),
        ("console.js", "document.title;\n//# sourceMappingURL=console.js.map\n", "document.title;\n\n"),
    ],
)
def test_pointer_to_a_source_map_is_left_out(root: Path, name: str, source: str, expected: str) -> None:
    write(root / "handlers/officers/static" / name, source)
    assert content(built(root), name) == expected


async def test_static_route_serves_the_compressed_copy_to_those_who_take_it(root: Path) -> None:
    assets = built(root)
    app = web.Application()
    app.router.add_static(PREFIX, assets.folder)
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        compressed = await client.get(assets.url("console.js"), headers={"Accept-Encoding": "gzip"})
        assert compressed.headers["Content-Encoding"] == "gzip"
        assert compressed.content_type.endswith("/javascript")
        assert gzip.decompress(await compressed.read()) == b"document.title"

        plain = await client.get(assets.url("console.js"), headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert await plain.read() == b"document.title"


def test_our_own_pages_files_build_and_load_nothing_from_elsewhere(tmp_path: Path) -> None:
    build(folder=tmp_path)
    assets = Assets.load(tmp_path)
    styles = [content(assets, name) for name in assets.names if name.endswith(".css")]
    assert styles
    assert not any(re.search(r"url\(\s*['\"]?(https?:)?//", style) for style in styles)
