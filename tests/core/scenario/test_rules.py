"""The graph rules: what is filled when, which circles are endless, what needs a confirmation."""

import pytest

from tests.core.scenario.small_rules import ACCOUNT, CITY, DONE, LOOK, WHERE, codes, found


@pytest.mark.parametrize(
    "steps",
    [
        CITY + '  - say: "{city}"\n' + DONE,
        '  - say: "{city|или: где-то}"\n' + DONE,
        "  - if: city != null\n    then: [{say: '{city}'}]\n" + DONE,
        "  - if: city == null\n    then: [{say: Где}]\n    else: [{say: '{city}'}]\n" + DONE,
        "  - if: city\n    then: [{say: '{city}'}]\n" + DONE,
        "  - if: not city\n    then: [{done: {result: x}}]\n  - say: '{city}'\n" + DONE,
        "  - if: city != null and city == 'spb'\n    then: [{say: '{city}'}]\n" + DONE,
        "  - if: city == null or city == 'spb'\n    then: [{say: Да}]\n" + DONE,
        "  - set: {city: \"'spb'\"}\n  - say: '{city}'\n" + DONE,
        ACCOUNT + LOOK + "  - say: '{b.amount|money} {account}'\n" + DONE,
        ACCOUNT + LOOK + "  - say: Вот\n    list: {of: b.items, line: '{item.name}'}\n" + DONE,
        "  - choose: Ну?\n    id: c\n    buttons:\n"
        "      - {key: a, label: 'В {city}', show_if: city != null, go: end}\n"
        "      - {key: b, label: Нет, go: end}\n" + DONE,
        CITY + "  - say: '{city}'\n    entry: Здесь\n    id: here\n" + DONE,
        "  - say: '{level} {lang} {links.pay}'\n" + DONE,
        "  - if: desk_open and level != 'verified'\n    then: []\n" + DONE,
    ],
    ids=range(15),
)
def test_what_is_filled_or_asked_about_is_no_finding(steps: str) -> None:
    assert found(steps) == []


@pytest.mark.parametrize(
    "steps",
    [
        "  - if: sure\n    then:\n      - set: {city: \"'spb'\"}\n  - say: '{city}'\n" + DONE,
        CITY + "  - set: {city: null}\n  - say: '{city}'\n" + DONE,
        CITY.replace("[{escalate: {reason: no}}]", "[{say: Ладно}]") + "  - say: '{city}'\n" + DONE,
        "  - if: city != 'spb'\n    then: [{say: '{city}'}]\n" + DONE,
        "  - if: city == null\n    then: [{say: '{city}'}]\n" + DONE,
        "  - if: city != null or sure\n    then: [{say: '{city}'}]\n" + DONE,
        # an operator may come back here, and then there is no result of the call
        ACCOUNT + LOOK + "  - say: '{b.title}'\n    entry: Здесь\n    id: here\n" + DONE,
        # an error branch that goes on: b is not there
        ACCOUNT + LOOK.replace('[{done: {result: no, say: "{error.name}: {error.text|или: нет}"}}]',
            "[{say: Нет}]") + "  - say: '{b.amount}'\n" + DONE,
        # `error` is known in an error branch only
        ACCOUNT + LOOK + "  - say: '{error.name}'\n" + DONE,
        # asked anew, and everything filled after the question is forgotten
        "  - set: {sure: true}\n" + CITY + "  - say: '{sure}'\n  - set: {sure: false}\n"
        "  - choose: Ну?\n    id: c\n    buttons:\n      - {key: a, label: А, go: end}\n"
        "      - {key: b, label: Б, go: ask_city}\n" + DONE,
    ],
    ids=range(10),
)  # fmt: skip
def test_a_way_without_the_value_is_a_finding(steps: str) -> None:
    assert set(codes(steps)) == {"E016"}


def test_a_sub_scenario_fills_what_it_surely_asks() -> None:
    sub = WHERE + CITY + "  - return: {}\n"
    steps = "  - run: where\n  - say: '{city}'\n" + DONE
    assert found(steps, **{"ru/where.yaml": sub}) == []
    lazy = sub.replace("[{escalate: {reason: no}}]", "[{return: {}}]")
    assert codes(steps, **{"ru/where.yaml": lazy}) == ["E016"]


