"""The desk as a person finds things on it: by role and name, never by class or id."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

from tests.browser.house import PASSWORD

#: What the browser itself writes about answers that are no success; a test says whether they are.
_EXPECTED = re.compile(
    r"Failed to load resource|WebSocket connection to|\[DOM\]|AudioContext was not"
)
_LOGIN = """body => fetch("/api/v1/login", {
  method: "POST", body: JSON.stringify(body),
  headers: {"Content-Type": "application/json", "X-Otklik": "1"},
}).then(answer => answer.status)"""


class Desk:
    """One page of one profile. Names are English unless a test says otherwise."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self._sins: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self._sins.append(f"error: {error}"))
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)
        self.page.on("dialog", self._boxed)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _EXPECTED.search(message.text):
            self._sins.append(f"console: {message.text}")

    def _boxed(self, box: Dialog) -> None:
        self._sins.append(f"a box opened: {box.message}")
        box.dismiss()

    def _asked(self, request: Request) -> None:
        house = self.url.removesuffix("/desk/")
        if not request.url.startswith((house, "blob:", "data:")):
            self._sins.append(f"a request elsewhere: {request.url}")

    def sins(self) -> list[str]:
        """What the page may never do."""
        return self._sins

    def let_go(self) -> None:
        """The test ends: requests that are on their way through its hands now go nowhere."""
        if not self.page.is_closed():
            self.page.unroute_all(behavior="ignoreErrors")

    # -- finding

    def role(self, role: Any, name: str | re.Pattern[str] = "", *, exact: bool = True) -> Locator:
        """An element by role and name."""
        if not name:
            return self.page.get_by_role(role)
        return self.page.get_by_role(role, name=name, exact=exact)

    def button(self, name: str) -> Locator:
        """A button."""
        return self.role("button", name)

    def button_like(self, start: str) -> Locator:
        """A button whose name begins so."""
        return self.role("button", re.compile(f"^{re.escape(start)}"))

    def rows(self, tab: str = "Queue") -> Locator:
        """Rows of the list in the document."""
        return self.role("listbox", tab).get_by_role("option")

    @property
    def reply(self) -> Locator:
        """The field of the reply."""
        return self.role("textbox", "Reply")

    @property
    def note(self) -> Locator:
        """The field of the note."""
        return self.role("textbox", "Note, hidden from the customer")

    @property
    def messages(self) -> Locator:
        """The transcript."""
        return self.role("log", "Messages")

    def alert(self, text: str) -> Locator:
        """A refusal in words."""
        return self.role("alert", text)

    def alert_text(self, text: str) -> Locator:
        """A small alert, by what it says."""
        return self.page.get_by_role("alert").filter(has_text=text)

    # -- doing

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Fills the door's form and waits for the desk."""
        self.role("textbox", "Login").fill(login)
        self.page.get_by_label("Password").fill(password)
        self.button("Sign in").click()
        expect(self.role("banner", "Top bar")).to_be_visible()

    def slip_in(self, login: str) -> None:
        """Signs in without the form, from a page of the same origin that has no scripts."""
        self.page.goto(self.url.removesuffix("/desk/") + "/api/events.json")
        status = self.page.evaluate(_LOGIN, {"login": login, "password": PASSWORD})
        assert status == 200, f"{login} may not sign in: {status}"

    def go(self, path: str = "") -> None:
        """Loads a page of the desk."""
        self.page.goto(self.url + path)

    def tab(self, name: str) -> None:
        """Goes to a tab by the beginning of its name."""
        self.role("tab", re.compile(f"^{name}")).click()

    def open(self, dialog: str) -> None:
        """Goes to a dialog by its address, as a link would."""
        self.go(f"d/{dialog}")
        expect(self.messages).to_be_visible()

    def take(self) -> None:
        """Takes the open dialog and waits until one may answer."""
        self.button("Take").click()
        expect(self.reply).to_be_enabled()

    def says(self, text: str) -> None:
        """Writes and sends a reply."""
        self.reply.fill(text)
        self.button("Send").click()
        expect(self.messages.get_by_text(text).last).to_be_visible()

    def attach(self, name: str, mime: str, content: bytes) -> None:
        """Picks a file in the browser's own window."""
        with self.page.expect_file_chooser() as chooser:
            self.button("Attach file").click()
        chooser.value.set_files({"name": name, "mimeType": mime, "buffer": content})

    def attach_from(self, path: Path) -> None:
        """The same for a file on disk, of whatever size."""
        with self.page.expect_file_chooser() as chooser:
            self.button("Attach file").click()
        chooser.value.set_files(path)

    def reads(self, dialog: str, change: Callable[[Any], None]) -> None:
        """Whatever the page reads of a dialog comes to it changed."""

        def changed(route: Route) -> None:
            answer = route.fetch()
            if answer.status == 204:  # asked once more, and nothing is new
                route.fulfill(response=answer)
                return
            found = answer.json()
            change(found)
            route.fulfill(response=answer, json=found)

        self.page.route(re.compile(rf"/api/v1/dialogs/{dialog}(\?|$)"), changed)

    def key(self, code: str, key: str = "", *, alt: bool = False, ctrl: bool = False) -> None:
        """Presses a physical key, with whatever letter the layout gives it."""
        session = self.context.new_cdp_session(self.page)
        held = (1 if alt else 0) | (2 if ctrl else 0)
        about = {"code": code, "key": key or code, "modifiers": held}
        session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **about})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", **about})
        session.detach()
