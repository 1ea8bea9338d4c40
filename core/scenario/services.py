"""Services: typed functions of the company that a scenario may call, and what we know of them.

A service is an async function `(call: CallContext, **arguments) -> frozen dataclass | None`. Its
type hints are its contract: the checker reads them, results are checked against them, and only
plain JSON values reach the engine.
"""

import dataclasses
import types
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import msgspec

from core.errors import ConfigError, Refused, Unavailable
from core.scenario.model import Level, Signature

if TYPE_CHECKING:
    from core.backoffice.port import Backoffice

#: A larger result is a mistake of the service, and would not fit a dialog's state.
RESULT_BYTES = 16 * 1024

_PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "number",
    float: "number",
    Decimal: "number",
    bool: "bool",
    date: "date",
    datetime: "moment",
}


class ServiceError(Refused):
    """A service says no. name: one of its declared errors; text: fit for the customer."""


class Attempts(Protocol):
    """Counters of tries that survive restarts and are shared by parallel chats."""

    async def spend(self, keys: Sequence[str], limit: int, window: timedelta) -> bool:
        """Counts one try under each key (`code:chat:…`, `code:account:…`).

        False, and nothing is counted, when one of them already had `limit` tries within the
        window. Called before the try itself; a known and an unknown account count alike."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimits:
    """How often within `window` one chat, and one account or phone, may ask for a code, try one,
    or ask for a password link."""

    codes: int = 3
    checks: int = 5
    links: int = 3
    window: timedelta = timedelta(hours=1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What a service knows of the call besides its arguments.

    key: the same when the call is repeated after a crash. deadline: aware UTC; an answer after it
    is not waited for. identity: person in one channel. chat: where the person writes.
    """

    key: str
    deadline: datetime
    identity: str
    channel: str
    chat: str
    backoffice: "Backoffice"
    attempts: Attempts
    limits: AttemptLimits = AttemptLimits()


@dataclasses.dataclass(frozen=True, slots=True)
class Service:
    """One line of the table SERVICES.

    kind: `read` may be repeated; `act` harms nobody (a code is sent); `change` (money, contract)
    needs a button pressed before it. level: the lowest that may see the answer. subject: the
    argument, or `result.field`, that names the account in question. opaque: known and unknown
    accounts look alike and take at_least seconds. grants: the level its success gives. timeout:
    seconds. keyed: the other side drops a repeat by the call's key.
    """

    name: str
    func: Callable[..., Awaitable[Any]]
    kind: Literal["read", "act", "change"] = "read"
    _: dataclasses.KW_ONLY
    level: Level = "anonymous"
    subject: str = ""
    opaque: bool = False
    at_least: float = 0.0
    errors: tuple[str, ...] = ()
    grants: Level = "anonymous"
    timeout: float = 10.0
    keyed: bool = False


def signature(service: Service) -> Signature:
    """What a bundle knows of the service, from its type hints. Raises ConfigError when the
    function or its line in the table does not make a service."""
    problems: list[str] = []
    arguments, result = _hints(service, problems)
    if "error" in result:
        problems.append(f"{service.name}: no field of a result may be called `error`")
    subject = service.subject
    if subject.startswith("result."):
        if subject.removeprefix("result.") not in result:
            problems.append(f"{service.name}: its result has no field «{subject}»")
    elif subject and subject not in arguments:
        problems.append(f"{service.name}: it has no argument «{subject}»")
    if (service.level != "anonymous" or service.grants != "anonymous") and not subject:
        problems.append(f"{service.name}: a level needs a `subject`, the account it is about")
    if problems:
        raise ConfigError(problems)
    return Signature(
        name=service.name,
        kind=service.kind,
        level=service.level,
        subject=subject,
        grants=service.grants,
        opaque=service.opaque,
        keyed=service.keyed,
        at_least=service.at_least,
        timeout=service.timeout,
        errors=service.errors,
        arguments=arguments,
        result=result,
    )


