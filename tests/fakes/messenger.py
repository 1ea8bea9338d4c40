"""A strict double of the Graph API for one page: refuses what Messenger refuses, keeps a ledger.

`async with FakeMessenger(token, page_id) as messenger:` listens on a free port; give
`messenger.api_url` to the adapter. `ledger` holds accepted sends and actions in order; `fail(...)`
arms faults, each for one call that sends a message; `bell` rings with every entry of the ledger.
`signed` and `echo_of` play Facebook's side of the webhook.
"""

import hashlib
import hmac
import json
from functools import partial
from typing import Any, NamedTuple

from aiohttp import web

from tests.fakes import messenger_rules as rules
from tests.fakes.faults import HINT, Fault
from tests.fakes.messenger_rules import Fields, Refused, bad
from tests.fakes.server import PlatformServer, Take, form, served

VERSION = "v25.0"
#: A moment in Facebook's own units.
NOW_MS = 1795608000000
SIGNATURE_HEADER = "X-Hub-Signature-256"
BLOCKED = Refused(400, 551, "This person isn't available right now.", 1545041)


class Upload(NamedTuple):
    """A file that came beside a message."""

    name: str = ""
    mime: str = ""
    content: bytes = b""


class Accepted(NamedTuple):
    """One call that Messenger took. id: of the message, empty for an action."""

    chat: str
    body: Fields
    id: str
    upload: Upload = Upload()

    @property
    def message(self) -> Fields:
        """What the person sees; empty for an action."""
        held: Fields = self.body.get("message", {})
        return held


def error(status: int, code: int, subcode: int | None = None) -> Fault:
    """Messenger's own refusal."""
    return Refused(status, code, "Refused", subcode).fault


LIMIT = error(400, 613)
LIMIT_HINT = LIMIT._replace(headers=HINT)
#: `Fault.only` for what is asked about the page, its subscription and its customers.
_QUESTION = "question"


