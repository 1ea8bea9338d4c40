"""What is wrong with settings, as sentences a person can act on."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

from config.channels import OUTSIDE, PLATFORMS
from config.kinds import is_secret
from config.sources import Gathered, Path, variable

_BOOLS = "true or false"


def names(model: type[BaseModel], path: Path = ()) -> Iterator[Path]:
    """Every setting of a model, but for the channels: their names are free."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from names(inner, (*path, name))
        elif name != "channels":
            yield (*path, name)


def sentences(errors: Sequence[ErrorDetails], found: Gathered, model: type[BaseModel]) -> list[str]:
    """One sentence for each finding of pydantic."""
    return [_sentence(error, found, model) for error in errors]


def contradictions(found: Gathered) -> list[str]:
    """Settings that are fine by themselves and do not go together.

    Read off the tree, so that they are told together with everything else that is wrong."""
    problems = [*_rating(found), *_backoffice(found)]
    channels = found.tree.get("channels")
    if isinstance(channels, dict):
        for name, values in channels.items():
            if isinstance(values, dict):
                problems += _channel(name, values, found)
    return problems


def _rating(found: Gathered) -> list[str]:
    rating = found.tree.get("rating")
    if not isinstance(rating, dict) or rating.get("question") != "nps":
        return []
    if str(rating.get("scale")) != "5":
        return []
    scale, question = _name(("rating", "scale"), found), _name(("rating", "question"), found)
    return [f"{scale} is 5, and {question} is nps, which has ten points: take one of them out"]


def _backoffice(found: Gathered) -> list[str]:
    backoffice = found.tree.get("backoffice")
    if not isinstance(backoffice, dict):
        return []
    if backoffice.get("driver") == "http" and not backoffice.get("url"):
        name = variable(("backoffice", "url"))
        return [f"{name} is needed by the driver http: the address of the company's service"]
    return []


def _channel(name: str, values: Mapping[str, Any], found: Gathered) -> list[str]:
    shape = PLATFORMS.get(str(values.get("platform")))
    if shape is None or not shape.signed_by or values.get("mode", "webhook") != "webhook":
        return []
    if values.get(shape.signed_by):
        return []
    path = ("channels", name, shape.signed_by)
    return [
        f"{_name(path, found)} is needed in webhook mode: without it anybody could write in a"
        f" customer's name; or set {variable((*path[:2], 'mode'))}=polling"
    ]


def _sentence(error: ErrorDetails, found: Gathered, model: type[BaseModel]) -> str:
    path = _path(error)
    name = _name(path, found)
    match error["type"]:
        case "extra_forbidden":
            return f"{name} is no setting{_hint(path, found, model)}"
        case "missing":
            return f"{name} is needed"
        case "union_tag_not_found" | "union_tag_invalid":
            told = _name((*path, "platform"), found)
            return f"{told} must be one of {', '.join(PLATFORMS)}, or the dotted path of a package"
        case "string_pattern_mismatch" if path[:1] == ("channels",) and len(path) == 2:
            return f"{name}: a channel's name begins with a small letter, then a-z 0-9 _ -"
    allowed = _allowed(error, path)
    return f"{name} is {_shown(error, path)}; allowed: {allowed}"


def _path(error: ErrorDetails) -> Path:
    """Where it is, without pydantic's own marks: the union's tag after a channel's name."""
    parts = tuple(str(part) for part in error["loc"] if part != "[key]")
    if len(parts) > 2 and parts[0] == "channels" and parts[2] in (*PLATFORMS, OUTSIDE):
        return (*parts[:2], *parts[3:])
    return parts


def _name(path: Path, found: Gathered) -> str:
    """As its author wrote it, else as the variable that would set it."""
    return found.named.get(path) or (
        f"{'.'.join(path)} in {found.file}" if _is_in_file(path, found) else variable(path)
    )


def _is_in_file(path: Path, found: Gathered) -> bool:
    below = [told for known, told in found.named.items() if known[: len(path)] == path]
    return bool(below) and all(told.endswith(f"in {found.file}") for told in below)


def _hint(path: Path, found: Gathered, model: type[BaseModel]) -> str:
    """`; perhaps «…»?` with the closest name, in the way the wrong one was written."""
    known = [*names(model), *_channel_names(path)]
    whole = {".".join(known_path): known_path for known_path in known}
    whole |= {known_path[0]: known_path[:1] for known_path in known}
    # The key alone second: perhaps only the group is wrong, or forgotten.
    last = {known_path[-1]: known_path for known_path in reversed(known)}
    close = difflib.get_close_matches(".".join(path), whole, n=1, cutoff=0.75)
    same = [] if close else difflib.get_close_matches(path[-1], last, n=1, cutoff=0.75)
    meant = whole[close[0]] if close else last[same[0]] if same else None
    if meant is None:
        return ""
    return f"; perhaps «{'.'.join(meant) if _is_in_file(path, found) else variable(meant)}»?"


def _channel_names(path: Path) -> list[Path]:
    if path[:1] != ("channels",) or len(path) < 2:
        return []
    keys = dict.fromkeys(key for shape in PLATFORMS.values() for key in shape.model_fields)
    return [("channels", path[1], key) for key in keys]


def _shown(error: ErrorDetails, path: Path) -> str:
    """The value, unless it is secret or may hold a password."""
    value = error["input"]
    if isinstance(value, SecretStr) or not path or is_secret(path[-1]):
        return "not of the right form"
    if isinstance(value, dict):
        return "a group"
    text = str(value)
    return f"«{text if len(text) <= 60 else text[:60] + '…'}»"


def _allowed(error: ErrorDetails, path: Path) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return str(context.get("error"))
        case "literal_error":
            return str(context.get("expected", "")).replace("'", "")
        case "bool_parsing" | "bool_type":
            return _BOOLS
        case "string_pattern_mismatch" if path[-1] == "platform":
            return "the dotted path of a package, such as our_platforms.icq"
        case "string_pattern_mismatch" if path[-1] == "driver":
            return "demo, http, none or the path of a class, module:Class"
        case "string_pattern_mismatch" if path[-1] == "default_queue":
            return "a small letter first, then a-z 0-9 _"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"a group of settings, each by its own name ({variable(path)}__…)"
    known = _LIMITS.get(error["type"])
    # pydantic's own sentence may hold braces, those of a pattern
    return error["msg"].lower() if known is None else known.format(**context)


_LIMITS: Mapping[str, str] = {
    "string_type": "text",
    "string_too_short": "some text",
    "string_too_long": "at most {max_length} characters",
}