AGAIN = (
    "  - set: {city: \"'spb'\"}\n"
    + ACCOUNT
    + "  - say: '{city}'\n"
    + "  - choose: Ну?\n    id: c\n    buttons:\n      - {key: a, label: А, go: end}\n"
    + "      - {key: b, label: Б, do: [{run: where}, {go: ask_account}]}\n"
    + DONE
)


def test_what_a_sub_scenario_sets_is_forgotten_with_the_question_before_it() -> None:
    sets = WHERE + "  - set: {city: \"'spb'\"}\n  - return: {}\n"
    assert codes(AGAIN, **{"ru/where.yaml": sets}) == ["E016"]
    again = CITY + "  - choose: Ну?\n    id: c\n    buttons:\n      - {key: a, label: А, go: out}\n"
    again += "      - {key: b, label: Б, go: ask_city}\n  - return: {}\n    id: out\n"
    assert codes(AGAIN, **{"ru/where.yaml": WHERE + again}) == ["E016"]


def test_what_a_sub_scenario_asks_for_only_if_it_is_unknown_stays_known() -> None:
    asks = WHERE + CITY + "  - return: {}\n"
    assert codes(AGAIN, **{"ru/where.yaml": asks}) == []


def test_a_sub_scenario_that_never_returns_leaves_what_follows_unreachable() -> None:
    sub = "format: 1\nscenario: stop\ntitle: С\ninternal: true\nsteps: [{done: {result: x}}]\n"
    assert codes("  - run: stop\n" + DONE, **{"ru/stop.yaml": sub}) == ["W021"]


@pytest.mark.parametrize(
    ("waits", "endless"),
    [
        ("  - choose: Ну?\n    id: c\n    buttons: [{key: a, label: А, go: one}]\n", False),
        ("  - go: ask_city\n", False),
        ("  - run: menu\n  - go: one\n", True),
        ("  - run: confirm\n  - go: one\n", False),
        ("  - if: sure\n    then: [{go: one}]\n" + DONE, True),
        (ACCOUNT + "  - go: one\n", True),
        (ACCOUNT.replace("account", "code") + "  - go: one\n", False),
    ],
)
def test_a_circle_needs_a_step_that_surely_waits(waits: str, endless: bool) -> None:
    steps = "  - say: Раз\n    id: one\n" + CITY + waits
    # `menu` has a button that runs `debt`: that circle is E025, and it asks, so it waits.
    wanted = {"E023"} if endless and "menu" not in waits else set()
    assert {"E023"} & set(codes(steps)) == wanted


_WHERE_CIRCLE = (
    "  - say: Раз\n    id: one\n"
    "  - run: where\n    id: ask_where\n    %s\n"
    "  - if: sure\n    then: [{say: Назовите другой}, {go: %s}]\n" + DONE
)


