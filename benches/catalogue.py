"""The catalogue: a hub that takes recipes' tags, beside git that only reads them; and two thousand recipes, at the hub and at an agent."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import catalogue_repos as repos
from catalogue_forge import Forge
from deploy import note
from federation import NO_HURRY, free_port
from measure import Process, median, percentile, quick
from rows import Pair

FEW, MANY, TAGS = 100, 2000, 20
ORGANISATION = "coop-cloud"
ROUNDS = 5


class Hub:
    """A hub in `home`, with one founder whose agent is not there yet."""

    def __init__(self, programs, directory, seen_at=None):
        self.program, self.home = f"{programs}/allot-hub", f"{directory}/hub"
        self.log = open(f"{directory}/hub.log", "a")
        self.agent = Agent(programs, directory)
        self.listen, self.http = (f"127.0.0.1:{free_port()}" for _ in range(2))
        where = ["--address", seen_at or self.listen, "--listen", self.listen, "--http", self.http]
        self.call("init", "--federation", "bench", "--founder", f"bench={self.agent.key}", *where)

    def call(self, *arguments):
        done = subprocess.run([self.program, *arguments, "--dir", self.home], check=True, capture_output=True, text=True)
        return done.stdout

    def configure(self, text):
        with open(f"{self.home}/hub.toml", "a") as config:
            config.write(text)

    def serve(self):
        self._daemon = subprocess.Popen([self.program, "serve", "--dir", self.home], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.process = Process(self._daemon.pid)

    def await_figures(self, **wanted):
        """Returns once the hub says that it has so much of something."""
        while True:
            if self._daemon.poll() is not None:
                raise SystemExit("the hub ended; see its log")
            figures = self.figures()
            if all(sum(v for k, v in figures.items() if k.startswith(name)) >= value for name, value in wanted.items()):
                return figures
            # Asking more often would keep a core busy that the hub could have.
            time.sleep(0.01)

    def figures(self):
        """What `/metrics` says; nothing while nobody answers."""
        try:
            connection = http.client.HTTPConnection(self.http, timeout=10)
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
            connection.close()
        except (OSError, http.client.HTTPException):
            return {}
        lines = re.findall(r"^allot_hub_(\S+) (\S+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in lines}

    def stop(self):
        self._daemon.terminate()
        self._daemon.wait()


class Agent:
    """The founder's agent, on a simulated engine."""

    def __init__(self, programs, directory):
        self.programs, self.home, self.socket = programs, f"{directory}/agent", f"{directory}/agent.sock"
        self.program, self.env = f"{programs}/allot", {**os.environ, "ALLOT_SOCKET": self.socket, "NO_COLOR": "1"}
        self.log = open(f"{directory}/agent.log", "a")
        init = [f"{programs}/allot-agent", "init", "--dir", self.home, "--server", "bench", "--socket", self.socket, "--engine", "sim", "--collective", "bench"]
        printed = subprocess.run(init, check=True, capture_output=True, text=True).stdout
        self.key = next(word for word in printed.split() if word.startswith("bench+"))

    def join(self, invite):
        self._daemon = subprocess.Popen([f"{self.programs}/allot-agent", "serve", "--dir", self.home], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.process = Process(self._daemon.pid)
        while not os.path.exists(self.socket):
            time.sleep(0.01)
        subprocess.run([self.program, "federation", "join", "-"], check=True, capture_output=True, text=True, input=invite, env=self.env)

    def ask(self, *arguments):
        done = subprocess.run([self.program, "--output", "json", *arguments], check=True, capture_output=True, text=True, env=self.env)
        return json.loads(done.stdout)

    def await_versions(self, count, pause=0.0):
        """Returns once the agent has so many versions, and every document of them."""
        while True:
            status = self.ask("catalogue", "status")
            if int(status["versions"]) >= count and int(status["missing"]) == 0:
                return
            time.sleep(pause)

    def stop(self):
        self._daemon.terminate()
        self._daemon.wait()


class Meter:
    """Stands between agent and hub, passes every byte on, and counts those that come from the hub."""

    def __init__(self):
        self.upstream, self.received, self.sent = None, 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            host, _, port = self.upstream.partition(":")
            hub = socket.create_connection((host, int(port)))
            for one in (client, hub):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pump, args=(client, hub, "sent"), daemon=True).start()
            threading.Thread(target=self._pump, args=(hub, client, "received"), daemon=True).start()

    def _pump(self, source, sink, counter):
        try:
            while data := source.recv(262_144):
                setattr(self, counter, getattr(self, counter) + len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def bench(programs, directory, only_git=False):
    """Pairs beside git, and lines of text for what has no peer."""
    pairs, said = beside_git(programs, f"{directory}/few")
    return pairs, said if only_git else said + many(programs, f"{directory}/many")


def beside_git(programs, directory):
    """A hundred repositories on this disk, taken by a hub whose log is empty, and again when nothing has changed."""
    note(f"making {FEW} repositories")
    folders = repos.repositories(f"{directory}/git", FEW, TAGS)
    size = f"{FEW} repositories x {TAGS} tags"
    cold = Pair(f"{size}, mirrors there: documents and entries made", "one `git cat-file --batch` each", 1)
    first = Pair(f"{size}, from nothing: fetched, documents and entries made", "`git clone --mirror`, `cat-file --batch` each", 1)
    again = Pair(f"{size}, no change", "one `git cat-file --batch` each", 0.05)
    show = Pair("the same, mirrors there", "one `git show` each tag", 1)
    hub = Hub(programs, directory)
    hub.configure("\n[catalogue]\n" + "".join(f'[[catalogue.git]]\nurl = "{folder}"\n' for folder in folders))
    empty = f"{directory}/empty"
    shutil.copytree(hub.home, empty, symlinks=True)
    cpu = []
    for n in range(ROUNDS + 1):
        note(f"round {n} of {ROUNDS}")
        renew(hub, empty, mirrors=False)
        taken, _ = timed(lambda: take_all(hub))
        hub.stop()
        mirrored, _ = timed(lambda: repos.cat_file(repos.mirror(folders, f"{directory}/mirrors"), TAGS))
        put_aside(f"{directory}/mirrors")
        renew(hub, empty, mirrors=True)
        cold_taken, _ = timed(lambda: take_all(hub))
        used = hub.process.cpu()
        read, _ = timed(lambda: repos.cat_file(folders, TAGS))
        # After a look that somebody asked for the hub pauses for a second: one that is asked for later begins at once.
        time.sleep(1.2)
        looked, _ = timed(lambda: hub.call("catalogue", "sync"))
        hub.stop()
        if n:
            first.add(mirrored, taken)
            cold.add(read, cold_taken)
            again.add(read, looked)
            cpu.append(used)
    shown, size_read = timed(lambda: repos.show(folders, TAGS))
    show.add(shown, median(cold.own))
    start = idle_start(hub, empty)
    said = [
        f"{size}: the hub's start is part of its time, {start * 1000:.0f} ms without a source; CPU of the hub, mirrors there, {median(cpu):.2f} s; git reads {size_read / 1e6:.1f} MB of them",
    ]
    return [cold, show, first, again], said


def renew(hub, empty, mirrors):
    """An empty hub again; with the mirrors that it had, or without. What was there is put aside and not removed: ext4 leaves inodes
    alone that were freed within the last minutes, and looks through all of them for each new file."""
    old = put_aside(hub.home)
    shutil.copytree(empty, hub.home, symlinks=True)
    if mirrors:
        os.rename(f"{old}/mirrors", f"{hub.home}/mirrors")
    os.sync()


def put_aside(folder):
    """Moves a folder out of the way; it goes with all others when the bench ends."""
    number = 0
    while os.path.exists(aside := f"{folder}.{number}"):
        number += 1
    os.rename(folder, aside)
    return aside


def take_all(hub):
    hub.serve()
    hub.await_figures(catalogue_observed_total=FEW * TAGS, catalogue_looks_total=FEW)


def idle_start(hub, empty):
    """Seconds from the start of a hub without sources to its first answer."""
    put_aside(hub.home)
    shutil.copytree(empty, hub.home, symlinks=True)
    with open(f"{hub.home}/hub.toml") as config:
        text = config.read().partition("\n[catalogue]")[0]
    with open(f"{hub.home}/hub.toml", "w") as config:
        config.write(text)
    hub.serve()
    took, _ = timed(lambda: hub.await_figures(log_entries=1))
    hub.stop()
    return took


def many(programs, directory):
    """Two thousand recipes at a forge: the hub that takes them, an agent that has them, and one more version."""
    note(f"making {MANY} repositories")
    folders = repos.repositories(f"{directory}/git/{ORGANISATION}", MANY, TAGS, "recipe-{:04}.git")
    forge, meter = Forge(f"{directory}/git"), Meter()
    hub = Hub(programs, directory, meter.address)
    meter.upstream = hub.listen
    hub.configure(f'{NO_HURRY}\n[catalogue]\n[[catalogue.forge]]\nurl = "{forge.url}"\norganisation = "{ORGANISATION}"\n')
    note("the hub takes them")
    hub.serve()
    took, _ = timed(lambda: hub.await_figures(catalogue_observed_total=MANY * TAGS, catalogue_looks_total=1))
    cpu, rss, peak = hub.process.cpu(), hub.process.rss(), hub.process.peak()
    said = [f"{MANY} recipes x {TAGS} versions, from a forge on the same machine: {took:.1f} s, CPU of the hub {cpu:.1f} s; its memory then {rss:.0f} MiB (at most {peak:.0f})"]
    time.sleep(1.2)
    quiet, _ = timed(lambda: hub.call("catalogue", "sync", "recipe-0000"))
    note("an agent joins")
    agent = hub.agent
    try:
        joined, _ = timed(lambda: join(agent, hub))
        size = meter.received
        said.append(f"an agent joins and has all {MANY * TAGS} documents after {joined:.0f} s and {size / 1e6:.1f} MB; its memory then {agent.process.rss():.0f} MiB, the hub's {hub.process.rss():.0f} MiB")
        said.append(changes(hub, agent, meter, forge, folders))
        said += asked(agent)
        said.append(f"one recipe of the forge looked at, no change: {quiet * 1000:.0f} ms")
    finally:
        agent.stop()
        hub.stop()
        forge.close()
    return said


def join(agent, hub):
    agent.join(hub.call("invite", "bench").strip())
    agent.await_versions(MANY * TAGS, 0.2)


def changes(hub, agent, meter, forge, folders):
    """One more version of one recipe, again and again: what that costs an agent."""
    times, sizes, known = [], [], MANY * TAGS
    for n in range(10):
        folder = folders[n]
        repos.release(folder, TAGS)
        forge.changed(folder)
        time.sleep(1.2)
        before = meter.received + meter.sent
        started = time.perf_counter()
        hub.call("catalogue", "sync", os.path.basename(folder).removesuffix(".git"))
        synced = time.perf_counter()
        known += 1
        agent.await_versions(known)
        times.append((time.perf_counter() - started, time.perf_counter() - synced))
        sizes.append(meter.received + meter.sent - before)
    whole, after = ([t[which] * 1000 for t in times] for which in (0, 1))
    return f"one more version of one recipe: at the agent {median(whole):.0f} ms after the hub was told to look (at most {max(whole):.0f}), {median(after):.0f} ms after it had looked; {median(sizes) / 1024:.1f} KiB both ways, the entry, its checkpoint and one document (at most {max(sizes) / 1024:.1f})"


def asked(agent):
    """Lists and searches over all of them."""
    said = []
    commands = [("recipe", "list"), ("recipe", "list", "recipe-17"), ("recipe", "search", "recipe-1234"), ("recipe", "search", "nothing", "like", "it"), ("recipe", "show", "recipe-0007")]
    for command in commands:
        runs = [quick([agent.program, *command], agent.env) for _ in range(41)][1:]
        wall = [r.seconds * 1000 for r in runs]
        said.append(f"`allot {' '.join(command)}`: p50 {median(wall):.1f} ms, p99 {percentile(wall, 99):.1f} ms")
    said.append(f"the agent after that: {agent.process.rss():.0f} MiB")
    return said


def timed(work):
    """Seconds that something takes, and what it gives."""
    started = time.perf_counter()
    given = work()
    return time.perf_counter() - started, given
