"""Numbers as Prometheus reads them."""

import pytest

from core.counters import Counters


def test_every_kind_is_printed_in_the_text_format() -> None:
    counters = Counters()
    counters.counter("seen_total", "Seen", ("channel",)).add("main")
    counters.counter("seen_total", "Seen", ("channel",)).add("main", by=2)
    counters.gauge("waiting", "Waiting").set(1.5)
    seconds = counters.histogram("took_seconds", "Took", ("route",), (0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7):
        seconds.observe(value, "/x")
    assert counters.text() == (
        "# HELP seen_total Seen\n"
        "# TYPE seen_total counter\n"
        'seen_total{channel="main"} 3\n'
        "# HELP waiting Waiting\n"
        "# TYPE waiting gauge\n"
        "waiting 1.5\n"
        "# HELP took_seconds Took\n"
        "# TYPE took_seconds histogram\n"
        'took_seconds_bucket{route="/x",le="0.1"} 2\n'
        'took_seconds_bucket{route="/x",le="1"} 3\n'
        'took_seconds_bucket{route="/x",le="+Inf"} 4\n'
        'took_seconds_sum{route="/x"} 7.65\n'
        'took_seconds_count{route="/x"} 4\n'
    )


def test_label_values_are_escaped() -> None:
    counters = Counters()
    counters.counter("x_total", "X", ("v",)).add('a"b\\c\nd')
    assert 'x_total{v="a\\"b\\\\c\\nd"} 1' in counters.text()


def test_a_name_has_one_kind() -> None:
    counters = Counters()
    counters.counter("x", "X")
    with pytest.raises(TypeError, match="x is no gauge"):
        counters.gauge("x", "X")
