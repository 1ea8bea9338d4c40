"""Answers of service doubles, checked against what the service declares."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from core.scenario.model import Signature

_ALWAYS = ("timeout", "unavailable")


def misfit(answer: Mapping[str, Any], signature: Signature) -> str:
    """What is wrong with a double's answer, empty when the service could give it."""
    if "error" in answer:
        name = str(answer["error"])
        return "" if name in signature.errors or name in _ALWAYS else f"error {name}"
    tops = {path.split(".")[0] for path in signature.result}
    strange = [name for name in answer if name not in tops]
    if strange:
        return ", ".join(strange)
    for path, kind in signature.result.items():
        wrong = _wrong(path.split("."), kind, answer)
        if wrong:
            return f"{path}: {wrong}"
    return ""


def _wrong(path: Sequence[str], kind: str, value: Any) -> str:
    """Walks one declared path; what is wrong with the value at its end."""
    optional = kind.endswith("?")
    for at, part in enumerate(path):
        if part == "*":
            items = value if isinstance(value, list | tuple) else ()
            found = (_wrong(path[at + 1 :], kind, item) for item in items)
            return next((wrong for wrong in found if wrong), "")
        if value is None:
            return ""  # its owner is missing and was judged on its own path
        if not isinstance(value, Mapping):
            return f"{value!r}"
        if part not in value:
            return "" if optional or at < len(path) - 1 else "—"
        value = value[part]
    return _wrong_value(kind.rstrip("?"), optional, value)


def _wrong_value(kind: str, optional: bool, value: Any) -> str:
    if value is None:
        return "" if optional else "null"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "text": isinstance(value, str),
        "number": number,
        "bool": isinstance(value, bool),
        "date": isinstance(value, date) or _is_moment(value),
        "moment": isinstance(value, datetime) or _is_moment(value),
        "list": isinstance(value, list | tuple),
        "object": isinstance(value, Mapping),
    }
    return "" if fits.get(kind, True) else f"{value!r}"


def _is_moment(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def plain(value: Any) -> Any:
    """A double's value as a service's result looks in JSON."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
