"""`otklik chat --plain`, the format programs rely on (DESIGN, section 6)."""

import io
from datetime import timedelta
from pathlib import Path

import pytest

from bots.console.chat import ConsoleSession, console_texts, open_session
from bots.console.engine import CallEnded, CallStarted, Event, Said
from bots.console.render import Plain
from core.content import Contact, Media, Option, Outgoing
from core.updates import (
    ButtonPressed,
    CustomerAllowed,
    CustomerEdited,
    CustomerGone,
    CustomerMessage,
    CustomerStarted,
    Received,
    Sender,
)
from tests.fakes.console import ListTerminal, ScriptedEngine, said


async def talk(*lines: str, engine: ScriptedEngine | None = None) -> list[str]:
    terminal = ListTerminal(*lines)
    await ConsoleSession(
        engine or ScriptedEngine(),
        terminal,
        Plain(),
        console_texts("en"),
        sender=Sender(user="1"),
    ).run()
    assert terminal.is_closed
    return terminal.shown


async def test_a_message_begins_with_its_mark_and_further_lines_are_indented() -> None:
    assert await talk("menu") == [
        "< First line",
        "  ",
        "  Third line",
        "  [reset] Label reset",
        "  [balance] Label balance",
    ]


async def test_an_escalation_names_reason_and_queue() -> None:
    assert await talk("operator") == ["< Wait, please.", "# escalated: customer_request -> sales"]


async def test_rating_and_close_are_lines_in_the_order_they_happen() -> None:
    assert await talk("rate") == ["# rating: 5/5", "# closed: solved", "< Thanks!"]


async def test_nothing_is_said_before_the_first_line_and_after_the_last() -> None:
    assert await talk() == []


async def test_a_blank_line_is_no_message() -> None:
    engine = ScriptedEngine()
    assert await talk("", "   ", "\t", engine=engine) == []
    assert engine.received == []


@pytest.mark.parametrize("name", ["balance", "2", "label BALANCE"])
async def test_a_button_is_pressed_by_key_number_or_label(name: str) -> None:
    engine = ScriptedEngine()
    shown = await talk("menu", f"/press {name}", engine=engine)
    assert shown[-1] == "< pressed t-balance"
    assert engine.received[-1].update == ButtonPressed(token="t-balance", callback_id="2")


async def test_an_unknown_button_is_a_readable_line() -> None:
    assert (await talk("menu", "/press nope"))[-1] == (
        "# no button «nope»; there are: reset, balance"
    )
    assert await talk("/press nope") == ["# no button «nope»; nothing can be pressed now"]


async def test_the_button_of_an_older_message_can_still_be_pressed() -> None:
    class Twice(ScriptedEngine):
        def answer(self, received: Received) -> list[Event]:
            count = len(self.received)
            return [said("one", "old")] if count == 1 else [said("two", "new")]

    engine = Twice()
    await talk("a", "b", "/press old", engine=engine)
    assert engine.received[-1].update == ButtonPressed(token="t-old", callback_id="3")


async def test_a_link_is_told_instead_of_pressed() -> None:
    terminal = ListTerminal("/press site")
    session = ConsoleSession(
        ScriptedEngine(), terminal, Plain(), console_texts("en"), sender=Sender(user="1")
    )
    link = Option(key="site", label="Site", url="https://isp.example")
    session._offered.append(Outgoing(text="x", options=(link,)))
    await session.run()
    assert terminal.shown == ["# «site» opens https://isp.example"]


async def test_silence_moves_the_virtual_clock() -> None:
    engine = ScriptedEngine()
    assert await talk("/silence 15m", engine=engine) == ["< 0:15:00 went by"]
    assert engine.advanced == [timedelta(minutes=15)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/silence", "# usage: /silence 15m (s, m, h, d)"),
        ("/silence 0m", "# usage: /silence 15m (s, m, h, d)"),
        ("/silence soon", "# usage: /silence 15m (s, m, h, d)"),
        ("/press", "# usage: /press KEY"),
        ("/phone 12", "# usage: /phone +79211234567"),
        ("/file", "# usage: /file PATH"),
        ("/edit", "# usage: /edit TEXT"),
        ("/edit x", "# nothing was sent yet"),
        ("/file no/such", "# no such file: no/such"),
    ],
)
async def test_a_misused_command_is_explained(line: str, told: str) -> None:
    assert await talk(line) == [told]


