"""The committed OpenAPI document against the real server: schemathesis makes requests of it.

Bounded and the same each time. What fits the document may be refused, what does not must be; and
every answer has a status, a type and a shape that the document knows.
"""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from bots.desk.app import ENDPOINTS
from bots.desk.openapi import openapi
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import new_id, workplace

EXAMPLES = 5
PATIENCE = 20
SCHEMA = schemathesis.openapi.from_dict(openapi(ENDPOINTS))
OPERATIONS = {
    found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)
}
WITH_BODY = sorted(label for label, found in OPERATIONS.items() if found.body)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
T = TypeVar("T")


class Desk:
    """A desk on a loop of its own, because schemathesis calls and waits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.session = requests.Session()
        self.url = ""
        self.dialog = ""
        self.customer = ""
        self._over = asyncio.Event()
        self._ready = threading.Event()
        self._server: DeskServer
        self._browser: Browser
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=[self._life()])

    def __enter__(self) -> "Desk":
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE)
        self.loop.close()
        self.session.close()

    async def _life(self) -> None:
        url = f"sqlite+aiosqlite:///{self.folder / 'otklik.db'}"
        async with (
            workplace(url) as place,
            DeskServer(place, self.folder / "files").open() as server,
        ):
            roles = ("operator", "supervisor", "admin")
            self._browser = await server.hired("somebody", *roles, queues=(), limit=100)
            self.dialog = await place.asks_for_people()
            assert (await self._browser.take(self.dialog)).status == 200
            self.customer = (await place.row(self.dialog)).customer
            self._server, self.url = server, server.url
            self._ready.set()
            await self._over.wait()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs something on the desk's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def headers(self) -> dict[str, str]:
        """What the page sends with every request."""
        return {
            "Cookie": f"__Host-otklik={self._browser.cookie}",
            "Origin": self.url,
            "X-Otklik": "1",
            "Idempotency-Key": new_id(),
        }

    def signed_in_anew(self) -> None:
        """The last request ended the session."""
        self._browser = self.wait(self._server.browser("somebody"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One for all requests: whatever they change stays."""
    with Desk(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


def fixed(operation: APIOperation[Any, Any, Any, Any], desk: Desk) -> dict[str, str]:
    """Parts of the path that name something that is there, or nothing."""
    own = {"/customers": desk.customer, "/dialogs": desk.dialog, "/operators": "somebody"}
    known = next((id_ for name, id_ in own.items() if name in operation.path), "nothing")
    parts = {"id": known, "mid": "1"}
    return {name: part for name, part in parts.items() if f"{{{name}}}" in operation.path}


def ask(
    desk: Desk, label: str, mode: GenerationMode, checks: list[Any], **given_parts: Any
) -> None:
    """So many requests of an operation, the same ones each time."""
    operation = OPERATIONS[label]
    strategy = operation.as_strategy(
        generation_mode=mode, path_parameters=fixed(operation, desk) or None, **given_parts
    )

    @given(case=strategy)
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case: Any) -> None:
        response = case.call(base_url=desk.url, session=desk.session, headers=desk.headers())
        if response.status_code == 401:
            desk.signed_in_anew()
        case.validate_response(response, checks=checks)

    one()


def test_every_endpoint_is_tried() -> None:
    assert len(OPERATIONS) == len(ENDPOINTS)
    assert len(WITH_BODY) > 30


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_answer_is_one_the_document_knows(desk: Desk, label: str) -> None:
    ask(desk, label, GenerationMode.POSITIVE, CHECKS)


@pytest.mark.parametrize("label", WITH_BODY)
def test_a_body_the_document_does_not_allow_is_refused(desk: Desk, label: str) -> None:
    cookies = {"__Host-otklik": "of the browser"}  # what is sent is the session's own
    headers = {"X-Otklik": "1", "Idempotency-Key": new_id()}
    checks = [*CHECKS, negative_data_rejection]
    ask(desk, label, GenerationMode.NEGATIVE, checks, cookies=cookies, headers=headers)


def test_the_document_is_the_committed_one() -> None:
    committed = Path(__file__).parents[3] / "bots" / "desk" / "description" / "openapi.json"
    assert json.loads(committed.read_text("utf-8")) == json.loads(json.dumps(openapi(ENDPOINTS)))
