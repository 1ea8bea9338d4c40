"""How requests are refused: codes, languages, pointers."""

import json
import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.desk import problems
from bots.desk.http import BODY_BYTES
from bots.desk.problems import FieldError, field_texts
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import new_id

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(problems.__file__).parent / "i18n"


@pytest.mark.parametrize("language", problems.LANGUAGES)
def test_every_code_has_its_texts_in_every_language(language: str) -> None:
    content = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    assert set(content) == set(problems.STATUS)
    assert all(text["title"] and text["detail"] for text in content.values())


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, en;q=0.5, ru;q=0.7", "ru"),
        ("en;q=0.1, ru;q=0", "en"),
        ("*;q=x", "en"),
        (",;=,", "en"),
    ],
)
def test_the_reader_chooses_the_language(header: str, language: str) -> None:
    assert problems.language_of(header) == language


def test_fields_have_the_same_texts_in_every_language() -> None:
    english, russian = field_texts("en"), field_texts("ru")
    assert english.keys() == russian.keys()
    for key, text in english.items():
        assert re.findall(r"\{(\w+)\}", text) == re.findall(r"\{(\w+)\}", russian[key]), key
        assert re.search("[а-я]", russian[key]), key


def test_every_field_we_refuse_ourselves_has_a_text() -> None:
    """What pydantic says is tried by the fuzzing; here is what our own code says."""
    found = set()
    for path in Path(problems.__file__).parent.glob("*.py"):
        source = path.read_text("utf-8")
        found |= set(re.findall(r'field_problem\(\s*f?"([^"]*)",\s*"(\w+)"', source))
    assert len(found) > 15
    for pointer, code in found:
        field = pointer.rpartition("/")[2]
        assert f"{code}.{field}" in field_texts("en") or code in field_texts("en"), (pointer, code)


@pytest.mark.parametrize("path", ["handlers/accounts.py", "handlers/second_factor.py"])
def test_every_refusal_of_an_account_has_a_text(path: str) -> None:
    source = (ROOT / path).read_text("utf-8")
    found = set(re.findall(r'AccountRefused\(\s*"(\w+)",\s*"(\w+)"', source))
    assert found
    for field, code in found:
        assert f"{code}.{field}" in field_texts("en") or code in field_texts("en"), (field, code)


