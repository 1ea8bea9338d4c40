"""Whatever a body or a query holds, an answer is a refusal or a success and never a fault."""

import json
import random
import re
from typing import Any

import pytest

from bots.desk.app import ENDPOINTS
from bots.desk.endpoint import Endpoint
from bots.desk.problems import STATUS, field_texts
from tests.bots.desk.test_roles import path_of
from tests.fakes.desk import DeskServer

ROUNDS = 12
NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 1.5, 1e308, "", " ", "a", "я" * 300),
    *("\x00", "\ud800", "\u202e", "{}", "../..", "9" * 40, "2027-01-01", "queue", "online"),
    *([], [[]], [None] * 30, {}, {"t": "text", "v": "x"}, [{"t": "text", "v": "\x00"}]),
    *({"queue_id": "first_line"}, {"operator_id": "\x00"}, ["operator"], {"1": [["09:00", "1"]]}),
)


def body_of(one: Endpoint, rng: random.Random) -> str:
    """Something like the endpoint's body, wrong in places."""
    assert one.body is not None
    fields = {name: rng.choice(NASTY) for name in one.body.model_fields if rng.random() < 0.9}
    if rng.random() < 0.1:
        fields["unknown"] = 1
    text = json.dumps(fields)
    return text if rng.random() < 0.95 else text[: rng.randrange(len(text) + 1)]


@pytest.mark.parametrize("seed", range(3))
async def test_no_body_is_answered_with_a_fault(desk: DeskServer, seed: int) -> None:
    rng = random.Random(seed)
    dialog = await desk.place.asks_for_people()
    await desk.hired("somebody", "operator", "supervisor", "admin", queues=())
    for one in ENDPOINTS:
        if one.body is None or one.path in ("/login", "/setup"):
            continue
        browser = await desk.browser("somebody")
        for _ in range(ROUNDS):
            body, path = body_of(one, rng), path_of(one, id=rng.choice([dialog, "somebody", "x"]))
            headers = {"Content-Type": "application/json", "Accept-Language": "ru"}
            answer = await browser.ask(one.method, path, data=body.encode(), headers=headers)
            assert answer.status < 500, (one.name, body, answer)
            if answer.status == 401:
                browser = await desk.browser("somebody")
            elif answer.status >= 400:
                assert STATUS[answer.code] == answer.status
                for wrong in answer.body.get("errors", ()):
                    assert wrong["code"] in field_texts("ru"), wrong
                    assert re.search("[а-яё]", wrong["message"]), wrong
                    assert "{" not in wrong["message"], wrong


async def test_no_query_is_answered_with_a_fault(desk: DeskServer) -> None:
    rng = random.Random(7)
    dialog = await desk.place.asks_for_people()
    somebody = await desk.hired("somebody", "operator", "supervisor", "admin", queues=())
    words = ("", "x", "%00", "%ff", "-1", "99999999999999999999", "2027-01-01T00:00:00Z", "queue")
    for one in ENDPOINTS:
        if one.method != "GET":
            continue
        names = list(one.query.model_fields) if one.query else ["unknown"]
        for _ in range(ROUNDS):
            query = "&".join(f"{rng.choice(names).rstrip('_')}={rng.choice(words)}" for _ in "ab")
            path = path_of(one, id=rng.choice([dialog, "somebody", "x"]))
            answer = await somebody.ask("GET", f"{path}?{query}")
            assert answer.status < 500, (one.name, query, answer)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_where_there_is_no_endpoint_the_answer_has_the_form_of_all(
    desk: DeskServer, method: str
) -> None:
    answer = await desk.stranger().ask(method, "/nothing/here")
    assert (answer.status, answer.code) == (404, "not_found")
