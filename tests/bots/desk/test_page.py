"""The page's document, its files under one hash, and what browsers are told about both."""

import gzip
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, web

from bots.desk.page import FOLDER, KINDS, add_page, content_policy, read_tree
from bots.web import serving
from tests.browser.bench import sizes
from tests.fakes.desk import Browser, DeskServer

VENDOR = FOLDER / "vendor"
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")


async def _got(session: ClientSession, url: str, **headers: str) -> tuple[ClientResponse, bytes]:
    async with session.get(url, headers=headers, allow_redirects=False) as answer:
        return answer, await answer.read()


def made(folder: Path) -> Path:
    """A small page of two modules."""
    for name, text in {
        "desk/index.html": '<html lang="{lang}"><script type="module" src="{static}/desk/app.js">',
        "desk/app.js": 'import { h } from "../vendor/h.js";\n' + "filling();\n" * 200,
        "vendor/h.js": "export const h = 1;\n",
        "vendor/LICENCE": "free",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


async def test_the_page_names_files_that_are_there(desk: DeskServer) -> None:
    answer = await desk.stranger().ask("GET", f"{desk.url}/desk/")
    assert answer.status == 200
    text = answer.raw.decode()
    named = re.findall(r'(?:src|href)="(/desk/static/[^"]+)"', text)
    assert named
    assert "{" not in re.sub(r"<script.*?</script>", "", text)
    for address in named:
        found = await desk.stranger().ask("GET", desk.url + address)
        assert (found.status, bool(found.raw)) == (200, True), address
        assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("view", ["", "board", "settings/queues", "d/0198-abc"])
async def test_every_view_is_the_same_document(desk: DeskServer, view: str) -> None:
    answer = await desk.stranger().ask("GET", f"{desk.url}/desk/{view}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


async def test_relative_imports_stay_below_the_hash(tmp_path: Path) -> None:
    tree, app = read_tree(made(tmp_path)), web.Application()
    add_page(app, tree, public_url="http://127.0.0.1")
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as session:
        base = f"http://127.0.0.1:{port}{tree.root}/desk/app.js"
        answer, body = await _got(session, base)
        assert answer.content_type == "text/javascript"
        (other,) = _IMPORT.findall(body.decode())
        neighbour = answer.url.join(answer.url.__class__(other))
        assert neighbour.path == f"{tree.root}/vendor/h.js"
        found, text = await _got(session, str(neighbour))
        assert (found.status, text) == (200, b"export const h = 1;\n")


@pytest.mark.parametrize(
    "path",
    [
        *("{root}/desk/none.js", "/desk/static/0000000000000000/desk/app.js", "/desk/static/x"),
        *("{root}/vendor/LICENCE", "{root}/desk/index.html", "{root}/../page.py"),
        *("{root}/..%2f..%2fpage.py", "{root}//etc/passwd"),
    ],
)
async def test_what_is_not_in_the_tree_is_not_there(tmp_path: Path, path: str) -> None:
    tree, app = read_tree(made(tmp_path)), web.Application()
    add_page(app, tree, public_url="http://127.0.0.1")
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as session:
        answer, _ = await _got(session, f"http://127.0.0.1:{port}{path.format(root=tree.root)}")
        assert answer.status == 404
        assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_one_changed_file_moves_all(tmp_path: Path) -> None:
    before = read_tree(made(tmp_path)).digest
    assert read_tree(tmp_path).digest == before
    (tmp_path / "vendor" / "h.js").write_text("export const h = 2;\n")
    assert read_tree(tmp_path).digest != before


def test_the_document_names_every_module_the_page_begins_with(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "desk" / "app.js").write_text(
        "import { h } from '../vendor/h.js';\nexport * from './b.js'\n"
        'import"./c.js";const later = () => import("./late.js");\n'
    )
    for name, text in (("b", 'import "./app.js"'), ("c", 'import {x} from"./b.js"'), ("late", "")):
        (folder / "desk" / f"{name}.js").write_text(text)
    tree = read_tree(folder)
    assert tree.first == ["desk/app.js", "vendor/h.js", "desk/b.js", "desk/c.js"]


async def test_a_browser_is_told_of_them_beforehand_and_once(tmp_path: Path) -> None:
    folder = made(tmp_path)
    page = folder / "desk" / "index.html"
    page.write_text(f"<head>{page.read_text()}</head>")
    tree, app = read_tree(folder), web.Application()
    add_page(app, tree, public_url="http://127.0.0.1")
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as session:
        _, body = await _got(session, f"http://127.0.0.1:{port}/desk/")
    text = body.decode()
    assert f'<link rel="modulepreload" href="{tree.root}/vendor/h.js">' in text
    assert text.count("app.js") == 1, "the page names it itself"


def test_comments_and_indentation_do_not_travel_and_lines_keep_their_numbers(
    tmp_path: Path,
) -> None:
    folder = made(tmp_path)
    (folder / "desk" / "app.js").write_text(
        '// Starts.\nconst at = "//host"; // stays\n/**\n * Long.\n */\n'
        "  /** Short. */\nif (b)\n  c();\n"
    )
    (folder / "vendor" / "h.js").write_text("// theirs\n")
    files = read_tree(folder).files
    assert files["desk/app.js"].content == (
        b'\nconst at = "//host"; // stays\n\n\n\n\nif (b)\nc();\n'
    )
    assert files["vendor/h.js"].content == b"// theirs\n"


def test_the_page_with_its_words_stays_within_its_budget() -> None:
    assert [one for one in sizes() if one.target and one.value > one.target] == []


async def test_files_travel_packed_to_whoever_can_unpack(tmp_path: Path) -> None:
    tree, app = read_tree(made(tmp_path)), web.Application()
    add_page(app, tree, public_url="http://127.0.0.1")
    plain = (tmp_path / "desk" / "app.js").read_bytes()
    async with (
        serving(app, "127.0.0.1", 0) as port,
        ClientSession(auto_decompress=False) as session,
    ):
        url = f"http://127.0.0.1:{port}{tree.root}/desk/app.js"
        packed, body = await _got(session, url, **{"Accept-Encoding": "gzip, br"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body) == plain
        other, body = await _got(session, url, **{"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in other.headers
        assert body == plain
        assert packed.headers["Vary"] == other.headers["Vary"] == "Accept-Encoding"


async def test_the_document_is_asked_for_each_time_and_sent_when_it_changed(
    desk: DeskServer,
) -> None:
    stranger = desk.stranger()
    first = await stranger.ask("GET", f"{desk.url}/desk/")
    assert first.headers["Cache-Control"] == "no-cache"
    again = {"If-None-Match": first.headers["ETag"]}
    second = await stranger.ask("GET", f"{desk.url}/desk/", headers=again)
    assert (second.status, second.raw) == (304, b"")
    russian = await stranger.ask(
        "GET", f"{desk.url}/desk/", headers={"Accept-Language": "ru", **again}
    )
    assert (russian.status, russian.headers["Content-Language"]) == (200, "ru")
    assert '<html lang="ru"' in russian.raw.decode()


async def test_nothing_inline_and_nothing_foreign_runs(desk: DeskServer) -> None:
    answer = await desk.stranger().ask("GET", f"{desk.url}/desk/")
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers


def test_pictures_may_come_from_the_origin_of_files() -> None:
    assert "img-src 'self' blob: https://files.example;" in content_policy("https://files.example/")


async def test_a_desk_behind_https_tells_browsers_to_stay_there() -> None:
    app = web.Application()
    add_page(app, read_tree(), public_url="https://desk.example.com")
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as session:
        answer, _ = await _got(session, f"http://127.0.0.1:{port}/desk/")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_the_address_without_a_slash_leads_there(desk: DeskServer) -> None:
    async with ClientSession() as session:
        answer, _ = await _got(session, f"{desk.url}/desk")
    assert (answer.status, answer.headers["Location"]) == (308, "/desk/")


async def test_the_session_names_the_build_of_the_page(desk: DeskServer, anna: Browser) -> None:
    assert (await anna.get("/session"))["build"] == "0"  # the tests' own, given from outside
    page = await anna.ask("GET", f"{desk.url}/desk/")
    assert f'data-build="{read_tree().digest}"' in page.raw.decode()


# -- what came from others


def _listed() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((VENDOR / "VERSIONS.json").read_text("utf-8"))
    return listed


def test_files_of_others_are_those_that_were_checked_in() -> None:
    for one in _listed():
        assert set(one) == {"file", "name", "version", "sha256", "licence", "source_sha256"}
        assert sha256((VENDOR / one["file"]).read_bytes()).hexdigest() == one["sha256"], one["file"]


def test_no_file_of_others_is_unlisted() -> None:
    there = {
        path.relative_to(VENDOR).as_posix()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VERSIONS.json" and path.suffix in KINDS
    }
    assert there == {one["file"] for one in _listed()}


def test_modules_import_by_relative_paths_that_exist() -> None:
    for path in FOLDER.rglob("*.js"):
        for other in _IMPORT.findall(path.read_text("utf-8")):
            assert other.startswith("."), f"{path.name} imports {other}"
            assert (path.parent / other).resolve().is_file(), f"{path.name} imports {other}"


def test_the_document_holds_nothing_inline() -> None:
    text = (FOLDER / "desk" / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?://", text)