@pytest.mark.parametrize(
    ("error", "english", "russian"),
    [
        (FieldError("/a", "string_too_long", {"max_length": 5}), "At most 5 characters.",
         "Не длиннее 5 знаков."),
        (FieldError("/theme", "literal_error", {"expected": "'a', 'b' or 'c'"}),
         "One of: 'a', 'b', 'c'.", "Одно из: 'a', 'b', 'c'."),
        (FieldError("/parts/0/href", "url"), "An http or https address is expected.",
         "Нужен адрес http или https."),
        (FieldError("/password", "too_short"), "A password has at least 12 characters.",
         "Пароль — не короче 12 знаков."),
        (FieldError("/x", "too_short"), "This value is not accepted.",
         "Такое значение не подходит."),
        (FieldError("/x", "never_heard_of"), "This value is not accepted.",
         "Такое значение не подходит."),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told_in_the_readers_language(
    error: FieldError, english: str, russian: str
) -> None:
    assert error.body("en")["message"] == english
    assert error.body("ru")["message"] == russian


async def test_messages_of_fields_follow_the_reader(anna: Browser) -> None:
    body = {"status": "asleep", "reason": "x" * 201, "more": 1}
    answer = await anna.ask("PUT", "/me/status", body, headers={"Accept-Language": "ru"})
    found = {one["pointer"]: one["message"] for one in answer.body["errors"]}
    assert found == {
        "/status": "Одно из: 'online', 'break', 'offline'.",
        "/reason": "Длина — не больше 200.",
        "/more": "Такого поля нет.",
    }


async def test_a_problem_is_a_document_of_rfc_9457(anna: Browser) -> None:
    answer = await anna.ask("GET", "/dialogs/nothing", headers={"Accept-Language": "ru"})
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.headers["Content-Language"] == "ru"
    assert answer.headers["X-Request-Id"] == answer.body["request_id"]
    assert answer.body == {
        "type": "/problems/not_found",
        "title": "Не найдено",
        "status": 404,
        "detail": "Этого нет или оно не в ваших очередях.",
        "instance": "/api/v1/dialogs/nothing",
        "code": "not_found",
        "request_id": answer.body["request_id"],
    }


async def test_an_unknown_field_is_an_error(anna: Browser) -> None:
    answer = await anna.ask("PUT", "/me/status", {"status": "online", "colour/~": 1})
    assert (answer.status, answer.code) == (422, "validation")
    assert answer.body["errors"][0]["pointer"] == "/colour~1~0"
    assert answer.body["errors"][0]["code"] == "extra_forbidden"


@pytest.mark.parametrize(
    "body",
    ["", "{", "nul", '{"status": "online"', '{"status": "\\ud800"}', b"\xff\xfe", "[" * 100_000],
    ids=["empty", "brace", "word", "cut", "surrogate", "bytes", "deep"],
)
async def test_a_body_that_is_no_json_is_malformed(anna: Browser, body: str | bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await anna.ask("PUT", "/me/status", data=body, headers=headers)
    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize("value", ['"5"', "5.0", "true", "null", "-1", "99999999999"])
async def test_json_types_are_not_converted(desk: DeskServer, anna: Browser, value: str) -> None:
    dialog = await desk.place.asks_for_people()
    headers = {"Content-Type": "application/json"}
    path = f"/dialogs/{dialog}/read"
    answer = await anna.ask("PUT", path, data=f'{{"n": {value}}}', headers=headers)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/n")


async def test_a_form_is_no_command(anna: Browser) -> None:
    answer = await anna.ask("PUT", "/me/status", data="status=online")
    assert (answer.status, answer.code) == (415, "bad_type")


async def test_a_body_has_a_limit(anna: Browser) -> None:
    headers = {"Content-Type": "application/json"}
    data = json.dumps({"status": "online", "reason": "x" * BODY_BYTES})
    answer = await anna.ask("PUT", "/me/status", data=data, headers=headers)
    assert (answer.status, answer.code) == (413, "too_large")


async def test_a_body_of_unknown_length_has_the_same_limit(anna: Browser) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 4096

    headers = {"Content-Type": "application/json"}
    answer = await anna.ask("PUT", "/me/status", data=chunks(), headers=headers)
    assert answer.code == "too_large"


@pytest.mark.parametrize(
    "query", ["tab=nothing", "limit=0", "limit=1001", "limit=x", "unknown=1", "since=1"]
)
async def test_a_wrong_query_is_named(anna: Browser, query: str) -> None:
    answer = await anna.ask("GET", f"/dialogs?{query}")
    assert (answer.status, answer.code) == (422, "validation")
    assert answer.body["errors"][0]["pointer"] == f"/query/{query.split('=')[0]}"


@pytest.mark.parametrize("cursor", ["x", "AAAA", "%00", "a" * 300])
async def test_a_cursor_nobody_gave_out_is_malformed(anna: Browser, cursor: str) -> None:
    assert (await anna.ask("GET", f"/dialogs?cursor={cursor}")).code == "malformed"


async def test_an_id_that_cannot_be_one_is_not_found(anna: Browser) -> None:
    for id_ in ("%00", "a%2Fb", "a" * 500, "%D0%B9"):
        assert (await anna.ask("GET", f"/dialogs/{id_}")).status == 404


async def test_a_command_needs_its_key(desk: DeskServer, anna: Browser) -> None:
    for key in (None, "", "not-a-uuid"):
        headers = {"Idempotency-Key": key}
        answer = await anna.ask("POST", "/dialogs/take-next", {}, headers=headers)
        assert (answer.status, answer.code) == (422, "validation")
        assert answer.body["errors"][0]["pointer"] == "/headers/Idempotency-Key"


async def test_the_same_key_and_body_get_the_stored_reply(desk: DeskServer, anna: Browser) -> None:
    first = await desk.place.asks_for_people("1")
    desk.place.later(seconds=1)
    await desk.place.asks_for_people("2")
    key = new_id()
    taken = await anna.post("/dialogs/take-next", {}, key=key)
    again = await anna.post("/dialogs/take-next", {}, key=key)
    assert taken.body["id"] == first
    assert again.body == taken.body
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await anna.post("/dialogs/take-next", {"queue_ids": ["x"]}, key=key)
    assert (other.status, other.code) == (422, "idempotency_mismatch")


async def test_a_refusal_is_replayed_as_a_problem(desk: DeskServer, anna: Browser) -> None:
    dialog, key = await desk.place.asks_for_people(), new_id()
    body = {"state_rev": 900}
    first = await anna.post(f"/dialogs/{dialog}/take", body, key=key)
    again = await anna.post(f"/dialogs/{dialog}/take", body, key=key)
    assert (again.status, again.code) == (first.status, first.code) == (409, "stale")
    assert again.headers["Content-Type"].startswith("application/problem+json")


async def test_keys_of_two_people_do_not_meet(
    desk: DeskServer, anna: Browser, boris: Browser
) -> None:
    await desk.place.asks_for_people("1")
    await desk.place.asks_for_people("2")
    key = new_id()
    one = await anna.post("/dialogs/take-next", {}, key=key)
    two = await boris.post("/dialogs/take-next", {}, key=key)
    assert one.body["id"] != two.body["id"]
