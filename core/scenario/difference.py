"""What differs between two bundles, for whoever is about to publish one."""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from core.scenario import model
from core.scenario.faces import texts_of
from core.scenario.model import Bundle, Scenario


class TextChange(msgspec.Struct, frozen=True, kw_only=True):
    """old: empty for a new text; new: empty for one that is gone. lang: of a translation."""

    key: str
    old: str
    new: str
    lang: str = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Of one scenario. state: whether the whole scenario is new or gone. Steps without an id of
    their own are named by their place and begin with `~`.

    vanished: open dialogs that stand there start the scenario anew."""

    scenario: str
    state: str = "changed"
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    texts: tuple[TextChange, ...] = ()


def diff(old: Bundle, new: Bundle) -> tuple[Difference, ...]:
    """Scenarios that differ, by id; bot.yaml's own and the engine's texts stand under `bot`."""
    found = []
    for name in sorted({*old.scenarios, *new.scenarios}):
        one = _scenario(name, old, new)
        if one is not None:
            found.append(one)
    texts = tuple(_engine_texts(old, new))
    if texts:
        found.append(Difference(scenario="bot", texts=texts))
    return tuple(found)


def _scenario(name: str, old: Bundle, new: Bundle) -> Difference | None:
    before, after = old.scenarios.get(name), new.scenarios.get(name)
    were, are = _steps(before), _steps(after)
    made = Difference(
        scenario=name,
        state="added" if before is None else "removed" if after is None else "changed",
        added=tuple(sorted(are.keys() - were.keys())),
        changed=tuple(sorted(step for step in are.keys() & were.keys() if are[step] != were[step])),
        vanished=tuple(sorted(step for step in were if not _matches(were[step], are.get(step)))),
        texts=tuple(_texts(name, old, new)),
    )
    whole = before is None or after is None or _head(before) != _head(after)
    return made if whole or made.added or made.changed or made.vanished or made.texts else None


def _head(scenario: Scenario) -> Scenario:
    """What a scenario is besides its steps."""
    return replace(scenario, steps={})


def _steps(scenario: Scenario | None) -> dict[str, model.AnyStep]:
    steps = scenario.steps.values() if scenario is not None else ()
    return {step.id: replace(step, line=0) for step in steps}


def _matches(was: model.AnyStep, now: model.AnyStep | None) -> bool:
    """Whether a dialog at the old step can go on at the new one: same id, same verb."""
    return now is not None and type(now) is type(was)


def _texts(name: str, old: Bundle, new: Bundle) -> Iterator[TextChange]:
    before, after = old.scenarios.get(name), new.scenarios.get(name)
    if before is None or after is None:
        return
    yield from _changes(texts_of(before), texts_of(after), "")
    for lang in sorted({*old.translations, *new.translations}):
        was = old.translations.get(lang, {}).get(name, model.Translation())
        now = new.translations.get(lang, {}).get(name, model.Translation())
        yield from _changes(dict(was.texts), dict(now.texts), lang)


def _engine_texts(old: Bundle, new: Bundle) -> Iterator[TextChange]:
    for lang in sorted({*old.texts, *new.texts}):
        yield from _changes(dict(old.texts.get(lang, {})), dict(new.texts.get(lang, {})), lang)


def _changes(was: dict[str, str], now: dict[str, str], lang: str) -> Iterator[TextChange]:
    for key in sorted({*was, *now}):
        if was.get(key) != now.get(key):
            yield TextChange(key=key, old=was.get(key, ""), new=now.get(key, ""), lang=lang)
