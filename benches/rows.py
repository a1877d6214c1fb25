"""Rows of the table: what two sides took for the same job, and what was aimed at."""

from dataclasses import dataclass, field

from measure import median, percentile


@dataclass
class Row:
    """One job, done by both sides in turns."""

    name: str
    aim: float
    """allot's median at most this many times docker's."""
    unit: str = "s"
    docker: list = field(default_factory=list)
    allot: list = field(default_factory=list)
    requests: dict = field(default_factory=dict)
    """Side -> Counter of API requests of one run, counted apart from the timed ones."""

    def ratio(self):
        """allot's median over docker's."""
        return median([r.seconds for r in self.allot]) / median([r.seconds for r in self.docker])

    def line(self):
        """The row of the table."""
        cells = [self.name]
        for side, runs in (("docker", self.docker), ("allot", self.allot)):
            wall = [r.seconds for r in runs]
            cells += [
                f"{self._time(median(wall))} / {self._time(percentile(wall, 99))}",
                self._cpu(runs),
                f"{max(r.rss for r in runs):.0f}",
                str(sum(self.requests[side].values())) if side in self.requests else "-",
            ]
        met = "met" if self.ratio() <= self.aim else "**missed**"
        cells += [f"{self.ratio():.2f}x", f"{self.aim:g}x {met}"]
        return "| " + " | ".join(cells) + " |"

    def _cpu(self, runs):
        own, engine = (self._time(median([getattr(r, of) for r in runs])) for of in ("cpu", "engine"))
        return f"{own} + {engine}" if any(r.engine for r in runs) else own

    def _time(self, seconds):
        return f"{seconds * 1000:.1f} ms" if self.unit == "ms" else f"{seconds:.2f} s"


HEAD = (
    "| job | docker p50 / p99 | CPU | MiB | requests | allot p50 / p99 | CPU | MiB | requests | ratio | aim |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass
class Fact:
    """One figure that has no peer."""

    name: str
    value: float
    limit: float
    unit: str

    def line(self):
        """The row of the table."""
        met = "met" if self.value <= self.limit else "**missed**"
        return f"| {self.name} | {self.value:.3g} {self.unit} | {self.limit:g} {self.unit} {met} |"


FACTS_HEAD = "| what | measured | aim |\n|---|---|---|"


@dataclass
class Pair:
    """One job, done in turns by a peer that is no whole program of its own kind, and by us."""

    name: str
    peer: str
    aim: float
    """Our median at most this many times the peer's."""
    theirs: list = field(default_factory=list)
    own: list = field(default_factory=list)

    def add(self, theirs, own):
        """Seconds of one round."""
        self.theirs.append(theirs)
        self.own.append(own)

    def line(self):
        """The row of the table."""
        ratio = median(self.own) / median(self.theirs)
        times = (f"{median(side):.3f} s / {max(side):.3f} s" for side in (self.theirs, self.own))
        met = "met" if ratio <= self.aim else "**missed**"
        return "| " + " | ".join([self.name, self.peer, *times, f"{ratio:.2f}x", f"{self.aim:g}x {met}"]) + " |"


PAIRS_HEAD = "| job | peer | peer p50 / most | allot p50 / most | ratio | aim |\n|---|---|---|---|---|---|"
