"""`/desk/` until the operators' page comes: what works at this address, and how to begin."""

from aiohttp import web

from bots.demo.rendering import LANGUAGES, filled, shown_texts, template
from bots.demo.serving import add_file, asked_language, page

PATH = "/desk/"


def attach_landing(app: web.Application) -> None:
    """Adds the desk's landing page; it needs nothing but its files."""
    addresses = {
        "style": add_file(app, PATH, "page.css"),
        "script": add_file(app, PATH, "setup.js"),
    }
    frame = template("landing")
    pages = {
        language: filled(frame, {**shown_texts(language), **addresses}) for language in LANGUAGES
    }

    async def show(request: web.Request) -> web.Response:
        language = asked_language(request)
        return page(pages[language], language)

    async def slash(_: web.Request) -> web.Response:
        raise web.HTTPPermanentRedirect(PATH)

    app.router.add_get(PATH, show)
    app.router.add_get(PATH.rstrip("/"), slash)
