"""The API's description of itself equals what is committed and what the manual lists."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bots.desk import openapi
from bots.desk.app import ENDPOINTS
from tests.fakes.desk import Browser, DeskServer

MAKE = {
    "openapi.json": lambda: openapi.openapi(ENDPOINTS),
    "events.json": openapi.events,
}
README = Path(openapi.__file__).parent / "README.md"


@pytest.mark.parametrize("name", MAKE)
def test_the_committed_description_is_what_the_code_says(name: str) -> None:
    """After a change: `python -m bots.desk`, and read the difference."""
    committed = (openapi.FOLDER / name).read_text("utf-8")
    assert json.loads(committed) == json.loads(openapi.text_of(MAKE[name]()))


@pytest.mark.parametrize("name", MAKE)
async def test_the_description_is_served(desk: DeskServer, name: str) -> None:
    answer = await desk.stranger().ask("GET", f"/api/{name}")
    assert (answer.status, answer.raw.decode()) == (200, openapi.text_of(MAKE[name]()))


@pytest.mark.parametrize("name", MAKE)
def test_every_reference_leads_somewhere(name: str) -> None:
    document = MAKE[name]()

    def check(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found: Any = document
                for part in value["$ref"].removeprefix("#/").split("/"):
                    found = found[part]
            for item in value.values():
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)

    check(document)


def test_operations_have_ids_and_summaries_of_their_own() -> None:
    operations = [
        operation
        for methods in MAKE["openapi.json"]()["paths"].values()
        for operation in methods.values()
    ]
    assert len({one["operationId"] for one in operations}) == len(operations) == len(ENDPOINTS)
    assert all(one["summary"] for one in operations)


def test_the_manual_lists_every_endpoint_and_no_other() -> None:
    listed = set(
        re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`?]*)`", README.read_text("utf-8"))
    )
    outside = {
        "GET /api/v1/live",
        "GET /files/{token}",
        "GET /api/openapi.json",
        "GET /api/events.json",
    }
    assert listed - outside == {one.name for one in ENDPOINTS} | {"GET /live"}


async def test_every_answer_marks_itself(anna: Browser) -> None:
    for path in ("/session", "/dialogs", "/nothing/1"):
        answer = await anna.ask("GET", path)
        if answer.status == 200:
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Request-Id"]
