"""Values in free text, one function for each kind of slot; none of them ever raises."""

from core.understanding.entities.amounts import money, speed
from core.understanding.entities.answers import (
    asks_for,
    is_denied,
    only_asks,
    only_wants,
    side,
    wants_more,
    yes_no,
    yes_no_alone,
)
from core.understanding.entities.cities import Cities
from core.understanding.entities.days import day
from core.understanding.entities.numbers import account, contract, digits, phone
from core.understanding.entities.pauses import asks_to_wait
from core.understanding.entities.people import email, name
from core.understanding.entities.ratings import beside, declines, is_bare, rating

__all__ = [
    "Cities",
    "account",
    "asks_for",
    "asks_to_wait",
    "beside",
    "contract",
    "day",
    "declines",
    "digits",
    "email",
    "is_bare",
    "is_denied",
    "money",
    "name",
    "only_asks",
    "only_wants",
    "phone",
    "rating",
    "side",
    "speed",
    "wants_more",
    "yes_no",
    "yes_no_alone",
]
