"""Rules about what fits: pictures (E029), labels and numbers of buttons (W020), texts (W029)."""

from collections.abc import Iterator, Mapping

from core.channel import Capabilities
from core.content import utf16_len
from core.scenario import model
from core.scenario.faces import faces
from core.scenario.findings import Finding, close_to
from core.scenario.flow import Path, Source
from core.scenario.loader import Workspace
from core.scenario.reading import at
from core.scenario.template import Hole, TemplateError, pieces

PICTURE_BYTES = 5 * 1024 * 1024
#: Platforms a channel may be of; one whose limits the caller does not know is not checked.
PLATFORMS = frozenset({"telegram", "vk", "viber", "max", "messenger", "site", "console"})
_SIGNS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def pictures(workspace: Workspace, media: Mapping[str, bytes] | None) -> Iterator[Finding]:
    """E029: a picture that is not there, or is none. media: None when nobody looked."""
    for source in workspace.sources.values():
        for step in source.scenario.steps.values():
            if not isinstance(step, model.Say) or not step.image or media is None:
                continue
            content = media.get(step.image)
            spot = source.spot(step.id, "image")
            if content is None:
                close = close_to(step.image, media)
                yield at(source.file, spot, "E029", "", name=step.image, close=close)
            elif len(content) > PICTURE_BYTES or not content.startswith(_SIGNS):
                yield at(source.file, spot, "E029", "unfit", name=step.image)


def limits(workspace: Workspace, capabilities: Mapping[str, Capabilities]) -> Iterator[Finding]:
    """W020, W029 for the channels of bot.yaml, and E002 for a channel that nobody has."""
    read = workspace.bot
    if read is None:
        return
    channels: dict[str, Capabilities] = {}
    for i, name in enumerate(read.model.channels):
        if name in capabilities:
            channels[name] = capabilities[name]
        elif name not in PLATFORMS:
            allowed = PLATFORMS | set(capabilities)
            close, names = close_to(name, allowed), ", ".join(sorted(allowed))
            spot = read.tree.at("channels", i)
            yield at(read.file, spot, "E002", "choice", value=name, names=names, close=close)
    for source in workspace.sources.values():
        for step in source.scenario.steps.values():
            if isinstance(step, model.Ask | model.Choose):
                yield from _buttons(source, step, channels)
        yield from _texts(source, channels)


def _buttons(
    source: Source, step: model.Ask | model.Choose, channels: Mapping[str, Capabilities]
) -> Iterator[Finding]:
    labels: list[tuple[str, Path]] = []
    if isinstance(step, model.Ask):
        labels += [(o.label, ("options", i, "label")) for i, o in enumerate(step.options)]
    labels += [(b.label, ("buttons", i, "label")) for i, b in enumerate(step.buttons)]
    for label, path in labels:
        yield from _label(source, step, label, path, channels)
    if not labels:
        return
    tight = {name: _most(c) for name, c in channels.items() if 0 < _most(c) < len(labels)}
    if tight:
        name = min(tight, key=lambda name: (tight[name], name))
        field = "buttons" if step.buttons else "options"
        values = {"found": str(len(labels)), "channel": name, "limit": str(tight[name])}
        yield at(source.file, source.spot(step.id, field), "W020", "number", **values)


def _most(capabilities: Capabilities) -> int:
    """Buttons one message can carry at most."""
    return max(capabilities.inline_total, capabilities.reply_total)


def _label(
    source: Source,
    step: model.AnyStep,
    label: str,
    path: Path,
    channels: Mapping[str, Capabilities],
) -> Iterator[Finding]:
    """The tightest channel speaks for all."""
    length = _least_length(label)
    tight = {
        name: c.label for name, c in channels.items() if c.label is not None and c.label < length
    }
    if tight:
        name = min(tight, key=lambda name: (tight[name], name))
        values = {"label": label, "found": str(length)}
        values |= {"channel": name, "limit": str(tight[name])}
        yield at(source.file, source.spot(step.id, *path), "W020", "label", **values)


def _texts(source: Source, channels: Mapping[str, Capabilities]) -> Iterator[Finding]:
    for face in faces(source):
        if not face.step or face.path[0] in ("buttons", "options", "entry"):
            continue
        length = _least_length(face.text)
        tight = {
            name: c.text for name, c in channels.items() if c.text is not None and c.text < length
        }
        if tight:
            name = min(tight, key=lambda name: (tight[name], name))
            values = {"found": str(length), "channel": name, "limit": str(tight[name])}
            yield at(source.file, source.spot(face.step, *face.path), "W029", "", **values)


def _least_length(template: str) -> int:
    """UTF-16 units of what is sure to be printed: the text without its values."""
    try:
        parts = pieces(template)
    except TemplateError:
        return 0
    return sum(utf16_len(part) for part in parts if not isinstance(part, Hole))
