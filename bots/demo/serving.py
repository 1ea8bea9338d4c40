"""How the pages travel: headers, languages, and files whose address changes with their content."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from bots.demo.rendering import language_of

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_STATIC = Path(__file__).parent / "static"
_KINDS = {".css": "text/css", ".js": "text/javascript"}
_FOREVER = "public, max-age=31536000, immutable"


def asked_language(request: web.Request) -> str:
    """The language this reader wants."""
    return language_of(request.query.get("lang"), request.headers.get("Accept-Language", ""))


def page(text: str, language: str) -> web.Response:
    """An HTML page. It shows a moment, so nobody keeps it."""
    about = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", headers={**HEADERS, **about})


def add_file(app: web.Application, prefix: str, name: str) -> str:
    """Serves a file of the static folder below `prefix`; its address there."""
    content = (_STATIC / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:12]
    stem, suffix = Path(name).stem, Path(name).suffix
    address = f"{prefix}{stem}.{digest}{suffix}"

    async def answer(_: web.Request) -> web.Response:
        headers = {**HEADERS, "Cache-Control": _FOREVER}
        return web.Response(
            body=content, content_type=_KINDS[suffix], charset="utf-8", headers=headers
        )

    app.router.add_get(address, answer)
    return address
