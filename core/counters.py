"""Numbers for Prometheus, kept in memory and printed in its text format."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

#: Seconds; from one turn to a timeout.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

Labels = tuple[str, ...]


class Counter:
    """Only grows. labels: their names; their values come with each call, in that order."""

    kind = "counter"

    def __init__(self, name: str, text: str, labels: Labels = ()) -> None:
        self.name, self.text, self.labels = name, text, labels
        self.values: dict[Labels, float] = {}

    def add(self, *values: str, by: float = 1.0) -> None:
        """Adds `by`, at least 0."""
        self.values[values] = self.values.get(values, 0.0) + by

    def lines(self) -> Iterator[str]:
        """The samples, oldest series first."""
        for values, number in self.values.items():
            yield f"{self.name}{_braces(self.labels, values)} {_number(number)}"


class Gauge(Counter):
    """Goes up and down."""

    kind = "gauge"

    def set(self, number: float, *values: str) -> None:
        """The present number."""
        self.values[values] = number


class Histogram:
    """How often a measurement fell below each bound."""

    kind = "histogram"

    def __init__(
        self, name: str, text: str, labels: Labels = (), bounds: Sequence[float] = SECONDS
    ) -> None:
        self.name, self.text, self.labels, self.bounds = name, text, labels, tuple(bounds)
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, number: float, *values: str) -> None:
        """Takes one measurement down."""
        counts = self._counts.get(values)
        if counts is None:
            counts = self._counts[values] = [0] * (len(self.bounds) + 1)
        counts[bisect_left(self.bounds, number)] += 1
        self._sums[values] = self._sums.get(values, 0.0) + number

    def lines(self) -> Iterator[str]:
        """The samples; buckets hold everything up to their bound."""
        names = (*self.labels, "le")
        for values, counts in self._counts.items():
            total = 0
            for bound, count in zip((*map(_number, self.bounds), "+Inf"), counts, strict=True):
                total += count
                yield f"{self.name}_bucket{_braces(names, (*values, bound))} {total}"
            braces = _braces(self.labels, values)
            yield f"{self.name}_sum{braces} {_number(self._sums[values])}"
            yield f"{self.name}_count{braces} {total}"


class Counters:
    """All numbers of a process; asking for a name again gives the same object."""

    def __init__(self) -> None:
        self._all: dict[str, Counter | Gauge | Histogram] = {}

    def counter(self, name: str, text: str, labels: Labels = ()) -> Counter:
        """A counter; its name ends in `_total`."""
        known = self._all.setdefault(name, Counter(name, text, labels))
        if type(known) is not Counter:
            raise TypeError(f"{name} is no counter")
        return known

    def gauge(self, name: str, text: str, labels: Labels = ()) -> Gauge:
        """A gauge."""
        known = self._all.setdefault(name, Gauge(name, text, labels))
        if not isinstance(known, Gauge):
            raise TypeError(f"{name} is no gauge")
        return known

    def histogram(
        self, name: str, text: str, labels: Labels = (), bounds: Sequence[float] = SECONDS
    ) -> Histogram:
        """A histogram; of durations in seconds its name ends in `_seconds`."""
        known = self._all.setdefault(name, Histogram(name, text, labels, bounds))
        if not isinstance(known, Histogram):
            raise TypeError(f"{name} is no histogram")
        return known

    def text(self) -> str:
        """Everything in the text format 0.0.4."""
        lines: list[str] = []
        for metric in self._all.values():
            lines.append(f"# HELP {metric.name} {_escaped(metric.text)}")
            lines.append(f"# TYPE {metric.name} {metric.kind}")
            lines.extend(metric.lines())
        return "\n".join(lines) + "\n"


def _braces(names: Labels, values: Labels) -> str:
    if not names:
        return ""
    pairs = zip(names, values, strict=True)
    return "{" + ",".join(f'{name}="{_quoted(value)}"' for name, value in pairs) + "}"


def _number(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')
