"""One run of a program, and figures over many of them."""

import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass, field


@dataclass
class Run:
    """What one run cost."""

    seconds: float
    """Wall time from just before the start to the end of the process."""
    cpu: float
    """User and system seconds of the process and its children."""
    rss: float
    """Peak resident memory of the process, MiB."""
    code: int
    """Exit code; a killed process has the negative signal number."""
    text: str = field(repr=False)
    """stdout and stderr together."""
    engine: float = 0
    """CPU seconds of the engine meanwhile, whoever kept it busy."""


def run(argv, env=None, timeout=None):
    """Runs a program to its end. One that takes longer than `timeout` seconds gets SIGINT, as from an impatient person."""
    read, write = os.pipe()
    started = time.perf_counter()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=write, stderr=write, env=env)
    os.close(write)
    text = _read_until(read, process, None if timeout is None else started + timeout)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, text)


def _read_until(fd, process, deadline):
    chunks = []
    while True:
        patience = None if deadline is None else max(0, deadline - time.perf_counter())
        if not select.select([fd], [], [], patience)[0]:
            process.send_signal(signal.SIGINT)
            deadline = None
            continue
        chunk = os.read(fd, 65536)
        if not chunk:
            os.close(fd)
            return b"".join(chunks).decode(errors="replace")
        chunks.append(chunk)


def quick(argv, env=None):
    """Seconds of one run whose output nobody reads: the least that the measuring itself can cost."""
    actions = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    started = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, env or os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), "")


def percentile(values, share):
    """The value that `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100) - 1))]


def median(values):
    """The middle value; of an even number the mean of the two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


class Process:
    """A daemon, looked at from outside through /proc."""

    TICKS = os.sysconf("SC_CLK_TCK")

    def __init__(self, pid):
        self.pid = pid

    def cpu(self):
        """User and system seconds until now."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / self.TICKS

    def _memory(self, key):
        with open(f"/proc/{self.pid}/status") as status:
            line = next(line for line in status if line.startswith(key + ":"))
        return int(line.split()[1]) / 1024

    def rss(self):
        """Resident memory now, MiB."""
        return self._memory("VmRSS")

    def own_rss(self):
        """Of it what no file backs: heap and stacks, MiB."""
        return self._memory("RssAnon")

    def peak(self):
        """The most resident memory since `forget_peak`, MiB."""
        return self._memory("VmHWM")

    def forget_peak(self):
        """Starts a new peak."""
        with open(f"/proc/{self.pid}/clear_refs", "w") as refs:
            refs.write("5")
