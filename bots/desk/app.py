"""Puts the desk's page, its API and its live socket into the process's application."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import web

from bots.desk import (
    actions,
    auth,
    board,
    canned,
    customers,
    dialogs,
    files,
    house,
    http,
    openapi,
    openings,
    own,
    page,
    replies,
    reports,
    scenarios,
    search,
)
from bots.desk.context import DeskContext
from bots.desk.endpoint import Endpoint
from bots.desk.workplace import Workplace, workplace

#: Every route below /api/v1. The test of roles goes through this list.
ENDPOINTS: tuple[Endpoint, ...] = (
    *auth.ENDPOINTS,
    *own.ENDPOINTS,
    *dialogs.ENDPOINTS,
    *actions.ENDPOINTS,
    *replies.ENDPOINTS,
    *openings.ENDPOINTS,
    *files.ENDPOINTS,
    *customers.ENDPOINTS,
    *search.ENDPOINTS,
    *canned.ENDPOINTS,
    *house.ENDPOINTS,
    *scenarios.ENDPOINTS,
    *board.ENDPOINTS,
    *reports.ENDPOINTS,
)
WORKPLACE = web.AppKey("desk", Workplace)


def attach(app: web.Application, context: DeskContext) -> None:
    """Adds routes and background work; nothing runs before the application starts."""
    tree = page.read_tree()
    work = workplace(replace(context, build=context.build or tree.digest))
    app[WORKPLACE] = work
    for declared in ENDPOINTS:
        http.add(app, declared, work)
    http.add_socket(app, work)
    files.add_content(app, work)
    openapi.add(app, ENDPOINTS)
    http.add_nothing(app, work)
    page.add_page(app, tree, public_url=context.public_url, files_url=context.files_url)

    async def running(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(work.hub.run(), name="desk live")
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def bye(_: web.Application) -> None:
        await work.hub.close()

    app.cleanup_ctx.append(running)
    # Before whoever closes all sockets: a client must hear when to come back.
    app.on_shutdown.insert(0, bye)
