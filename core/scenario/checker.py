"""The checker: reads the files, then applies every rule to what could be read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from core.channel import Capabilities
from core.scenario import (
    checker_graph,
    checker_limits,
    checker_names,
    checker_phrases,
    checker_tests,
    checker_translations,
    checker_values,
    checker_words,
)
from core.scenario.findings import Finding, in_order
from core.scenario.loader import Workspace
from core.scenario.model import Signature
from core.scenario.reading import at


class Inputs(NamedTuple):
    """What is checked. files: path inside the scenarios folder -> text. texts: language -> the
    engine's sentences. services: name -> signature. media: path inside media/ -> content, None:
    pictures are not checked."""

    files: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]
    services: Mapping[str, Signature]
    media: Mapping[str, bytes] | None = None


def examined(inputs: Inputs) -> tuple[Workspace, tuple[Finding, ...]]:
    """The files as read, and everything that is to be said of them whatever the channel."""
    workspace = Workspace(inputs.files)
    findings = [*workspace.findings]
    for rule in _rules(inputs):
        findings += rule(workspace)
    return workspace, in_order(findings)


Rule = Callable[[Workspace], Iterator[Finding]]


def _rules(inputs: Inputs) -> Sequence[Rule]:
    services = inputs.services
    return (
        checker_names.same_names,
        checker_names.slots,
        lambda workspace: checker_names.references(workspace, services),
        lambda workspace: checker_names.bot(workspace, inputs.texts),
        lambda workspace: checker_names.levels(workspace, services),
        lambda workspace: checker_values.values(workspace, services),
        lambda workspace: checker_graph.graph(workspace, services),
        lambda workspace: checker_tests.tests(workspace, services),
        lambda workspace: checker_limits.pictures(workspace, inputs.media),
        checker_phrases.phrases,
        checker_words.words,
        checker_translations.translations,
    )


def check(
    inputs: Inputs,
    capabilities: Mapping[str, Capabilities],
    misread: checker_phrases.Misread | None = None,
) -> tuple[Finding, ...]:
    """Everything the checker has to say.

    capabilities: by platform, for the limits of the channels that bot.yaml names. misread: asks
    the classifier which of its own examples it understands as something else (`--deep`)."""
    workspace, findings = examined(inputs)
    more = [*findings, *checker_limits.limits(workspace, capabilities)]
    if misread is not None and not any(finding.is_error for finding in findings):
        more += checker_phrases.deep(workspace, misread)
    return in_order(more)


def untested(files: Mapping[str, str], missed: Iterable[tuple[str, str]]) -> tuple[Finding, ...]:
    """W027 for steps no test came through. missed: (scenario, step), from the tests' runner."""
    workspace = Workspace(files)
    found = []
    for scenario, step in missed:
        source = workspace.sources.get(scenario)
        if source is not None and step in source.paths:
            found.append(at(source.file, source.spot(step), "W027"))
    return in_order(found)