@pytest.mark.parametrize(
    ("where", "given", "target", "endless"),
    [
        # `go` to a run forgets what was asked there, `go` to what stands before it does not
        (CITY + "  - return: {}\n", "with: {}", "ask_where", False),
        (CITY + "  - return: {}\n", "with: {}", "one", True),
        # what is given or set is known again
        (CITY + "  - return: {}\n", "with: {city: \"'spb'\"}", "ask_where", True),
        ("  - set: {city: \"'spb'\"}\n" + CITY + "  - return: {}\n", "with: {}", "ask_where", True),
        ("  - set: {city: null}\n" + CITY + "  - return: {}\n", "with: {}", "ask_where", False),
        # a way without a question
        ("  - if: desk_open\n    then: [{return: {}}]\n" + CITY + "  - return: {}\n",
         "with: {}", "ask_where", True),
        # what waits although all is known
        ("  - choose: Ну?\n    id: c\n    buttons: [{key: a, label: А, go: out}]\n"
         "  - return: {}\n    id: out\n", "with: {}", "one", False),
        ("  - run: deeper\n  - return: {}\n", "with: {}", "ask_where", False),
        ("  - run: deeper\n    with: {city: \"'spb'\"}\n  - return: {}\n", "with: {}", "ask_where",
         True),
        ("  - run: deeper\n  - return: {}\n", "with: {}", "one", True),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_circle_through_a_run_needs_a_question_that_surely_waits(
    where: str, given: str, target: str, endless: bool
) -> None:
    deeper = WHERE.replace("where", "deeper") + CITY + "  - return: {}\n"
    files = {"ru/where.yaml": WHERE + where, "ru/deeper.yaml": deeper}
    told = codes(_WHERE_CIRCLE % (given, target), **files)
    assert told == (["E023"] if endless else [])


_ASKS_WHERE = {"ru/where.yaml": WHERE + CITY + "  - return: {}\n"}
_SAVED = (
    "  - choose: Ну?\n    id: c\n    buttons:\n      - {key: a, label: А, go: end}\n"
    "      - {key: b, label: Б, go: %s}\n"
)


def test_what_was_filled_after_a_run_is_forgotten_by_go_to_it() -> None:
    lazy = CITY.replace("[{escalate: {reason: no}}]", "[{return: {}}]")
    files = {"ru/where.yaml": WHERE + lazy + "  - return: {}\n"}
    steps = (
        "  - set: {city: \"'spb'\"}\n  - run: where\n    id: ask_where\n"
        "  - say: '{city}'\n" + ACCOUNT + "%s" + DONE
    )
    assert codes(steps % (_SAVED % "ask_account"), **files) == []
    assert codes(steps % (_SAVED % "ask_where"), **files) == ["E016"]


def test_go_to_a_run_that_never_ran_before_forgets_nothing() -> None:
    steps = (
        CITY
        + "  - choose: Ну?\n    id: c\n    buttons: [{key: a, label: А, go: ask_where}]\n"
        + "  - run: where\n    id: ask_where\n  - say: '{city}'\n"
        + DONE
    )
    lazy = CITY.replace("[{escalate: {reason: no}}]", "[{return: {}}]")
    files = {"ru/where.yaml": WHERE + lazy + "  - return: {}\n"}
    assert codes(steps, **files) == []


def test_what_a_run_asks_anew_is_forgotten_with_the_question_before_it() -> None:
    steps = (
        "  - set: {city: \"'spb'\"}\n"
        + ACCOUNT
        + "  - say: '{city}'\n"
        + "  - choose: Ну?\n    id: c\n    buttons:\n      - {key: a, label: А, go: %s}\n"
        + "      - {key: b, label: Б, go: ask_where}\n"
        + "  - run: where\n    id: ask_where\n  - go: c\n"
        + DONE
    )
    assert codes(steps % "end", **_ASKS_WHERE) == []
    assert "E016" in codes(steps % "ask_account", **_ASKS_WHERE)


_PAY = "  - call: billing.pay\n    id: pay\n    with: {account: account}\n    save: p\n"


@pytest.mark.parametrize(
    ("before", "confirmed"),
    [
        ("", False),
        ("  - choose: Точно?\n    id: c\n    buttons: [{key: y, label: Да, go: pay}]\n", True),
        ("  - choose: Точно?\n    id: c\n    buttons: [{key: y, label: Да, go: ask_city}]\n" + CITY,
         True),
        (CITY, False),
        (ACCOUNT.replace("account", "code"), True),
        ("  - if: sure\n    then:\n      - choose: Точно?\n        id: c\n        buttons:\n"
         "          - {key: y, label: Да, go: pay}\n", False),
    ],
)  # fmt: skip
def test_a_change_needs_a_button_before_it(before: str, confirmed: bool) -> None:
    assert ("E024" in codes(ACCOUNT + before + _PAY + DONE)) is not confirmed


def test_a_change_in_a_sub_scenario_counts_from_where_it_is_run() -> None:
    sub = (
        """\
format: 1
scenario: paying
title: П
internal: true
data: {account: {type: account, title: счёт}}
steps:
"""
        + _PAY
        + "  - return: {}\n"
    )
    run = "  - run: paying\n    id: paying\n" + DONE
    ask = "  - choose: Точно?\n    id: c\n    buttons: [{key: y, label: Да, go: paying}]\n"
    assert codes(ACCOUNT + ask + run, **{"ru/paying.yaml": sub}) == []
    assert codes(ACCOUNT + run, **{"ru/paying.yaml": sub}) == ["E024"]


_SURE = """\
  - choose: Точно?
    id: sure
    buttons:
      - {key: y, label: Да, do: [{return: {}}]}
      - {key: n, label: Нет, do: [{done: {result: no}}]}
"""
_WHETHER = "  - if: desk_open\n    then: [{%s}]\n"
_NAMED = ACCOUNT.replace("account", "city").replace("{escalate: {reason: no}}", "{return: {}}")


def _internal(name: str, steps: str) -> dict[str, str]:
    head = f"format: 1\nscenario: {name}\ntitle: П\ninternal: true\n"
    slots = "data: {account: {type: account, title: счёт}, city: {type: city, title: город}}\n"
    return {f"ru/{name}.yaml": head + slots + "steps:\n" + steps}


@pytest.mark.parametrize(
    ("steps", "confirmed"),
    [
        (_SURE, True),
        # one way round the button is enough
        (_WHETHER % "return: {}" + _SURE, False),
        ("  - return: {}\n", False),
        # a way that does not come back needs no button
        (_WHETHER % "done: {result: no}" + _SURE, True),
        # the customer may have answered before, and then nothing waits here
        (_NAMED + "  - return: {}\n", False),
        ("  - run: deeper\n  - return: {}\n", True),
        (_WHETHER % "run: deeper" + "  - return: {}\n", False),
        ("  - run: lazy\n  - return: {}\n", False),
        # scenarios that run each other are E025; that is no reason to go round for ever
        ("  - run: round\n  - return: {}\n", True),
        (_WHETHER % "return: {}" + "  - run: round\n  - return: {}\n", False),
        # what a broken file would have asked is not missed
        ("  - run: broken\n  - return: {}\n", True),
    ],
    ids=range(11),
)
def test_a_button_in_a_sub_scenario_confirms_what_follows_its_run(
    steps: str, confirmed: bool
) -> None:
    files = {
        **_internal("asks", steps),
        **_internal("deeper", _SURE),
        **_internal("lazy", "  - return: {}\n"),
        **_internal("round", "  - run: asks\n  - return: {}\n"),
        "ru/broken.yaml": "format: 1\n",
    }
    told = codes(ACCOUNT + "  - run: asks\n" + _PAY + DONE, **files)
    assert ("E024" in told) is not confirmed


def test_a_change_before_the_button_of_a_sub_scenario_is_still_told() -> None:
    files = _internal("asks", _PAY + _SURE)
    assert codes(ACCOUNT + "  - run: asks\n" + DONE, **files) == ["E024"]


def test_runs_deeper_than_five_are_told_once() -> None:
    head = "format: 1\nscenario: s{0}\ntitle: С\ninternal: true\n"
    head += "steps: [{{run: s{1}}}, {{return: {{}}}}]\n"
    chain = {f"ru/s{n}.yaml": head.format(n, n + 1) for n in range(2, 6)}
    chain["ru/s6.yaml"] = head.format(6, 7).replace("{run: s7}, ", "")
    short = {name: text for name, text in chain.items() if name != "ru/s2.yaml"}
    # menu runs debt, and debt begins the chain
    assert codes("  - run: s3\n" + DONE, **short) == []
    assert codes("  - run: s2\n" + DONE, **chain) == ["E025"]


def test_an_option_of_the_file_saves_no_element_of_the_list() -> None:
    ask = ACCOUNT.replace("account", "tariff") + (
        "    options_from: {of: b.items, key: name, label: Да, save_item: picked}\n"
    )
    told = "  - say: '{picked.name}'\n" + DONE
    assert codes(ACCOUNT + LOOK + ask + told) == []
    both = ask + "    options: [{key: any, label: Любой}]\n"
    assert codes(ACCOUNT + LOOK + both + told) == ["E016"]
