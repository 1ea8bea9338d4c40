"""Comments under a post, from the webhook through the engine to the wall."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.content import Outgoing
from core.updates import OperatorReplied, OperatorTook
from tests.bots.contract.house import House, house
from tests.fakes.platform import Event
from tests.fakes.vk import Accepted
from tests.fakes.vk_platform import GROUP, VkDouble
from tests.stories.shipped import texts

INVITATION = texts()["ru"]["comment_invitation"]
ANNA: dict[str, Any] = {"operator": "anna", "name": "Анна"}


class Wall(VkDouble):
    """A community that answers comments."""

    def settings(self, **overrides: Any) -> dict[str, Any]:
        return super().settings(**{"comments": True, **overrides})

    def comment(self, chat: str, text: str, post: int = 345) -> Event:
        number = next(self._numbers)
        comment = {
            "id": 800 + number,
            "from_id": int(chat),
            "date": 1795600020,
            "text": text,
            "post_id": post,
            "post_owner_id": -GROUP,
            "owner_id": -GROUP,
            "parents_stack": [],
        }
        return self._event("wall_reply_new", comment)

    @property
    def answers(self) -> list[Accepted]:
        return [entry for entry in self.fake.ledger if entry.method == "wall.createComment"]


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def place(wall: Wall, tmp_path: Path) -> AsyncIterator[House]:
    async with house(wall, tmp_path) as opened:
        yield opened


async def commented(place: House, wall: Wall, text: str, post: int = 345) -> int:
    """Somebody comments; the id of the comment."""
    event = wall.comment(place.chat, text, post)
    await place.post(event)
    await place.work()
    number: int = json.loads(event.body)["object"]["id"]
    return number


async def test_a_comment_is_kept_and_answered_once_under_the_post(place: House, wall: Wall) -> None:
    number = await commented(place, wall, "Почему не работает? Счёт 77001234")
    await commented(place, wall, "баланс")
    await commented(place, wall, "позовите оператора")
    (answer,) = wall.answers
    assert answer.fields["message"] == INVITATION
    assert answer.fields["reply_to_comment"] == str(number)
    assert (answer.fields["owner_id"], answer.fields["post_id"]) == (str(-GROUP), "345")
    assert wall.sent() == []
    kept = place.look("SELECT text FROM message WHERE direction = 'in' ORDER BY n")
    assert kept == [("Почему не работает? Счёт 77001234",), ("баланс",), ("позовите оператора",)]
    assert place.look("SELECT count(*) FROM escalation") == [(0,)]


async def test_a_card_number_under_a_post_is_never_stored(place: House, wall: Wall) -> None:
    await commented(place, wall, "моя карта 4111 1111 1111 1111")
    assert len(wall.answers) == 1, "and nobody is told of it in public"
    assert "4111" not in repr(place.look("SELECT text FROM message"))
    assert "4111" not in repr(place.look("SELECT payload FROM 'update'"))


async def test_each_post_is_answered_by_itself(place: House, wall: Wall) -> None:
    await commented(place, wall, "раз", post=1)
    await commented(place, wall, "два", post=2)
    assert [entry.fields["post_id"] for entry in wall.answers] == ["1", "2"]


async def test_a_repeated_event_is_answered_once(place: House, wall: Wall) -> None:
    event = wall.comment(place.chat, "раз")
    for _ in range(3):
        await place.post(event)
    await place.work()
    assert len(wall.answers) == 1


async def test_the_author_is_the_same_person_in_private(place: House, wall: Wall) -> None:
    await commented(place, wall, "Почему не работает?")
    await place.post(wall.text(place.chat, "меню"))
    await place.work()
    assert place.heard(place.chat), "the bot answers in private"
    people = place.look("SELECT DISTINCT identity FROM dialog")
    assert len(people) == 1
    assert place.look("SELECT count(*) FROM dialog") == [(2,)]


async def test_an_operators_words_stand_under_the_post_and_nothing_else(
    place: House, wall: Wall
) -> None:
    await commented(place, wall, "Почему не работает?")
    ((dialog,),) = place.look("SELECT id FROM dialog")
    took = OperatorTook(**ANNA, supervisor=True)
    await place.store.append(dialog, took, place.clock(), "1")
    reply = OperatorReplied(**ANNA, client_id="c", content=Outgoing(text="Уже чиним"))
    await place.store.append(dialog, reply, place.clock(), "2")
    await place.work()
    assert [entry.fields["message"] for entry in wall.answers] == [INVITATION, "Уже чиним"]
    assert wall.sent() == []


async def test_an_answer_whose_fate_is_unknown_stands_there_once(place: House, wall: Wall) -> None:
    wall.fail("drop")
    await commented(place, wall, "Почему не работает?")
    assert list(place.states().values()) == ["unknown"]
    await place.wait(10)
    assert list(place.states().values()) == ["sent"]
    assert len(wall.answers) == 1
