"""Serves the desk's page: one HTML document, and its files below a hash of them all.

Modules import each other by relative paths, so one hash stands for the whole tree: a file that
changes gives every file a new address, and a browser never mixes two builds. Comments and
indentation of our own modules are not sent.
"""

import gzip
import hashlib
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bots.desk.guard import origin_of
from bots.desk.problems import LANGUAGES, language_of

PATH = "/desk/"
FOLDER = Path(__file__).parent / "static"
#: What the browser is given; anything else in the folder (licences, lists) stays there.
KINDS: Mapping[str, str] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_PAGE = "desk/index.html"
_ENTRY = "desk/app.js"
#: `import … from "x"`, `export … from "x"`, `import "x"`; not `import("x")`, which is for later.
_IMPORT = re.compile(rb"""(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']""")
_TEXTS = frozenset({".css", ".js", ".json", ".svg"})
#: A comment that has its lines for itself; of all that is packed a tenth would be these.
_COMMENT = re.compile(rb"^[ \t]*(?://[^\n]*|/\*\*.*?\*/[ \t]*)$", re.MULTILINE | re.DOTALL)
#: What a line begins with; of what is packed then these are two hundredths.
_INDENTATION = re.compile(rb"^[ \t]+", re.MULTILINE)
_OWN = "desk/"
_WORTH_PACKING = 1024
_FOREVER = "public, max-age=31536000, immutable"
_HSTS = "max-age=31536000"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file as it is sent. packed: gzip of it, empty where that saves nothing."""

    kind: str
    content: bytes
    packed: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Everything of the page. files: path below the folder -> file. digest: of all and the page.

    first: modules the page needs before it can begin."""

    digest: str
    page: str
    files: Mapping[str, StaticFile]
    first: Sequence[str] = ()

    @property
    def root(self) -> str:
        """Where the files are."""
        return f"{PATH}static/{self.digest}"


def read_tree(folder: Path = FOLDER) -> Tree:
    """Reads and packs the folder, which takes some 20 ms."""
    page = (folder / _PAGE).read_text(encoding="utf-8")
    seen, files = hashlib.sha256(page.encode()), {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix not in KINDS or not path.is_file():
            continue
        content = path.read_bytes()
        if path.suffix == ".js" and name.startswith(_OWN):
            content = slimmed(content)
        seen.update(f"\0{name}\0{len(content)}\0".encode() + content)
        files[name] = _static(path.suffix, content)
    return Tree(digest=seen.hexdigest()[:16], page=page, files=files, first=modules(files))


def slimmed(module: bytes) -> bytes:
    """A module as it is sent: comments and indentation stay here, every line of code keeps its
    number. So no line of a template may begin like a comment, or with spaces that mean anything."""
    bare = _COMMENT.sub(lambda found: b"\n" * found[0].count(b"\n"), module)
    return _INDENTATION.sub(b"", bare)


def modules(files: Mapping[str, StaticFile], entry: str = _ENTRY) -> list[str]:
    """The entry and everything it imports at once, nearest first. Told to the browser beforehand:
    otherwise it learns of each module only when it has read the one that imports it."""
    found = [entry] if entry in files else []
    for name in found:
        for other in _IMPORT.findall(files[name].content):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), other.decode()))
            if target in files and target not in found:
                found.append(target)
    return found


def _static(suffix: str, content: bytes) -> StaticFile:
    is_worth = suffix in _TEXTS and len(content) >= _WORTH_PACKING
    packed = gzip.compress(content, 9, mtime=0) if is_worth else b""
    return StaticFile(kind=KINDS[suffix], content=content, packed=packed)


def add_page(app: web.Application, tree: Tree, *, public_url: str, files_url: str = "") -> None:
    """Adds the page at every address below `/desk/`, and its files.

    public_url: tells whether browsers may insist on HTTPS. files_url: where pictures of dialogs
    come from, if not from here."""
    safe = safe_headers(public_url)
    policy = {"Content-Security-Policy": content_policy(files_url)}
    pages = {language: _page(tree, language, {**safe, **policy}) for language in LANGUAGES}

    async def show(request: web.Request) -> web.Response:
        answer = pages[language_of(request.headers.get("Accept-Language", ""))]
        if request.headers.get("If-None-Match") == answer.etag:
            return web.Response(status=304, headers=answer.headers)
        return web.Response(
            body=answer.body, content_type="text/html", charset="utf-8", headers=answer.headers
        )

    async def file(request: web.Request) -> web.Response:
        found = tree.files.get(request.match_info["path"])
        if found is None or request.match_info["digest"] != tree.digest:
            return web.Response(status=404, headers={**safe, "Cache-Control": "no-store"})
        return _file(found, request, safe)

    async def slash(_: web.Request) -> web.Response:
        raise web.HTTPPermanentRedirect(PATH)

    app.router.add_get(PATH + "static/{digest}/{path:.+}", file)
    app.router.add_get(PATH + "{view:(?!static/)[a-zA-Z0-9_/-]*}", show)
    app.router.add_get(PATH.rstrip("/"), slash)


def content_policy(files_url: str) -> str:
    """What the page may do. Nothing inline, nothing foreign, no text becomes markup.

    `blob:` are previews of pasted pictures and the icon that counts."""
    pictures = f" {origin_of(files_url)}" if files_url else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src 'self' blob:{pictures}; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def safe_headers(public_url: str) -> dict[str, str]:
    """Headers of whatever a browser shows or runs. A browser that came by HTTPS stays with it."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if public_url.startswith("https:"):
        headers["Strict-Transport-Security"] = _HSTS
    return headers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    body: bytes
    etag: str
    headers: Mapping[str, str]


def _page(tree: Tree, language: str, headers: Mapping[str, str]) -> _Page:
    """The document in one language. Its address never changes, so a browser asks each time
    whether it did: a page of yesterday would ask for files that are gone."""
    etag = f'"{tree.digest}-{language}"'
    about = {
        "Cache-Control": "no-cache",
        "Content-Language": language,
        "ETag": etag,
        "Vary": "Accept-Language",
    }
    values = {"{static}": tree.root, "{build}": tree.digest, "{lang}": language}
    text = tree.page
    for place, value in values.items():
        text = text.replace(place, value)
    unnamed = [name for name in tree.first if f"{{static}}/{name}" not in tree.page]
    links = (f'<link rel="modulepreload" href="{tree.root}/{name}">\n' for name in unnamed)
    text = text.replace("</head>", "".join(links) + "</head>")
    return _Page(body=text.encode(), etag=etag, headers={**headers, **about})


def _file(found: StaticFile, request: web.Request, safe: Mapping[str, str]) -> web.Response:
    headers = {**safe, "Cache-Control": _FOREVER, "Content-Security-Policy": "default-src 'none'"}
    body = found.content
    if found.packed:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("Accept-Encoding", "").lower():
            headers["Content-Encoding"], body = "gzip", found.packed
    charset = "utf-8" if found.kind != "image/png" else None
    return web.Response(body=body, content_type=found.kind, charset=charset, headers=headers)
