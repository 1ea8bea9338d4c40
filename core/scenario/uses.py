"""Every place of a step where a name is read: texts, conditions, values."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from core.scenario import model
from core.scenario.flow import Path

#: `text` a template, `value` an expression whose result is kept or given, `cond` a condition.
Kind = Literal["text", "value", "cond"]


class Use(NamedTuple):
    """path: of the field, below the step. item: expression of the list whose element `item` is.

    argument: name of the service's argument a value is given to; secret slots may stand there.
    wants: `list` where only a list fits. target: slot that takes the value, of the scenario that is
    run where there is one. button: key of the
    button it belongs to.
    """

    kind: Kind
    source: str
    path: Path
    item: str = ""
    argument: str = ""
    wants: str = ""
    target: str = ""
    button: str = ""


def uses(step: model.AnyStep) -> Iterator[Use]:
    """All uses of one step, in the order of the file."""
    match step:
        case model.Say():
            yield Use("text", step.text, ("say",))
            if step.list is not None:
                yield from _list(step.list)
        case model.Ask():
            yield from _ask(step)
        case model.Choose():
            yield Use("text", step.text, ("choose",))
            yield from _question(step)
        case model.If():
            yield Use("cond", step.cond, ("if",))
        case model.CallStep():
            for name, value in step.arguments.items():
                yield from _value(value, ("with", name), argument=name)
            yield Use("text", step.wait, ("wait",))
        case _:
            yield from _rest(step)


def _rest(step: model.AnyStep) -> Iterator[Use]:
    match step:
        case model.SetStep():
            for name, value in step.values.items():
                yield from _value(value, ("set", name), target=name)
        case model.Run():
            for name, value in step.given.items():
                yield from _value(value, ("with", name), target=name)
        case model.Return():
            for name, value in step.values.items():
                yield from _value(value, ("return", name))
        case model.EscalateStep():
            yield Use("text", step.say, ("escalate", "say"))
            yield Use("text", step.summary, ("escalate", "summary"))
        case model.Done():
            yield Use("text", step.say, ("done", "say"))


def _value(value: model.Value, path: Path, argument: str = "", target: str = "") -> Iterator[Use]:
    """A value of `with`, `set`, `return`: a string is an expression, the others are themselves."""
    yield Use("value", _source(value), path, argument=argument, target=target)


def _source(value: model.Value) -> str:
    """A value as an expression is written."""
    if isinstance(value, str):
        return value
    return "null" if value is None else str(value).lower()


def _list(made: model.ListOf) -> Iterator[Use]:
    yield Use("value", made.of, ("list", "of"), wants="list")
    yield Use("text", made.line, ("list", "line"), item=made.of)
    yield Use("text", made.empty, ("list", "empty"))


def _ask(step: model.Ask) -> Iterator[Use]:
    yield Use("text", step.text, ("text",))
    yield Use("text", step.wrong, ("wrong",))
    made = step.options_from
    if made is not None:
        yield Use("value", made.of, ("options_from", "of"), wants="list")
        yield Use("text", made.label, ("options_from", "label"), item=made.of)
    yield from _question(step)


def _question(step: model.Ask | model.Choose) -> Iterator[Use]:
    for i, button in enumerate(step.buttons):
        here = ("buttons", i)
        yield Use("text", button.label, (*here, "label"), button=button.key)
        yield Use("text", button.url, (*here, "url"), button=button.key)
        if button.show_if:
            yield Use("cond", button.show_if, (*here, "show_if"), button=button.key)
    if step.silence is not None and step.silence.say:
        yield Use("text", step.silence.say, ("silence", "say"))
