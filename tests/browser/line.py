"""The live socket of a page with a hand on it: cut, or with single frames withheld."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

Frame = Mapping[str, Any]


class Line:
    """Must be laid before the page loads. frames: what the page was told, in order."""

    def __init__(self, page: Page) -> None:
        self.frames: list[Frame] = []
        self.opened = 0
        self._is_up = True
        self._withheld: Callable[[Frame], bool] = lambda _: False
        self._open: list[WebSocketRoute] = []
        self._page = page
        page.route_web_socket("**/api/v1/live", self._connect)

    def _connect(self, page: WebSocketRoute) -> None:
        if not self._is_up:
            page.close(code=1013)
            return
        self.opened += 1
        self._open.append(page)
        server = page.connect_to_server()

        def told(raw: str | bytes) -> None:
            frame = json.loads(raw)
            if self._is_up and not self._withheld(frame):
                self.frames.append(frame)
                page.send(raw)

        page.on_message(server.send)
        server.on_message(told)

    def cut(self) -> None:
        """Nothing comes through any more, nor does a new socket open."""
        self._is_up = False
        for page in self._open:
            page.close(code=1013)
        self._open.clear()

    def mend(self) -> None:
        """The browser notices that it has a network again."""
        self._is_up = True
        self._page.evaluate("dispatchEvent(new Event('online'))")

    def withhold(self, which: Callable[[Frame], bool]) -> None:
        """Frames that get lost on the way."""
        self._withheld = which
