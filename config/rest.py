"""What is right of wrong settings, so that everything else about them can be told at once."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from config.channels import PLATFORMS, Channel, OutsideChannel

#: What stands for a needed setting that is missing or wrong: no platform takes it for a good one.
_NOTHING = "0"
#: What can be said of no way in: whether there is one, and whom it would be open to.
_WAY_IN = frozenset({"mode", "api_url"})
M = TypeVar("M", bound=BaseModel)


class Told(NamedTuple):
    """Names of what was found wrong, and is told already: of the installation, of each channel."""

    own: frozenset[str] = frozenset()
    channels: Mapping[str, frozenset[str]] = {}


NOTHING = Told()


def right_part(shape: type[M], values: Mapping[str, Any]) -> tuple[M, frozenset[str]]:
    """The settings that are right, each by itself, and the names of the others."""
    is_free = shape.model_config.get("extra") == "allow"
    right = {k: v for k, v in values.items() if is_free and k not in shape.model_fields}
    wrong = set()
    for name, field in shape.model_fields.items():
        if name in values:
            try:
                kind = TypeAdapter(field.rebuild_annotation())
                right[name] = kind.validate_python(values[name])
            except ValidationError:
                wrong.add(name)
        elif field.is_required():
            wrong.add(name)
        if name in wrong and field.is_required():
            right[name] = _NOTHING
    return shape.model_construct(**right), frozenset(wrong)


def right_channels(tree: Mapping[str, Any]) -> tuple[dict[str, Channel], Told]:
    """The same of every channel whose platform is known. tree: of all settings."""
    channels: dict[str, Channel] = {}
    told: dict[str, frozenset[str]] = {}
    named = tree.get("channels")
    for name, values in (named if isinstance(named, dict) else {}).items():
        shape = _shape(values)
        if shape is not None:
            channels[name], told[name] = _right(shape, values)
    return channels, Told(channels=told)


def _shape(values: Any) -> type[Channel] | None:
    platform = values.get("platform") if isinstance(values, dict) else None
    if not isinstance(platform, str):
        return None
    return OutsideChannel if "." in platform else PLATFORMS.get(platform)


def _right(shape: type[Channel], values: Mapping[str, Any]) -> tuple[Channel, frozenset[str]]:
    channel, wrong = right_part(shape, values)
    if "mode" in wrong:
        channel = channel.model_copy(update={"mode": "polling"})
    if shape.signed_by and not values.get(shape.signed_by):
        wrong |= {shape.signed_by}
    return channel, wrong | {"public_url"} if wrong & _WAY_IN else wrong