class FakeMessenger(PlatformServer[Accepted]):
    """One page's Messenger."""

    def __init__(self, token: str, page_id: str) -> None:
        super().__init__()
        self.token = token
        self.page_id = page_id
        self.blocked: set[str] = set()
        self.missing: set[str] = set()
        self.silent: set[str] = set()
        self.nameless: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.served: dict[str, bytes] = {}
        self.subscribed: list[str] = []
        page = f"/{VERSION}/{page_id}"
        self._app.router.add_post(f"{page}/messages", self._messages)
        self._app.router.add_get(page, partial(self._asked, take=self._page))
        apps = f"{page}/subscribed_apps"
        self._app.router.add_get(apps, partial(self._asked, take=self._subscriptions))
        self._app.router.add_post(apps, partial(self._asked, take=self._subscribe))
        person = f"/{VERSION}/{{person:[0-9]+}}"
        self._app.router.add_get(person, partial(self._asked, take=self._person))
        self._app.router.add_get("/files/{name}", self._file)

    # -- what tests say

    def fail_questions(self, *faults: Fault) -> None:
        """Arms faults for what is asked about the page and its subscription."""
        self.fail(*(fault._replace(only=_QUESTION) for fault in faults))

    def sent(self, chat: str | None = None) -> list[Accepted]:
        """Accepted messages, of one chat or all."""
        return [one for one in self.ledger if one.id and chat in (None, one.chat)]

    def drop_webhook(self) -> None:
        """As if Meta had unsubscribed an app that did not answer."""
        self.subscribed = []

    # -- the server

    def _is_sending(self, call: str) -> bool:
        return call == "message"

    def _strikes(self, fault: Fault, call: str) -> bool:
        """Nothing strikes an action but what is meant for it."""
        if fault.only == _QUESTION:
            return call not in ("message", "action")
        return self._is_sending(call)

    async def _messages(self, request: web.Request) -> web.Response:
        body, upload = await _read(request)

        async def take(request: web.Request) -> web.Response:
            self._authorise(request)
            return web.json_response(self._taken(body, upload))

        return await self._met(request, "action" if "sender_action" in body else "message", take)

    def _authorise(self, request: web.Request) -> None:
        if "access_token" in request.query:
            raise AssertionError("the token must not be in the address")
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise Refused(400, 190, "Invalid OAuth access token.")

    def _taken(self, body: Fields, upload: Upload | None) -> dict[str, Any]:
        rules.check_body(body)
        chat = body["recipient"]["id"]
        if chat in self.missing:
            raise bad("No matching user found", 2018001)
        if chat in self.blocked:
            raise BLOCKED
        if chat in self.silent and body.get("tag") != "HUMAN_AGENT":
            raise Refused(400, 10, "This message is sent outside of allowed window.", 2018278)
        answer = {"recipient_id": chat}
        if "message" in body:
            rules.check_message(body["message"], has_file=upload is not None)
            answer.update(self._attached(body["message"], upload))
            answer["message_id"] = f"m_{len(self.ledger) + 1}"
        identity = answer.get("message_id", "")
        self._took(Accepted(chat, body, identity, upload or Upload()))
        return answer

    def _attached(self, message: Fields, upload: Upload | None) -> dict[str, str]:
        payload = message.get("attachment", {}).get("payload", {})
        if upload is not None:
            rules.check_size(upload.content)
            identity = str(100_000 + len(self.files))
            self.files[identity] = upload.content
            return {"attachment_id": identity} if payload.get("is_reusable") else {}
        if "attachment_id" in payload and payload["attachment_id"] not in self.files:
            raise bad("Invalid attachment id", 2018074)
        return {}

    async def _asked(self, request: web.Request, take: Take) -> web.Response:
        async def known(request: web.Request) -> web.Response:
            self._authorise(request)
            return await take(request)

        call = f"{request.method} {request.path.rpartition('/')[2]}"
        return await self._met(request, call, known)

    async def _page(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self.page_id, "name": "Отклик"})

    async def _person(self, request: web.Request) -> web.Response:
        person = request.match_info["person"]
        if request.query.get("fields") != "first_name,last_name":
            raise AssertionError("only what is needed may be asked of a person")
        if person in self.nameless:
            raise Refused(400, 100, "Unsupported get request. Object does not exist", 33)
        name = {"first_name": "Анна", "last_name": f"Номер {person}", "id": person}
        return web.json_response(name)

    async def _subscriptions(self, request: web.Request) -> web.Response:
        app = {"id": "1", "name": "Otklik", "subscribed_fields": self.subscribed}
        return web.json_response({"data": [app] if self.subscribed else []})

    async def _subscribe(self, request: web.Request) -> web.Response:
        self.subscribed = (await request.json())["subscribed_fields"].split(",")
        return web.json_response({"success": True})

    async def _file(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            raise AssertionError("the token is no business of a host of files")
        return served(self.served.get(request.match_info["name"]))

    # -- its side of the webhook

    def batch(self, *events: Fields) -> Fields:
        """A body with these events of the page."""
        entry = {"id": self.page_id, "time": NOW_MS, "messaging": list(events)}
        return {"object": "page", "entry": [entry]}

    def echo_of(self, sent: Accepted) -> Fields:
        """The event by which a page hears what it sent."""
        message = {"mid": sent.id, "is_echo": True, "app_id": 1, **sent.message}
        people = {"sender": {"id": self.page_id}, "recipient": {"id": sent.chat}}
        return {**people, "timestamp": NOW_MS, "message": message}


def body_of(value: object) -> bytes:
    """A body as Facebook writes it: escaped Unicode, escaped slashes; the signature covers that."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def signature(app_secret: str, body: bytes) -> str:
    """What Facebook puts into the header."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


async def _read(request: web.Request) -> tuple[Fields, Upload | None]:
    if request.content_type == "application/json":
        body: Fields = await request.json()
        return body, None
    fields, files = await form(request)
    upload = None
    for part in files.values():
        upload = Upload(part.filename, part.content_type, part.file.read())
    return rules.decoded(fields), upload