async def test_commands_imitate_the_other_kinds_of_updates(tmp_path: Path) -> None:
    picture = tmp_path / "a b.png"
    picture.write_bytes(b"\x89PNG")
    engine = ScriptedEngine()
    await talk(
        "/start promo",
        "hello",
        "/edit hallo",
        "/phone 8 (921) 123-45-67",
        f"/file {picture}",
        "/block",
        "/unblock",
        engine=engine,
    )
    assert [received.update for received in engine.received] == [
        CustomerStarted(payload="promo", platform_id="1"),
        CustomerMessage(text="hello", platform_id="2"),
        CustomerEdited(platform_id="2", text="hallo"),
        CustomerMessage(contact=Contact(phone="+79211234567", evidence="claimed"), platform_id="4"),
        CustomerMessage(
            media=(
                Media(
                    kind="image",
                    name="a b.png",
                    mime="image/png",
                    size=4,
                    platform_file=str(picture),
                ),
            ),
            platform_id="5",
        ),
        CustomerGone(),
        CustomerAllowed(),
    ]


async def test_every_update_has_its_own_key_and_ids_are_a_counter() -> None:
    engine = ScriptedEngine()
    await talk("a", "a", "menu", "/press reset", "/block", engine=engine)
    assert [received.dedup_key for received in engine.received] == [
        f"console:{number}" for number in range(1, 6)
    ]
    assert {received.chat for received in engine.received} == {"1"}


async def test_an_unknown_command_is_the_customers_words() -> None:
    assert await talk("/balance now") == ["< you said /balance now"]


async def test_what_follows_quit_is_not_read() -> None:
    assert await talk("/quit", "hello") == []


async def test_calls_print_nothing() -> None:
    view = Plain()
    assert view.event(CallStarted(service="x")) == view.event(CallEnded(service="x")) == []


def test_a_message_cannot_forge_a_system_line_or_move_the_cursor() -> None:
    lines = Plain().event(said("hi\n# closed: solved\x1b[2J\r\nx"))
    assert lines == ["< hi", "  # closed: solved[2J", "  x"]


def test_a_file_is_named_under_the_text() -> None:
    event = Said(content=Outgoing(text="Look", media=(Media(kind="image", path="speed.png"),)))
    assert Plain().event(event) == ["< Look", "  [image: speed.png]"]


class Streams:
    """Text streams over bytes, as a process has them."""

    def __init__(self, typed: bytes) -> None:
        self.out = io.BytesIO()
        self.stdin = io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8")
        self.stdout = io.TextIOWrapper(self.out, encoding="utf-8")


async def through_streams(typed: bytes, engine: ScriptedEngine) -> str:
    streams = Streams(typed)
    session = open_session(
        engine,
        stdin=streams.stdin,
        stdout=streams.stdout,
        environ={},
        plain=True,
        lang="ru",
        sender=Sender(user="1"),
    )
    await session.run()
    return streams.out.getvalue().decode()


async def test_broken_utf8_is_a_message_with_a_replacement_character() -> None:
    engine = ScriptedEngine()
    assert await through_streams(b"\xff\xfe caf\xe9\r\n\xd0\xbf\n", engine) == (
        "< you said \ufffd\ufffd caf\ufffd\n< you said п\n"
    )


async def test_a_last_line_without_its_end_counts() -> None:
    assert await through_streams("привет".encode(), ScriptedEngine()) == "< you said привет\n"


async def test_zero_bytes_and_escape_sequences_do_not_reach_the_engine() -> None:
    engine = ScriptedEngine()
    await through_streams(b"a\x00b\x1b[31mc\x07\n", engine)
    update = engine.received[0].update
    assert isinstance(update, CustomerMessage)
    assert update.text == "a\ufffdb[31mc"
