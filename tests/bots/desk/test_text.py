"""Hostile text stays text; links show where they lead."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.desk.messages import host_of, is_blank, is_web, remote_place, text_parts
from core.content import Span
from core.masking import clean
from tests.fakes.desk import Browser, DeskServer
from tests.fakes.workplace import CHANNEL, QUEUE, new_id

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}} ${7*7} {customer} %s %(x)s",
    '=HYPERLINK("http://evil.example","x")',
    "\u202eexe.fdp\u202c",
    "'; DROP TABLE dialog; --",
    "👩‍👩‍👧‍👦 🇷🇺 e\u0301",
    "\u0000ноль",
    "a" * 4000,
)


def shapes(text: str) -> list[dict[str, Any]]:
    """Parts of a text as JSON."""
    return [part.model_dump(exclude_none=True) for part in text_parts(text)]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_arrives_as_typed(desk: DeskServer, anna: Browser, text: str) -> None:
    dialog = await desk.place.asks_for_people()
    await desk.place.writes(clean(text))
    await anna.take(dialog)
    body = {"client_id": new_id(), "parts": [{"t": "text", "v": text}]}
    assert (await anna.post(f"/dialogs/{dialog}/reply", body)).status == 202
    note = {"client_id": new_id(), "text": text}
    assert (await anna.post(f"/dialogs/{dialog}/note", note)).status == 201
    shown = (await anna.get(f"/dialogs/{dialog}"))["messages"]
    wanted = text.replace("\u0000", "\ufffd")
    told = ["".join(p.get("v", p.get("href", "")) for p in one["parts"]) for one in shown]
    assert told.count(wanted) == 3
    listed = await anna.get("/dialogs?tab=mine")
    assert listed["rows"][0]["preview"]["text"] == wanted[:120]


def test_a_link_is_a_part_of_its_own_with_its_host() -> None:
    assert shapes("см. https://example.com/a?b=1, и http://x.test:8080.") == [
        {"t": "text", "v": "см. "},
        {"t": "link", "href": "https://example.com/a?b=1", "host": "example.com"},
        {"t": "text", "v": ", и "},
        {"t": "link", "href": "http://x.test:8080", "host": "x.test:8080"},
        {"t": "text", "v": "."},
    ]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "https://",
        "https://user@evil.example/",
        "https://bank.example@evil.example",
        "data:text/html,x",
        "https://a b",
        "//evil.example",
        "https://[::1",
        "https://x:99999",
        "https://x\u0000y",
    ],
)
def test_what_does_not_lead_where_it_says_is_no_link(href: str) -> None:
    assert not is_web(href)
    assert all(part["t"] == "text" or "@" not in part["href"] for part in shapes(href))


def test_a_marked_link_keeps_its_words_and_shows_the_real_host() -> None:
    text = "🙂 ваш банк тут"
    spans = (Span(offset=3, length=8, kind="link", url="https://evil.example/x"),)
    parts = [part.model_dump(exclude_none=True) for part in text_parts(text, spans)]
    assert parts[1] == {
        "t": "link",
        "href": "https://evil.example/x",
        "host": "evil.example",
        "title": "ваш банк",
    }


@pytest.mark.parametrize(
    ("href", "host"),
    [
        ("https://b\u0430nk.example/login", "xn--bnk-6cd.example"),
        ("https://пример.рф:8443/", "xn--e1afmkfd.xn--p1ai:8443"),
        ("https://bank.example\u3002evil.example/", "bank.example.evil.example"),
    ],
)
def test_a_host_that_looks_like_another_is_told_as_it_is(href: str, host: str) -> None:
    assert host_of(href) == host


@given(st.text())
def test_cutting_a_text_loses_nothing(text: str) -> None:
    assert "".join(part.get("v") or part["href"] for part in shapes(text)) == text


@given(st.text(max_size=200))
def test_hosts_are_told_or_not_told_and_never_fail(text: str) -> None:
    host_of(f"https://{text}")
    remote_place(text)
    remote_place(f"in~{text}")


async def test_a_link_of_an_operator_leads_to_the_web(desk: DeskServer, anna: Browser) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)

    async def sends(**link: str) -> Any:
        parts = [{"t": "link", **link}]
        body = {"client_id": new_id(), "parts": parts}
        return await anna.post(f"/dialogs/{dialog}/reply", body)

    refused = await sends(href="javascript:alert(1)")
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/parts/0/href")
    sent = await sends(href="https://example.com/pay", title="Оплата")
    assert sent.body["parts"] == [
        {"t": "text", "v": "Оплата\n"},
        {"t": "link", "href": "https://example.com/pay", "host": "example.com"},
    ] or [part["t"] for part in sent.body["parts"]] == ["text", "link"]


@pytest.mark.parametrize("parts", [[], [{"t": "text", "v": " \n"}], [{"t": "button", "v": "x"}]])
async def test_a_reply_says_something(desk: DeskServer, anna: Browser, parts: list[Any]) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    answer = await anna.post(f"/dialogs/{dialog}/reply", {"client_id": new_id(), "parts": parts})
    assert (answer.status, answer.code) == (422, "validation")


BLANK = (
    "   ",
    "\u200b",
    "\u200b\n\u2060 \ufeff",
    "\u3164\u2800",
    "\u00ad\u200e\ufe0f",
    "\U000e0001",
)


@pytest.mark.parametrize("text", BLANK, ids=ascii)
async def test_what_nobody_would_see_is_not_sent(
    text: str, desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    await anna.take(dialog)
    place = f"/dialogs/{dialog}"
    body = {"client_id": new_id(), "parts": [{"t": "text", "v": "Добрый день"}]}
    sent = await anna.post(f"{place}/reply", body)
    assert sent.status == 202
    body = {"client_id": new_id(), "parts": [{"t": "text", "v": text}]}
    customer = (await desk.place.row(dialog)).customer
    first = {"customer_id": customer, "channel_id": CHANNEL, "text": text}
    for answer, pointer in (
        (await anna.post(f"{place}/reply", body), "/parts"),
        (await anna.post(f"{place}/note", {"client_id": new_id(), "text": text}), "/text"),
        (await anna.ask("PATCH", f"{place}/messages/{sent.body['id']}", {"text": text}), "/text"),
        (await anna.post("/dialogs", {**first, "client_id": new_id()}), "/text"),
    ):
        assert answer.status == 422, answer
        error = answer.body["errors"][0]
        assert (error["pointer"], error["code"]) == (pointer, "empty")


@pytest.mark.parametrize(
    ("command", "field", "more"),
    [
        ("transfer", "comment", {"to": {"queue_id": QUEUE}}),
        ("return-to-bot", "say", {}),
        ("close", "say", {"seen_n": 100, "ask_rating": False, "skip_reason": "spam"}),
    ],
)
async def test_blank_words_beside_a_command_are_left_unsaid(
    command: str, field: str, more: dict[str, Any], desk: DeskServer, anna: Browser
) -> None:
    dialog = await desk.place.asks_for_people()
    taken = (await anna.take(dialog)).body
    body = {"state_rev": taken["state_rev"], field: " \u200b\n", **more}
    assert (await anna.post(f"/dialogs/{dialog}/{command}", body)).status == 200
    said = [(kind, text.strip("\u200b \n")) for kind, text in await desk.place.texts(dialog)]
    assert ("operator", "") not in said


@pytest.mark.parametrize("text", ["\u200b.", "👩\u200d👩", "ㅤа", "e\u0301", "🏳️"], ids=ascii)
def test_what_somebody_sees_is_not_blank(text: str) -> None:
    assert not is_blank(text)
