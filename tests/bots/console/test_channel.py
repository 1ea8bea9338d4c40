"""The terminal as a Channel, and nothing that is typed or said breaks it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.console.capabilities import CAPABILITIES, PLAIN
from bots.console.channel import ConsoleChannel
from bots.console.engine import Said
from bots.console.parse import Phone, Text, decoded, parse, phone_number, update_of
from bots.console.render import Plain
from core.channel import Channel, Letter
from core.content import Media, Option, Outgoing
from core.errors import MessageRejected
from core.fitting import fitted


def letter(text: str) -> Letter:
    return Letter(id=1, chat="1", address="1", content=Outgoing(text=text))


async def test_what_is_sent_is_shown_and_gets_a_counted_id() -> None:
    shown: list[Outgoing] = []
    channel: Channel = ConsoleChannel("console", CAPABILITIES, shown.append)
    sent = [await channel.send(letter(text)) for text in ("one", "two")]
    assert [content.text for content in shown] == ["one", "two"]
    assert [item.platform_id for item in sent] == ["bot1", "bot2"]
    await channel.acknowledge("1")
    await channel.retire_options("1", "bot1")
    await channel.typing("1")
    assert [finding.level for finding in await channel.health()] == ["OK"]
    await channel.close()


async def test_a_customers_file_is_read_from_where_it_lies(tmp_path: Path) -> None:
    channel = ConsoleChannel("console", CAPABILITIES, lambda content: None)
    file = tmp_path / "a.txt"
    file.write_bytes(b"abc")
    assert await channel.download(Media(kind="file", platform_file=str(file))) == b"abc"
    with pytest.raises(MessageRejected, match="gone"):
        await channel.download(Media(kind="file", platform_file=str(tmp_path / "no")))


async def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "big"
    with file.open("wb") as sparse:
        sparse.truncate(CAPABILITIES.download_bytes + 1)
    channel = ConsoleChannel("console", CAPABILITIES, lambda content: None)
    with pytest.raises(MessageRejected, match="too_large"):
        await channel.download(Media(kind="file", platform_file=str(file)))


OPTIONS = tuple(Option(key=f"k{n}", label=f"Label {n}", token=f"t{n}") for n in range(40))


def test_plain_shows_any_number_of_options_as_buttons_and_talk_as_numbers() -> None:
    content = Outgoing(text="Choose", options=OPTIONS)
    (plain,) = fitted(content, PLAIN)
    assert not plain.numbered
    assert len(plain.options) == 40
    (talk,) = fitted(content, CAPABILITIES)
    assert talk.numbered
    assert "40. Label 39" in talk.text


@given(st.binary(max_size=200))
def test_any_line_of_bytes_is_read(raw: bytes) -> None:
    text = decoded(raw)
    asked = parse(text)
    if asked is not None:
        update_of(asked, "1", "")
    text.encode()
    assert "\x1b" not in text
    assert "\x00" not in text


@given(st.text(max_size=200), st.text(max_size=40))
def test_whatever_is_said_every_line_is_marked_and_can_be_printed(text: str, label: str) -> None:
    option = Option(key="key", label=label, token="t")
    lines = Plain().event(Said(content=Outgoing(text=text, options=(option,))))
    assert lines[0].startswith("< ")
    assert all(line.startswith("  ") for line in lines[1:])
    for line in lines:
        line.encode()
        assert len(line.splitlines()) <= 1
        assert "\x1b" not in line


@given(st.text(alphabet="+0123456789 ()-.x", max_size=20))
def test_a_phone_is_e164_or_nothing(text: str) -> None:
    phone = phone_number(text)
    assert phone == "" or (phone[0] == "+" and phone[1:].isdigit() and 8 <= len(phone[1:]) <= 15)


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("/phone +7 921 000-12-34", "+79210001234"),
        ("/phone 89210001234", "+79210001234"),
        ("/phone 79210001234", "+79210001234"),
        ("/phone +44 20 7946 0958", "+442079460958"),
    ],
)
def test_phones_are_read_as_people_write_them(typed: str, phone: str) -> None:
    assert parse(typed) == Phone(phone)


@pytest.mark.parametrize("line", ["//press", "/pressing", "привет /press x", "/ start", "/"])
def test_only_a_command_at_the_beginning_is_one(line: str) -> None:
    assert parse(line) == Text(line)
