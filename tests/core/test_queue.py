"""Automatic assignment is fair and never overloads anybody."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.queue import assigned, place, queue_info
from core.store_values import Candidate, QueueRow, Waiting

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)


def waits(dialog: str, queue: str = "sales") -> Waiting:
    return Waiting(dialog=dialog, queue=queue, state_rev=1, waiting_since=NOW)


def seat(
    operator: str,
    queue: str = "sales",
    *,
    in_hand: int = 0,
    room: int = 1,
    given: datetime | None = None,
) -> Candidate:
    return Candidate(
        operator=operator,
        name=operator.title(),
        queue=queue,
        in_hand=in_hand,
        room=room,
        last_given_at=given,
    )


def pairs(waiting: list[Waiting], candidates: list[Candidate]) -> list[tuple[str, str]]:
    return [(one.dialog, one.operator) for one in assigned(waiting, candidates, NOW)]


def test_longest_waiting_goes_first() -> None:
    assert pairs([waits("old"), waits("new")], [seat("anna")]) == [("old", "anna")]


def test_least_loaded_operator_gets_it() -> None:
    busy, idle = seat("anna", in_hand=2, room=3), seat("boris", in_hand=1, room=1)
    assert pairs([waits("d")], [busy, idle]) == [("d", "boris")]


def test_of_equals_the_one_given_a_dialog_longest_ago_gets_it() -> None:
    late, early = seat("anna", given=NOW), seat("boris", given=NOW - timedelta(hours=1))
    assert pairs([waits("d")], [late, early]) == [("d", "boris")]


def test_dialogs_are_spread_and_not_heaped() -> None:
    seats = [seat("anna", room=5), seat("boris", room=5)]
    found = pairs([waits(str(n)) for n in range(4)], seats)
    assert sorted(operator for _, operator in found) == ["anna", "anna", "boris", "boris"]


def test_queue_without_a_free_operator_does_not_hold_up_others() -> None:
    waiting = [waits("a", "tech"), waits("b", "sales")]
    assert pairs(waiting, [seat("anna", "sales")]) == [("b", "anna")]


def test_room_is_shared_between_the_queues_of_one_operator() -> None:
    waiting = [waits("a", "tech"), waits("b", "sales")]
    assert pairs(waiting, [seat("anna", "sales"), seat("anna", "tech")]) == [("a", "anna")]


def test_place_counts_from_one_and_is_zero_for_strangers() -> None:
    assert [place(["a", "b"], id_) for id_ in ("a", "b", "c")] == [1, 2, 0]


def test_queue_without_hours_is_open() -> None:
    assert queue_info(QueueRow(id="q", title="q"), NOW).open_now


_QUEUES = st.sampled_from(["sales", "tech", "bills"])
_SEATS = st.dictionaries(
    st.tuples(st.sampled_from("abcdef"), _QUEUES), st.none(), max_size=12
).flatmap(
    lambda keys: st.fixed_dictionaries(
        {name: st.tuples(st.integers(0, 3), st.integers(1, 3)) for name in {k[0] for k in keys}}
    ).map(
        lambda loads: [
            seat(name, queue, in_hand=loads[name][0], room=loads[name][1]) for name, queue in keys
        ]
    )
)


@given(st.lists(_QUEUES, max_size=20), _SEATS)
def test_nobody_is_overloaded_and_nobody_idles_while_people_wait(
    queues: list[str], seats: list[Candidate]
) -> None:
    waiting = [waits(str(number), queue) for number, queue in enumerate(queues)]
    found = assigned(waiting, seats, NOW)
    given_to = {one.dialog: one.operator for one in found}
    assert len(given_to) == len(found)
    left = {one.operator: one.room for one in seats}
    for operator in given_to.values():
        left[operator] -= 1
    assert all(room >= 0 for room in left.values())
    passed_over: set[str] = set()
    for dialog in waiting:
        serving = {one.operator for one in seats if one.queue == dialog.queue}
        if dialog.dialog in given_to:
            assert given_to[dialog.dialog] in serving
            assert dialog.queue not in passed_over, "a later dialog overtook an earlier one"
        else:
            passed_over.add(dialog.queue)
            assert all(left[operator] == 0 for operator in serving)
