"""What a measurement found, as values, a table and JSON."""

import json
import resource
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One line of a measurement.

    turns: updates turned. wall, cpu: seconds of the whole run, cpu of this process with all its
    threads. p50_ms, p99_ms: from a message taken in to the answer sent, 0 where nothing waits.
    peak_mb: of the process measured. is_whole: conversations from beginning to end.
    """

    name: str
    turns: int
    conversations: int
    wall: float
    cpu: float
    p50_ms: float
    p99_ms: float
    peak_mb: float
    is_whole: bool = True

    @property
    def per_second(self) -> float:
        """Turns per second of wall time."""
        return self.turns / self.wall

    @property
    def per_cpu(self) -> float:
        """Turns per CPU second."""
        return self.turns / self.cpu

    def ratio(self, unit: "Figures") -> float | None:
        """Conversations per CPU second against those of `unit`: what counts as a turn differs
        between frameworks, a conversation does not. None when only parts of some were had."""
        if not (self.is_whole and unit.is_whole):
            return None
        return (self.conversations / self.cpu) / (unit.conversations / unit.cpu)


class Stopwatch:
    """Wall and CPU time since it was made."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def figures(
        self, name: str, *, turns: int, conversations: int, waits: Sequence[float]
    ) -> Figures:
        """What passed until now. waits: seconds."""
        ordered = sorted(waits)
        return Figures(
            name=name,
            turns=turns,
            conversations=conversations,
            wall=time.perf_counter() - self._wall,
            cpu=time.process_time() - self._cpu,
            p50_ms=quantile(ordered, 0.5) * 1000,
            p99_ms=quantile(ordered, 0.99) * 1000,
            peak_mb=peak_mb(),
        )


def quantile(ordered: Sequence[float], part: float) -> float:
    """Linear interpolation on sorted values; 0 when there are none."""
    if not ordered:
        return 0.0
    position = (len(ordered) - 1) * part
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def peak_mb() -> float:
    """Most memory this process has had, MB (Linux counts KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def as_json(rows: Sequence[Figures]) -> str:
    """One object per line of the table, with the derived figures."""
    return json.dumps(
        [
            {
                **asdict(row),
                "turns_per_second": round(row.per_second, 1),
                "turns_per_cpu_second": round(row.per_cpu, 1),
                "cpu_us_per_turn": round(row.cpu / row.turns * 1e6, 1),
                "ratio": row.ratio(rows[0]),
            }
            for row in rows
        ],
        indent=2,
    )


def as_table(rows: Sequence[Figures]) -> str:
    """For people; the first row is the unit of the last column (see Figures.ratio)."""
    head = ("", "turns", "turns/s", "turns/CPU s", "CPU µs/turn", "p50 ms", "p99 ms", "MB", "ratio")
    lines = [head, *(_cells(row, rows[0]) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Figures, unit: Figures) -> tuple[str, ...]:
    ratio = row.ratio(unit)
    return (
        row.name,
        str(row.turns),
        f"{row.per_second:.0f}",
        f"{row.per_cpu:.0f}",
        f"{row.cpu / row.turns * 1e6:.0f}",
        f"{row.p50_ms:.2f}",
        f"{row.p99_ms:.2f}",
        f"{row.peak_mb:.0f}",
        "" if ratio is None else f"{ratio:.2f}",
    )


def fresh_file(folder: Path, name: str) -> str:
    """URL of a SQLite file that does not exist yet."""
    return f"sqlite+aiosqlite:///{folder / name}"
