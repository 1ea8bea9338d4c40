"""Bundles: from the files of a bot to one immutable, canonical value with a name of its own."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from core.scenario import model
from core.scenario.checker import Inputs, examined
from core.scenario.faces import Face, bot_faces, faces, mark
from core.scenario.findings import Finding
from core.scenario.flow import silence
from core.scenario.loader import Read, Workspace
from core.scenario.model import Bundle, Signature, Thresholds
from core.scenario.schema_files import (
    WORD_GROUPS,
    BotModel,
    BotTranslationModel,
    TranslationModel,
    WordsModel,
)
from core.scenario.schema_kinds import duration
from core.scenario.services import Service, signature
from core.scenario.stories import ScenarioTest, story

Tune = Callable[[Bundle], Mapping[str, Thresholds]]
_DEFAULT_SILENCE = model.Silence(
    after=timedelta(minutes=15), say="", then="close", close_after=timedelta(minutes=60)
)
_ENCODER = msgspec.json.Encoder(order="deterministic")


class Built(NamedTuple):
    """bundle: None when there is an error. findings: in order. tests: by scenario."""

    bundle: Bundle | None
    findings: tuple[Finding, ...]
    tests: Mapping[str, tuple[ScenarioTest, ...]]


def signatures_of(services: Iterable[Service | Signature]) -> dict[str, Signature]:
    """Signatures by name. Raises ConfigError for a service that is none."""
    found = [signature(item) if isinstance(item, Service) else item for item in services]
    return {item.name: item for item in found}


def build(
    files: Mapping[str, str],
    texts: Mapping[str, Mapping[str, str]],
    services: Iterable[Service | Signature],
    *,
    media: Mapping[str, bytes] | None = None,
    tune: Tune | None = None,
) -> Built:
    """Checks the files and makes a bundle of them, unless there is an error.

    files: path inside the scenarios folder -> text. texts: language -> the engine's sentences.
    media: path inside media/ -> content; None: pictures are not checked. tune: thresholds of each
    encoder for the new bundle.
    """
    inputs = Inputs(files, texts, signatures_of(services), media)
    workspace, findings = examined(inputs)
    tests = tests_of(workspace)
    if any(finding.is_error for finding in findings) or workspace.bot is None:
        return Built(None, findings, tests)
    bundle = _assembled(workspace, workspace.bot.model, inputs)
    if tune is not None:
        bundle = _tuned(bundle, tune)
    return Built(bundle, findings, tests)


def _tuned(bundle: Bundle, tune: Tune) -> Bundle:
    """The bundle with its thresholds; what bot.yaml sets by hand stays as it is there."""
    made = {}
    for encoder, found in tune(bundle).items():
        made[encoder] = Thresholds(
            answer_from=bundle.bot.answer_from or found.answer_from,
            suggest_from=bundle.bot.suggest_from or found.suggest_from,
        )
    return replace(bundle, thresholds=made)


def digest(bundle: Bundle) -> str:
    """The name of a bundle: SHA-256 of its canonical JSON.

    Line numbers and thresholds are left out: a comment more, or another encoder, is no other
    bundle."""
    scenarios = {}
    for name, scenario in bundle.scenarios.items():
        steps = {key: replace(step, line=0) for key, step in scenario.steps.items()}
        scenarios[name] = replace(scenario, steps=steps)
    content = replace(bundle, hash="", scenarios=scenarios, thresholds={})
    return hashlib.sha256(_ENCODER.encode(content)).hexdigest()


def tests_of(workspace: Workspace) -> dict[str, tuple[ScenarioTest, ...]]:
    """The tests of every scenario that could be read."""
    found = {}
    for source in workspace.sources.values():
        stories = []
        for i, test in enumerate(source.written.tests):
            lines = [source.tree.at("tests", i, "talk", j).line for j in range(len(test.talk))]
            line = source.tree.at("tests", i).line
            stories.append(story(test, source.id, source.file, line, tuple(lines)))
        found[source.id] = tuple(stories)
    return found


def _assembled(workspace: Workspace, bot: BotModel, inputs: Inputs) -> Bundle:
    common: dict[str, tuple[str, ...]] = {}
    for read in workspace.common:
        kind = read.model.kind
        common[kind] = (*common.get(kind, ()), *read.model.examples)
    cities = workspace.cities.model.cities if workspace.cities else {}
    bundle = Bundle(
        bot=_bot(workspace, bot),
        scenarios={source.id: source.scenario for source in workspace.sources.values()},
        common=common,
        cities={
            key: model.City(label=city.label, names=tuple(city.names))
            for key, city in cities.items()
        },
        services=inputs.services,
        texts=_texts(workspace, bot, inputs.texts),
        translations=_translations(workspace, bot),
    )
    return replace(bundle, hash=digest(bundle))


def _bot(workspace: Workspace, bot: BotModel) -> model.Bot:
    access = bot.access
    return model.Bot(
        languages=tuple(bot.languages),
        timezone=bot.timezone,
        start=bot.start,
        channels=tuple(bot.channels),
        silence=_whole_silence(bot),
        more=_more(workspace, bot),
        words=_words(workspace, bot.words),
        links=bot.links,
        synonyms=bot.understand.synonyms,
        max_misses=bot.understand.max_misses,
        wrong_at_once=bot.understand.wrong_at_once,
        answer_from=_fixed(bot.understand.answer_from),
        suggest_from=_fixed(bot.understand.suggest_from),
        access_by=access.by if access else "",
        access_keep=duration(access.keep) if access else timedelta(days=30),
        rating_after=tuple(bot.rating.after),
    )


def _fixed(threshold: str | float) -> float | None:
    return None if isinstance(threshold, str) else float(threshold)


def _whole_silence(bot: BotModel) -> model.Silence:
    own = silence(bot.silence) or model.Silence()
    default = _DEFAULT_SILENCE
    return model.Silence(
        after=own.after or default.after,
        say=own.say or default.say,
        then=own.then or default.then,
        close_after=own.close_after or default.close_after,
    )


def _words(workspace: Workspace, words: WordsModel) -> dict[str, tuple[str, ...]]:
    """Words of all languages together; what they are in the first one comes first."""
    everyone = [
        words,
        *(read.model.words for _, read in sorted(workspace.bot_translations.items())),
    ]
    return {
        group: tuple(dict.fromkeys(text for each in everyone for text in getattr(each, group)))
        for group in WORD_GROUPS
    }


def _more(workspace: Workspace, bot: BotModel) -> dict[str, model.More]:
    """The words of «Anything else?»; another language has them when all four are fresh."""
    own = bot.more
    made = {bot.languages[0]: model.More(ask=own.ask, yes=own.yes, no=own.no, bye=own.bye)}
    for lang, read in workspace.bot_translations.items():
        fresh = _fresh(bot_faces(bot), read)
        texts = {name: fresh.get(f"more.{name}", "") for name in ("ask", "yes", "no", "bye")}
        if all(texts.values()):
            made[lang] = model.More(**texts)
    return made


def _fresh(
    originals: Iterable[Face], read: Read[TranslationModel] | Read[BotTranslationModel]
) -> dict[str, str]:
    """Translated texts whose source has not changed since."""
    given = read.model.texts
    return {
        face.key: given[face.key].text
        for face in originals
        if face.key in given and given[face.key].source == mark(face.text)
    }


def _texts(
    workspace: Workspace, bot: BotModel, texts: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """The engine's sentences of the bot's languages with bot.yaml's own on top."""
    made: dict[str, dict[str, str]] = {}
    for lang in bot.languages:
        made[lang] = dict(texts.get(lang, {}))
        if lang == bot.languages[0]:
            made[lang].update(bot.texts)
        elif lang in workspace.bot_translations:
            fresh = _fresh(bot_faces(bot), workspace.bot_translations[lang])
            for key, text in fresh.items():
                if key.startswith("texts."):
                    made[lang][key.removeprefix("texts.")] = text
    return made


def _translations(workspace: Workspace, bot: BotModel) -> dict[str, dict[str, model.Translation]]:
    """Language -> scenario -> translation; bot.yaml's own texts stand under `bot`."""
    made: dict[str, dict[str, model.Translation]] = {}
    for lang, own in workspace.bot_translations.items():
        made.setdefault(lang, {})["bot"] = model.Translation(texts=_fresh(bot_faces(bot), own))
    for lang, reads in workspace.translations.items():
        for scenario, read in reads.items():
            source = workspace.sources.get(scenario)
            if source is None:
                continue
            fresh = _fresh(faces(source), read)
            made.setdefault(lang, {})[scenario] = model.Translation(
                texts=fresh,
                also={key: tuple(t.also) for key, t in read.model.texts.items() if t.also},
                examples=tuple(read.model.examples),
                not_examples=tuple(read.model.not_examples),
            )
    return {lang: found for lang, found in made.items() if lang in bot.languages}
