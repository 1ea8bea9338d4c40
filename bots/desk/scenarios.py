"""Scenarios as people at the desk see them: where the bot may go on, drawings, tests."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from bots.desk.endpoint import OPERATOR, SUPERVISOR, Call, Reply, endpoint
from bots.desk.problems import Problem, language_of
from bots.desk.schemas import Body
from bots.desk.schemas_house import Entry, ScenarioItem, TestCounts
from core.desk_values import Proven
from core.scenario.graph_svg import svg

#: A drawing is shown as a picture and does nothing.
_PICTURE = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-cache"}


class ScenarioParameters(Body):
    """tests: run the tests written beside the scenarios, which takes seconds the first time."""

    tests: Annotated[bool, Field()] = False


@endpoint("GET", "/scenarios", roles=OPERATOR, query=ScenarioParameters, reply=list[ScenarioItem])
async def scenarios(call: Call, query: ScenarioParameters) -> list[ScenarioItem]:
    """Scenarios of new dialogs, with the steps where the bot may go on."""
    bundle = call.context.bundle()
    proven = await call.context.tests(bundle) if query.tests else None
    found = []
    for scenario in bundle.scenarios.values():
        entries = [
            Entry(step=id_, title=step.entry) for id_, step in scenario.steps.items() if step.entry
        ]
        if entries or not scenario.internal:
            tests = None if proven is None else proven.get(scenario.id, Proven(passed=0))
            found.append(
                ScenarioItem(
                    id=scenario.id,
                    title=scenario.title,
                    version=bundle.hash[:12],
                    entries=entries,
                    tests=_counts(tests) if tests else None,
                )
            )
    return sorted(found, key=lambda item: (item.title, item.id))


def _counts(proven: Proven) -> TestCounts:
    names = list(proven.failed)
    return TestCounts(passed=proven.passed, failed=len(names), names=names)


@endpoint("GET", "/scenarios/{id}/graph", roles=SUPERVISOR, kind="image/svg+xml")
async def graph(call: Call) -> Reply:
    """The scenario as a drawing."""
    bundle = call.context.bundle()
    scenario = bundle.scenarios.get(call.part("id"))
    if scenario is None:
        raise Problem("not_found")
    language = language_of(call.request.headers.get("Accept-Language", ""))
    body = svg(scenario, bundle, language)
    response = web.Response(text=body, content_type="image/svg+xml", headers=_PICTURE)
    return Reply(raw=response)


ENDPOINTS = (scenarios, graph)
