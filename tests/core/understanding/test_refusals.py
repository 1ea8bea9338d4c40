"""Who wants no people, and what else such a message says."""

import pytest

from core.understanding.reader import Reader
from core.understanding.refusals import asks_for_people, beside_refusal
from tests.core.understanding.build import bot, bundle

_PEOPLE = frozenset({"оператор", "человек", "operator", "person", "human"})
_WORDS = {"operator": ("оператор", "человек", "operator", "person", "human", "дайте оператора")}


@pytest.mark.parametrize(
    "text",
    [
        "не надо оператора",
        "оператор не нужен",
        "оператора звать не надо",
        "без оператора",
        "только не оператор",
        "не хочу говорить с оператором",
        "не хочу с человеком общаться",
        "с оператором разговаривать не хочу",
        "не хочу ни с каким оператором говорить",
        "не хочу, чтобы меня переводили на оператора",
        "не переводите на человека",
        "не зовите никакого оператора",
        "пожалуйста, не соединяйте меня с оператором!",
        "не надо звать людей",
        "нет, не надо оператора",
        "оператор не нужен, спасибо",
        "no operator please",
        "no need for an operator",
        "not a person please",
        "I don't want to talk to a person",
        "please don't transfer me to a human",
        "do not connect me with an operator",
        "I don't need an operator",
        "operator is not needed",
    ],
)
def test_a_bare_refusal_leaves_nothing_to_understand(text: str) -> None:
    assert beside_refusal(text.lower(), _PEOPLE) == ""


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("оператор не нужен, как узнать баланс?", "как узнать баланс?"),
        ("не переключайте на оператора, забыл пароль", "забыл пароль"),
        ("забыл пароль, оператор не нужен", "забыл пароль"),
        ("не хочу говорить с оператором как узнать баланс", "как узнать баланс"),
        ("как узнать баланс без оператора?", "как узнать баланс ?"),
        ("не надо оператора, позовите начальника", "позовите начальника"),
        ("не надо оператора, дайте человека", "дайте человека"),
        ("no human, what is my balance", "what is my balance"),
        ("i don't want an operator, how do i pay?", "how do i pay?"),
    ],
)
def test_what_stands_beside_a_refusal_is_left(text: str, rest: str) -> None:
    assert beside_refusal(text, _PEOPLE) == rest


@pytest.mark.parametrize(
    "text",
    [
        "не хочу говорить с ботом, дайте оператора",
        "не хочу говорить с роботом хочу человека",
        "не надо бота, оператора",
        "не надо мне тут меню, позовите человека",
        "не нужен мне ваш бот нужен оператор",
        "нужен человек а не бот",
        "хочу оператора не хочу бота",
        "не понимаю, позовите человека",
        "не хочу, позовите человека",
        "не хочу ждать, позовите оператора",
        "не хочу ждать оператора",
        "не надо хочу оператора",
        "не могу дозвониться до оператора",
        "не могу поговорить с человеком",
        "не поговорить с человеком",
        "никак не могу связаться с оператором",
        "никак оператора не дождусь",
        "без оператора не разобраться",
        "не обойтись без оператора",
        "почему нет оператора",
        "нет, оператора",
        "почему не соединяете с оператором",
        "почему не переводите на оператора",
        "вы не переводите на оператора",
        "не переводите на оператора уже час",
        "вы не соединили меня с оператором",
        "оператор не помог",
        "оператор не отвечает",
        "мне не помог бот, переведите на оператора",
        "не работает интернет, позовите оператора",
        "я не бот, дайте человека",
        "no, operator",
        "no i want an operator",
        "no bot, human",
        "no operator answers",
        "no no no operator",
        "i don't want a bot, give me a person",
        "i don't want to wait for an operator",
        "i can't reach an operator",
        "i did not talk to a person",
        "why don't you connect me to an operator",
        "не работает интернет",
        "как узнать баланс",
        "",
    ],
)
def test_who_asks_for_people_beside_a_not_refuses_nobody(text: str) -> None:
    assert beside_refusal(text, _PEOPLE) is None


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("не понимаю, позовите человека", True),
        ("не работает ничего дайте живого человека", True),
        ("ты тупой бот соедини меня с оператором", True),
        ("i don't get it, connect me to a human", True),
        ("дайте телефон оператора", False),
        ("не надо, человек уже пришёл", False),
        ("переведите деньги человеку", False),
        ("дайте человеку отдохнуть", False),
        ("оператор обещал перезвонить", False),
    ],
)
def test_who_asks_for_people_in_so_many_words_is_sure_to_want_them(text: str, asks: bool) -> None:
    assert asks_for_people(text, _PEOPLE) is asks


def test_whoever_is_asked_for_the_meaning_is_people_whatever_else_is_said() -> None:
    reader = Reader(bundle(bot=bot(words=_WORDS)))
    for text in ("не работает ничего, дайте человека", "забыл пароль! дайте мне оператора"):
        meaning = reader.meaning(text)
        assert (meaning.zone, meaning.best) == ("answer", "operator")
    assert reader.meaning("не надо, не зовите человека, забыл пароль").best == "password"


def test_the_meaning_is_that_of_what_stands_beside_a_refusal() -> None:
    reader = Reader(bundle(bot=bot(words=_WORDS)))
    for text in ("забыл пароль", "позовите оператора"):
        assert reader.meaning(f"не хочу говорить с человеком, {text}") == reader.meaning(text)
    for text in ("не хочу говорить с человеком", "ne nado operatora"):
        assert reader.refuses_people(text)
        assert reader.meaning(text).zone == "rephrase"
    assert not reader.refuses_people("не надо человека, забыл пароль")