def _hints(service: Service, problems: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    try:
        hints = typing.get_type_hints(service.func)
    except (NameError, TypeError) as error:
        problems.append(f"{service.name}: its type hints cannot be read: {error}")
        return {}, {}
    returns = hints.pop("return", type(None))
    names = list(hints)
    arguments: dict[str, str] = {}
    for name in names[1:]:
        kind, optional = _kind(hints[name])
        if kind not in set(_PLAIN.values()):
            problems.append(f"{service.name}: argument «{name}» has a type that no scenario has")
        arguments[name] = kind + "?" * optional
    result: dict[str, str] = {}
    if returns is not type(None):
        if dataclasses.is_dataclass(returns) and isinstance(returns, type):
            _fields(service.name, returns, "", result, problems)
        else:
            problems.append(f"{service.name}: it must return a frozen dataclass or nothing")
    return arguments, result


def _kind(hint: Any) -> tuple[str, bool]:
    """The name of a type in a signature, and whether the value may be absent."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        rest = [arg for arg in args if arg is not type(None)]
        return (_kind(rest[0])[0], len(rest) < len(args)) if len(rest) == 1 else ("", False)
    if origin is tuple and len(args) == 2 and args[1] is ...:
        return "list", False
    if origin is Literal and all(isinstance(arg, str) for arg in args):
        return "text", False
    if dataclasses.is_dataclass(hint):
        return "object", False
    return _PLAIN.get(hint, ""), False


def _inner(hint: Any) -> Any:
    """The type of an optional, or of a tuple's elements; else the type itself."""
    args = typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(arg for arg in args if arg is not type(None))
    return hint


def _fields(
    name: str, cls: type[Any], prefix: str, found: dict[str, str], problems: list[str]
) -> None:
    params = getattr(cls, "__dataclass_params__", None)
    if not getattr(params, "frozen", False):
        problems.append(f"{name}: {cls.__name__} must be a frozen dataclass")
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        _one(name, hints[field.name], prefix + field.name, found, problems)


def _one(name: str, hint: Any, path: str, found: dict[str, str], problems: list[str]) -> None:
    kind, optional = _kind(hint)
    if not kind or path.count(".") > 8:
        problems.append(f"{name}: field «{path}» has a type that no scenario can read")
        return
    found[path] = kind + "?" * optional
    inner = _inner(hint)
    if kind == "object":
        _fields(name, inner, path + ".", found, problems)
    elif kind == "list":
        _one(name, typing.get_args(inner)[0], path + ".*", found, problems)


def result_json(value: object) -> dict[str, Any]:
    """A service's result as plain JSON values: Decimal as number, days and moments as ISO text."""
    plain = _plain(value) if value is not None else None
    return plain if isinstance(plain, dict) else {}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def checked(signature: Signature, result: Mapping[str, Any]) -> dict[str, Any]:
    """The result if it has the declared shape, absent optional fields as null.

    Raises Unavailable: nonsense is treated as no answer."""
    if not result and not signature.result:
        return {}  # many services only do something
    problem = misfit(signature, result)
    if problem:
        raise Unavailable(f"{signature.name}: {problem}")
    if len(msgspec.json.encode(result)) > RESULT_BYTES:
        raise Unavailable(f"{signature.name}: result over {RESULT_BYTES} bytes")
    top = (path for path in signature.result if "." not in path)
    return {name: result.get(name) for name in top}


def misfit(signature: Signature, result: Mapping[str, Any]) -> str:
    """What is wrong with the shape of a result, in a few English words; empty when nothing is."""
    found = shape_problem(signature, result)
    return found.words() if found is not None else ""


class Misfit(NamedTuple):
    """What is wrong with a result. kind: what its path should hold, where it holds another."""

    key: Literal["strange", "missing", "kind"]
    path: str
    kind: str = ""

    def words(self) -> str:
        """The same in a few English words."""
        if self.key == "kind":
            return f"{self.path} is no {self.kind}"
        return f"unknown field {self.path}" if self.key == "strange" else f"no {self.path}"


def shape_problem(signature: Signature, result: Mapping[str, Any]) -> Misfit | None:
    """The first thing that is wrong with the shape of a result."""
    return _misfit_object(signature.result, "", result)


def _misfit_object(
    types_: Mapping[str, str], prefix: str, value: Mapping[str, Any]
) -> Misfit | None:
    depth = len(prefix)
    names = {path[depth:] for path in types_ if path.startswith(prefix)}
    names = {name for name in names if "." not in name}
    for name in value:
        if name not in names:
            return Misfit("strange", prefix + name)
    for name in sorted(names):
        problem = _misfit_value(types_, prefix + name, value.get(name))
        if problem:
            return problem
    return None


def _misfit_value(types_: Mapping[str, str], path: str, value: Any) -> Misfit | None:
    declared = types_.get(path, "text")
    kind = declared.rstrip("?")
    if value is None:
        return None if declared.endswith("?") else Misfit("missing", path)
    if not _FITS[kind](value):
        return Misfit("kind", path, kind)
    if kind == "object":
        return _misfit_object(types_, path + ".", value)
    if kind == "list":
        problems = (_misfit_value(types_, path + ".*", item) for item in value)
        return next(filter(None, problems), None)
    return None


def _is_number(value: Any) -> bool:
    finite = not isinstance(value, float) or abs(value) < float("inf")
    return isinstance(value, int | float) and not isinstance(value, bool) and finite


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "bool": lambda value: isinstance(value, bool),
    "date": _is_date,
    "moment": _is_moment,
    "list": lambda value: isinstance(value, list | tuple),
    "object": lambda value: isinstance(value, Mapping),
}
