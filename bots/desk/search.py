"""Finding customers and messages. Snippets are pieces of text, never markup."""

import re
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from bots.desk.endpoint import OPERATOR, Call, endpoint
from bots.desk.problems import Problem, field_problem
from bots.desk.rows import row_shape
from bots.desk.schemas import Body, Text
from bots.desk.schemas_house import FoundCustomer, FoundDialog, Hit, Piece, SearchResult
from bots.desk.tokens import opened, packed_keys, signed, unpacked_keys
from core.masking import mask
from core.search import Match, SearchQuery

Filter = Annotated[Text, Field(max_length=100)]
_CURSOR = "search"
_WORDS, _LONGEST, _SHORTEST = 8, 60, 2
_CUSTOMERS = 10
#: Signs shown of a line, and before its first hit.
_SHOWN, _BEFORE = 160, 40
_MORE = "…"


class SearchParameters(Body):
    """q: words that stand in one message, letter case aside; filters narrow it or stand alone.

    from, to: when the dialog began. rating: a mark that was given. cursor: of the page before.
    """

    q: Annotated[Text, Field(max_length=200)] = ""
    from_: Annotated[AwareDatetime | None, Field(alias="from")] = None
    to: AwareDatetime | None = None
    channel: Filter = ""
    queue: Filter = ""
    operator: Filter = ""
    tag: Filter = ""
    rating: Annotated[int, Field(ge=0, le=10)] | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    cursor: Annotated[str, Field(max_length=2000)] = ""


@endpoint("GET", "/search", roles=OPERATOR, query=SearchParameters, reply=SearchResult)
async def search(call: Call, query: SearchParameters) -> SearchResult:
    """Customers by name, and dialogs by what was said, newest first; every search is logged."""
    words = words_of(query.q)
    filters = query.model_dump(mode="json", exclude={"cursor", "limit"})
    if not words and not any(value for name, value in filters.items() if name != "q"):
        raise field_problem("/query/q", "too_short")
    after = _after(call, query.cursor, filters) if query.cursor else ()
    store, person = call.context.store, call.person
    found = await store.search(person, _query(query, words, after))
    people = await store.search_customers(person, words, _CUSTOMERS) if words and not after else ()
    if not after:
        told = {name: value for name, value in filters.items() if value not in ("", None)}
        told["q"] = mask(query.q)[0]
        await store.audit(person.id, "search", "", call.now, detail=told)
    around = await call.work.around()
    pattern = pattern_of(words)
    return SearchResult(
        customers=[FoundCustomer(id=one.id, name=one.name, level=one.level) for one in people],
        items=[
            FoundDialog(
                row=row_shape(match.row, person, around, call.now), hits=_hits(match, pattern)
            )
            for match in found.items
        ],
        next_cursor=_cursor(call, filters, found.next) if found.next else None,
        partial=found.partial,
    )


def _query(query: SearchParameters, words: tuple[str, ...], after: tuple[Any, ...]) -> SearchQuery:
    return SearchQuery(
        words=words,
        since=query.from_,
        until=query.to,
        channel=query.channel,
        queue=query.queue,
        operator=query.operator,
        tag=query.tag,
        rating=query.rating,
        limit=query.limit,
        after=after,
    )


def words_of(text: str) -> tuple[str, ...]:
    """The words to look for; none when all that was typed is shorter than two signs."""
    words = list(dict.fromkeys(word[:_LONGEST] for word in text.split()))[:_WORDS]
    return tuple(words) if len("".join(words)) >= _SHORTEST else ()


def _cursor(call: Call, filters: dict[str, Any], after: tuple[Any, ...]) -> str:
    return signed(call.context.file_key, _CURSOR, [filters, packed_keys(after)])


def _after(call: Call, cursor: str, filters: dict[str, Any]) -> tuple[Any, ...]:
    try:
        asked, keys = opened(call.context.file_key, _CURSOR, cursor)
    except ValueError:
        raise Problem("malformed") from None
    if asked != filters:
        raise Problem("malformed")
    return unpacked_keys(keys)


# -- snippets


def pattern_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, as the databases take them: Е and Ё are one letter."""
    spelled = (re.sub("[её]", "[её]", re.escape(word), flags=re.IGNORECASE) for word in words)
    longest = sorted(spelled, key=len, reverse=True)
    return re.compile("|".join(longest) or r"(?!)", re.IGNORECASE)


def _hits(match: Match, pattern: re.Pattern[str]) -> list[Hit]:
    return [Hit(n=line.n, pieces=pieces_of(line.text, pattern)) for line in match.lines]


def pieces_of(text: str, pattern: re.Pattern[str]) -> list[Piece]:
    """A stretch of the text around its first hit, cut into what was looked for and the rest."""
    first = pattern.search(text)
    is_long = len(text) > _SHOWN
    start = max(0, first.start() - _BEFORE) if first and is_long else 0
    end = min(len(text), start + _SHOWN)
    pieces, at = [], start
    for found in pattern.finditer(text, start, end):
        pieces += [
            Piece(text=text[at : found.start()], hit=False),
            Piece(text=found.group(), hit=True),
        ]
        at = found.end()
    pieces.append(Piece(text=text[at:end], hit=False))
    pieces = [piece for piece in pieces if piece.text]
    if start and pieces:
        pieces.insert(0, Piece(text=_MORE, hit=False))
    if end < len(text):
        pieces.append(Piece(text=_MORE, hit=False))
    return pieces


ENDPOINTS = (search,)
