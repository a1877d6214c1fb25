"""What a hub carries: a thousand agents' streams, writers, a long log. The crowd is one process, the hub another."""

import json
import os
import socket
import statistics
import subprocess
import time

from measure import Process, percentile
from rows import Fact

MEMBERS = 64
AGENTS = 1000
REST = 20
ENTRIES = 100
LONG_LOG = 100_000
NO_HURRY = "\n[limits]\nappends_per_minute = 100000000\ncalls_per_minute = 100000000\nenrolments_per_hour = 1000000\nconnections_per_address = 4096\n"


class Hub:
    """A hub of the bench's own in `directory`, and the crowd's files beside it."""

    def __init__(self, programs, directory):
        self.program, self.crowd_program = f"{programs}/allot-hub", f"{programs}/examples/crowd"
        self.home, self.crowd_home = f"{directory}/hub", f"{directory}/crowd"
        self.log = open(f"{directory}/hub.log", "a")
        keys = self.crowd("keys", str(MEMBERS), self.crowd_home).split()
        address, http = (f"127.0.0.1:{free_port()}" for _ in range(2))
        founders = [word for key in keys for word in ("--founder", key)]
        self.call("init", "--federation", "bench", *founders, "--address", address, "--listen", address, "--http", http)
        with open(f"{self.home}/hub.toml", "a") as config:
            config.write(NO_HURRY)

    def call(self, *arguments):
        done = subprocess.run([self.program, *arguments, "--dir", self.home], check=True, capture_output=True, text=True)
        return done.stdout

    def crowd(self, *arguments, given=None):
        done = subprocess.run([self.crowd_program, *arguments], check=True, stdout=subprocess.PIPE, text=True, input=given)
        return done.stdout

    def serve(self):
        """Starts the hub; seconds until it answers."""
        started = time.perf_counter()
        self._daemon = subprocess.Popen([self.program, "serve", "--dir", self.home], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.process = Process(self._daemon.pid)
        while subprocess.run([self.program, "status", "--dir", self.home], capture_output=True).returncode != 0:
            if self._daemon.poll() is not None:
                raise SystemExit("the hub ended; see its log")
            time.sleep(0.01)
        return time.perf_counter() - started

    def stop(self):
        self._daemon.terminate()
        self._daemon.wait()

    def enrol(self, agents):
        invites = [self.call("invite", f"member-{number % MEMBERS:02}").strip() for number in range(agents)]
        self.crowd("enrol", self.crowd_home, given="\n".join(invites) + "\n")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def bench(programs, directory):
    """Facts with aims, and lines of text for what has none."""
    hub = Hub(programs, directory)
    hub.serve()
    hub.enrol(AGENTS)
    facts, said = streams(hub)
    more, lines = writers(hub, directory)
    facts, said = facts + more, said + lines
    hub.stop()
    return facts, said + long_log(hub, programs, directory)


def streams(hub):
    """Open streams at rest, an entry on all of them, and all of them back at once."""
    before = hub.process.rss()
    crowd = subprocess.Popen([hub.crowd_program, "streams", hub.crowd_home, str(AGENTS), str(REST), str(ENTRIES)], stdout=subprocess.PIPE, text=True)
    published, back, opened, at_rest, idle = [], None, None, None, None
    for line in crowd.stdout:
        event = json.loads(line)
        if event["what"] == "opened":
            opened = event["seconds"]
        elif event["what"] == "resting":
            time.sleep(2)
            cpu, since = hub.process.cpu(), time.perf_counter()
            time.sleep(REST - 4)
            at_rest, idle = hub.process.rss(), (hub.process.cpu() - cpu) / (time.perf_counter() - since)
        elif event["what"] == "published":
            published.append(event)
        elif event["what"] == "back":
            back = event
    if crowd.wait() != 0 or back is None:
        raise SystemExit("the crowd failed")
    everywhere = [e["everywhere"] * 1000 for e in published]
    acknowledged = [e["acknowledged"] * 1000 for e in published]
    facts = [
        Fact(f"an entry on every one of {AGENTS} agents, p99", percentile(everywhere, 99), 250, "ms"),
        Fact(f"the hub's memory for each of {AGENTS} agents", (at_rest - before) * 1024 / AGENTS, 60, "KiB"),
        Fact(f"{AGENTS} agents back at once", back["seconds"], 15, "s"),
    ]
    said = [
        f"an entry on every agent: p50 {statistics.median(everywhere):.1f} ms, p99 {percentile(everywhere, 99):.1f} ms; acknowledged to its author: p50 {statistics.median(acknowledged):.1f} ms",
        f"the hub: {before:.1f} MiB before, {at_rest:.1f} MiB with {AGENTS} streams; {idle * 100:.2f} % of a core while they rest ({idle / AGENTS * 1e6:.1f} us a second an agent)",
        f"{AGENTS} first connections in {opened:.1f} s; back at once in {back['seconds']:.1f} s; {back['failed']} streams failed on the way",
    ]
    return facts, said


def one_sync_each(directory, seconds):
    """Appends to a file, each with its own fdatasync: how many a second."""
    path = f"{directory}/plain"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        os.write(file, b"x" * 700)
        os.fdatasync(file)
        done += 1
    os.close(file)
    os.unlink(path)
    return done / seconds


def writers(hub, directory):
    """Acknowledged durable entries, over mutual TLS, beside one fdatasync each on the same disk, in turns."""
    rates, plain, times = {1: [], 8: [], 64: []}, [], {}
    for _ in range(3):
        plain.append(one_sync_each(directory, 2))
        for count in rates:
            event = json.loads(hub.crowd("write", hub.crowd_home, str(count), "3"))
            rates[count].append(event["entries"] / event["seconds"])
            times[count] = event["p99"] * 1000
    alone = statistics.median(plain)
    said = [f"one fdatasync each: {alone:.0f} a second"]
    for count, measured in rates.items():
        rate = statistics.median(measured)
        said.append(f"acknowledged entries, {count} writers: {rate:.0f} a second ({rate / alone:.2f}x), p99 {times[count]:.1f} ms")
    said += [line for line in journal(hub, directory) if "journal" in line]
    ratio = statistics.median(rates[64]) / alone
    return [Fact("one fdatasync each, over acknowledged entries of 64 writers", 1 / ratio, 0.1, "x")], said


def journal(hub, directory):
    """The same in the journal alone: no network, no signature. What group commit by itself is worth."""
    program = hub.crowd_program.replace("crowd", "group_commit")
    return subprocess.run([program, directory, "1"], check=True, capture_output=True, text=True).stdout.splitlines()


def long_log(hub, programs, directory):
    """A log of a hundred thousand entries: starting with it, and verifying it."""
    started = time.perf_counter()
    hub.crowd("fill", hub.crowd_home, f"{hub.home}/ledger", str(LONG_LOG))
    filled = time.perf_counter() - started
    start = hub.serve()
    said = [f"a log of {LONG_LOG} entries more (filled in {filled:.0f} s): the hub answers {start:.2f} s after its start, {hub.process.rss():.0f} MiB"]
    invite = hub.call("invite", "member-00").strip()
    socket_path, home = f"{directory}/agent.sock", f"{directory}/agent"
    env = {**os.environ, "ALLOT_SOCKET": socket_path, "NO_COLOR": "1"}
    subprocess.run([f"{programs}/allot-agent", "init", "--dir", home, "--server", "bench", "--socket", socket_path, "--engine", "sim", "--collective", "member-00"], check=True, capture_output=True)
    agent = subprocess.Popen([f"{programs}/allot-agent", "serve", "--dir", home], stdin=subprocess.DEVNULL, stdout=hub.log, stderr=hub.log)
    while not os.path.exists(socket_path):
        time.sleep(0.01)
    allot = f"{programs}/allot"
    started = time.perf_counter()
    subprocess.run([allot, "federation", "join", "-"], check=True, capture_output=True, text=True, input=invite, env=env)
    joined = time.perf_counter() - started
    started = time.perf_counter()
    verified = json.loads(subprocess.run([allot, "--output", "json", "ledger", "verify"], check=True, capture_output=True, text=True, env=env).stdout.splitlines()[-1])
    took = time.perf_counter() - started
    said.append(f"an agent joins it and has verified every entry in {joined:.1f} s; `allot ledger verify` of {verified['size']} entries: {took:.2f} s; the agent then holds {Process(agent.pid).rss():.0f} MiB")
    agent.terminate()
    agent.wait()
    hub.stop()
    return said
