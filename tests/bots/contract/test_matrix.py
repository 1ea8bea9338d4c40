"""The table of the manual is the truth, and nothing is left out of it."""

import re
from pathlib import Path

import pytest

from tests.bots.contract import house as houses
from tests.bots.contract.matrix import BEGIN, END, MANUAL, behaviours, promised, table, written
from tests.bots.contract.platforms import (
    DOUBLES,
    INSIDE,
    KEYS,
    checklist,
    double_of,
    is_exempt,
)
from tests.bots.contract.test_sending import most_buttons

ROOT = Path(__file__).parents[3]


def test_the_manual_shows_what_each_platform_does() -> None:
    shown = MANUAL.read_text("utf-8")
    assert written(shown) == shown, "run `uv run python -m tests.bots.contract.matrix`"
    assert shown.count(BEGIN) == shown.count(END) == 1


def test_every_line_of_the_checklists_has_a_behaviour() -> None:
    keys = {key for group in KEYS.values() for key in group.split()}
    assert {behaviour.key for behaviour in behaviours()} == keys - INSIDE
    assert len(behaviours()) >= 40


@pytest.mark.parametrize("platform", DOUBLES)
def test_a_checklist_has_exactly_the_common_keys_and_their_proof(platform: str) -> None:
    lines = checklist(platform)
    assert set(lines) == {key for group in KEYS.values() for key in group.split()}
    for key, line in lines.items():
        assert line["status"] in ("done", "exempt"), key
        if is_exempt(platform, key):
            continue
        assert line.get("tests"), key
        for node in line["tests"]:
            path, _, name = node.partition("::")
            source = (ROOT / path).read_text("utf-8")
            assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), node


@pytest.mark.parametrize("platform", DOUBLES)
async def test_an_exemption_is_no_excuse(platform: str) -> None:
    async with houses.door(double_of(platform)) as door:
        double, chat, can = door.double, door.chat, door.can
        await door.taken(double.text(chat, "то, что правят и удаляют"))
        cannot = {
            "contact": double.contact(chat, "+79210001234", own=True) is None,
            "edited": double.edited(chat, "правка") is None,
            "deleted": double.deleted(chat) is None,
            "echo": double.echo(chat, "слово") is None,
            "group_chat": double.group("слово") is None,
            "handshake": await double.handshake(door.address.webhook) is None,
            "receipts": not (can.delivered or can.seen),
            "options": most_buttons(can) == 0,
            "media_out": not (can.image_bytes or can.file_bytes),
            "media_in": not can.download_bytes,
            "preview": not can.preview_off,
            "phone_request": not can.phone_request,
            "typing": not can.typing,
            "rewriting": not (can.edit or can.delete),
            "idempotency": not any(rule.same_key for rule in can.unknown.values()),
            "allowed_denied": double.denied(chat) is None,
        }
    assert {key: is_exempt(platform, key) for key in cannot} == cannot


def test_a_platform_that_is_not_exempt_is_not_skipped() -> None:
    assert set(promised().split()) > {"✓", "–"}
    first = behaviours()[0]
    outcomes = {(first.test, platform): not number for number, platform in enumerate(DOUBLES)}
    head, row = table(outcomes).splitlines()
    assert len(head.split()) == len(DOUBLES)
    assert row.startswith(first.title)
    assert row.split()[-len(DOUBLES) :] == ["ok", *["FAILED"] * (len(DOUBLES) - 1)]
