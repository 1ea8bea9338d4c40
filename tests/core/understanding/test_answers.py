"""Whether a text says yes or no and nothing besides, and which side a button takes."""

import pytest

from core.understanding.entities import side, wants_more, yes_no_alone

YES = (
    "есть",
    "есть, спасибо",
    "да",
    "ага",
    "да, спасибо",
    "ну да",
    "ок",
    "+",
    "👍",
    "yes",
    "yes, please",
    "sure",
    "yep, ok",
    "da",
    "lf",
)
NO = (
    *("нет", "неа", "нет, спасибо", "нет вопросов", "больше вопросов нет", "да нет, наверное"),
    *("нет, не надо", "нет, больше ничего не надо", "не надо", "не сейчас", "нет, всё", "-", "👎"),
    *(
        "no",
        "nope",
        "no, thank you",
        "no, that is all",
        "no, nothing else",
        "not now",
        "net",
        "ytn",
        "нифига",
        "no, i don't",
    ),
)
OTHER = (
    *("нет интернета", "нет связи", "нет денег", "нету денег на счёте", "не работает интернет"),
    *("не работает роутер", "не получается оплатить", "нет, пароль забыл", "нет, послезавтра"),
    *(
        "нет, в москве",
        "да, какой баланс",
        "ага, баланс",
        "есть проблема",
        "нет?",
        "не знаю",
        "фиолетовый",
        "",
    ),
    *("no internet", "no, my password", "yes, my balance", "it doesn't load", "да, не подключать"),
    "net is down",
)


@pytest.mark.parametrize("answers", [yes_no_alone, wants_more])
@pytest.mark.parametrize(
    ("text", "answer"),
    [(t, True) for t in YES] + [(t, False) for t in NO] + [(t, None) for t in OTHER],
)
def test_a_yes_or_no_stands_alone_or_among_courtesies(
    answers: object, text: str, answer: bool | None
) -> None:
    assert callable(answers)
    assert answers(text) is answer


@pytest.mark.parametrize(
    ("text", "alone", "more"),
    [
        ("не работает", False, None),
        ("нет, не работает", False, None),
        ("нет, всё работает", False, False),
        ("нет, всё получилось, спасибо", False, False),
        ("работает", True, None),
        ("да, работает", True, True),
        ("не получилось", False, None),
        ("no, it doesn't work", False, None),
        ("no, it works", False, False),
        ("no, i need help", False, None),
        ("сделал, но не работает", False, None),
        ("done, but it didn't help", False, None),
        ("отлично, получилось", True, None),
        ("ура, наконец-то заработало!", True, None),
        ("нормально не работает", False, None),
        ("great, it finally works", True, None),
    ],
)
def test_how_it_went_answers_a_question_but_not_whether_there_is_more(
    text: str, alone: bool, more: bool | None
) -> None:
    assert yes_no_alone(text) is alone
    assert wants_more(text) is more


@pytest.mark.parametrize(
    ("text", "label", "answer"),
    [
        ("да, подключи", "Да, подключить", True),
        ("да, не подключай", "Да, подключить", None),
        ("да, перейти на него", "Да, перейти", None),
        ("да, перезвоните", "Да, перейти", None),
        ("yes, connect", "Yes, get connected", True),
        ("yes, get me connected", "Yes, get connected", True),
    ],
)
def test_words_of_the_label_say_nothing_besides(text: str, label: str, answer: bool | None) -> None:
    assert yes_no_alone(text, known=label) is answer


@pytest.mark.parametrize(
    ("label", "takes"),
    [
        *((label, True) for label in ("Да, есть вопрос", "✅ Да", "👍", "Получилось", "Ok, go on")),
        ("Да, всё ещё не работает", True),
        *((label, False) for label in ("Нет, спасибо", "Не получилось", "Не надо", "No, thanks")),
        *((label, None) for label in ("Не знаю номер", "Номер уже не мой", "Точно не знаю", "")),
        *((label, None) for label in ("Спасибо, хватит", "Нужна помощь", "Not my number any more")),
    ],
)
def test_a_button_takes_a_side_by_its_first_word_or_as_a_whole(
    label: str, takes: bool | None
) -> None:
    assert side(label) is takes
