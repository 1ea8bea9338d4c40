"""Our own messages changed and taken back: what an operator does is what the customer sees."""

from pathlib import Path

import pytest

from core.channel import Letter, Rewriting, Sent, StoredFile
from core.content import Media, Outgoing
from core.errors import MessageRejected
from tests.bots.contract import house as houses
from tests.bots.contract.behaviour import behaviour
from tests.bots.contract.house import Door
from tests.bots.contract.platforms import DOUBLES, double_of
from tests.bots.letters import stored
from tests.fakes.platform import Standing


def rewriting(door: Door) -> Rewriting:
    """The channel as what can change its messages."""
    assert isinstance(door.channel, Rewriting)
    return door.channel


async def sent(door: Door, row: int, text: str, *files: StoredFile) -> Sent:
    """A message of an operator, with pictures of ours above its words."""
    media = tuple(Media(kind="image", attachment=file.name, mime=file.mime) for file in files)
    return await door.channel.send(
        Letter(
            id=row,
            chat=door.chat,
            address=door.chat,
            content=Outgoing(text=text, media=media),
            files={file.name: file for file in files},
            kind="operator",
        )
    )


@behaviour("rewriting")
async def test_a_changed_message_of_ours_is_changed_where_it_stands(door: Door) -> None:
    first = await sent(door, 1, "Здрасте")
    await sent(door, 2, "Чем помочь?")
    for _ in range(2):  # the same text again is no failure
        await rewriting(door).edit(door.chat, first.platform_id, "Здравствуйте! <b> & **x**")
    assert door.double.standing(door.chat) == [
        Standing("Здравствуйте! <b> & **x**"),
        Standing("Чем помочь?"),
    ]
    assert len(door.double.sent(door.chat)) == 2


@behaviour("rewriting")
async def test_a_message_of_ours_taken_back_is_gone_for_the_customer(door: Door) -> None:
    first = await sent(door, 1, "не туда")
    await sent(door, 2, "Чем помочь?")
    for _ in range(2):  # what is gone already is no failure
        await rewriting(door).erase(door.chat, first.platform_id)
    assert door.double.standing(door.chat) == [Standing("Чем помочь?")]
    with pytest.raises(MessageRejected):
        await rewriting(door).edit(door.chat, first.platform_id, "поздно")


@behaviour("rewriting")
async def test_a_picture_stays_when_its_words_change(door: Door, tmp_path: Path) -> None:
    one = await sent(door, 1, "Схема", stored(tmp_path, content=b"\x89PNG 1"))
    await rewriting(door).edit(door.chat, one.platform_id, "Схема подключения")
    assert door.double.standing(door.chat) == [Standing("Схема подключения", 1)]


@behaviour("rewriting")
async def test_an_album_taken_back_leaves_no_picture(door: Door, tmp_path: Path) -> None:
    pictures = [stored(tmp_path, f"{n}.png", content=f"\x89PNG {n}".encode()) for n in range(3)]
    album = await sent(door, 1, "Схемы", *pictures)
    await rewriting(door).edit(door.chat, album.platform_id, "Схемы дома")
    shown = door.double.standing(door.chat)
    assert ([one.text for one in shown if one.text], sum(one.files for one in shown)) == (
        ["Схемы дома"],
        3,
    )
    await rewriting(door).erase(door.chat, album.platform_id)
    assert door.double.standing(door.chat) == []


@behaviour("rewriting")
async def test_what_is_no_message_of_ours_cannot_be_changed(door: Door) -> None:
    for nonsense in ("", "p1", "c", "1e3"):
        with pytest.raises(MessageRejected):
            await rewriting(door).edit(door.chat, nonsense, "слово")


@pytest.mark.parametrize("platform", DOUBLES)
async def test_what_a_channel_says_it_can_change_it_can(platform: str) -> None:
    async with houses.door(double_of(platform)) as door:
        can = isinstance(door.channel, Rewriting)
        assert (door.can.edit, door.can.delete) == (can, can)
