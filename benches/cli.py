"""`scripts/bench cli`: what an operator feels at each command, and what the agent costs while nobody asks."""

import time

import recipes
from deploy import note
from measure import median, percentile, quick
from proxy import Proxy
from rows import Fact, Row
from sides import DOCKER_SOCKET, Allot, Docker

APPS = 100
IDLE = 60
LABEL = "com.docker.stack.namespace"


def bench(programs, directory, rounds):
    """The rows beside docker, and the figures that have no peer."""
    docker, allot = Docker(), Allot(programs, directory)
    facts = []
    try:
        facts.append(Fact("agent, just started: RSS", rss_at_rest(allot), 20, "MiB"))
        note(f"making {APPS} apps and {APPS} stacks")
        recipe = recipes.parked(f"{directory}/recipe", 1)
        for n in range(APPS):
            allot.new(app(n), recipe, *(["--offline"] if n else []))
        make_stacks(docker)
        rows = timed(docker, allot, rounds * 5)
        count_requests(rows, docker, allot, directory)
        facts += start_facts(allot, rounds * 10)
        facts += idle_facts(allot, recipe)
    finally:
        remove_stacks(docker)
        allot.call("app", "undeploy", app(0), "--yes")
        allot.call("app", "remove", app(0), "--yes")
        allot.stop()
    return rows, facts


def app(n):
    """Name of an app."""
    return f"bench-{n:03}.example.com"


def make_stacks(docker):
    """A service a stack, without tasks and networks: all that `docker stack ls` looks at."""
    for n in range(APPS):
        stack = f"bench-{n:03}"
        docker.must("service", "create", "-q", "--detach", "--no-resolve-image", "--replicas", "0", "--name", f"{stack}_app", "--label", f"{LABEL}={stack}", recipes.IMAGE)


def remove_stacks(docker):
    """Removes what `make_stacks` made, if it did."""
    names = [f"bench-{n:03}_app" for n in range(APPS)]
    docker.call("service", "rm", *names)


def timed(docker, allot, rounds):
    """Both lists and both starts, in turns."""
    listed = Row(f"`app list`, {APPS} apps / `stack ls`, {APPS} stacks", 0.25, "ms")
    asked = Row(f"`app list -S` (asks the swarm too), {APPS} apps / `stack ls`", 1, "ms")
    started = Row("`--version`", 1, "ms")
    # Both sides alike: output to /dev/null, and a first run that nobody counts.
    for n in range(rounds + 1):
        done = [
            (listed.docker, quick([docker.program, "stack", "ls"], docker.env)),
            (listed.allot, with_agent(allot, "app", "list")),
            (asked.docker, quick([docker.program, "stack", "ls"], docker.env)),
            (asked.allot, with_agent(allot, "app", "list", "-S")),
            (started.docker, quick([docker.program, "--version"], docker.env)),
            (started.allot, quick([allot.program, "--version"], allot.env)),
        ]
        for runs, one in done:
            if one.code != 0:
                raise SystemExit(f"a timed command ended with {one.code}")
            if n:
                runs.append(one)
    return listed, asked, started


def with_agent(allot, *arguments):
    """One quick call with the agent's share of CPU and memory."""
    allot.agent.forget_peak()
    before = allot.agent.cpu()
    done = quick([allot.program, *arguments], allot.env)
    done.cpu += allot.agent.cpu() - before
    done.rss += allot.agent.peak()
    return done


def count_requests(rows, docker, allot, directory):
    """One run of each list through the counting proxy."""
    proxy = Proxy(f"{directory}/engine.sock", DOCKER_SOCKET)
    counted = Docker(proxy.path)
    allot.stop()
    allot.start(proxy.path)
    listed, asked, started = rows
    for row, verb in ((listed, ["list"]), (asked, ["list", "-S"])):
        proxy.reset()
        counted.must("stack", "ls")
        row.requests["docker"] = proxy.requests()
        proxy.reset()
        allot.must("app", *verb)
        row.requests["allot"] = proxy.requests()
    allot.stop()
    allot.start()


def start_facts(allot, rounds):
    """How soon the CLI is there: by itself, and with an answer of the agent."""
    note("starting the CLI")
    facts = []
    for name, arguments in (("`allot --version`", ["--version"]), ("`allot app history`, one call of the agent", ["app", "history", app(0)])):
        quick([allot.program, *arguments], allot.env)
        wall = [quick([allot.program, *arguments], allot.env).seconds * 1000 for _ in range(rounds)]
        facts.append(Fact(f"{name}: p50 (p99 {percentile(wall, 99):.1f} ms)", median(wall), 5, "ms"))
    return facts


def idle_facts(allot, recipe):
    """The agent at rest: with all the apps, after a deploy, and over a minute in which nobody asks."""
    facts = [Fact(f"agent with {APPS} apps, started anew: RSS", rss_at_rest(allot), 20, "MiB")]
    if allot.deploy(app(0)).code != 0:
        raise SystemExit("the deploy before the idle minute failed")
    facts.append(Fact("agent right after a deploy: RSS", allot.agent.rss(), 20, "MiB"))
    note(f"an idle agent for {IDLE} seconds")
    before = allot.agent.cpu()
    time.sleep(IDLE)
    facts.append(Fact(f"agent idle for {IDLE} s: CPU", (allot.agent.cpu() - before) / IDLE * 100, 0.1, "%"))
    facts.append(Fact("agent idle after a deploy: RSS", allot.agent.rss(), 20, "MiB"))
    facts.append(Fact("of it heap and stacks, what no file backs", allot.agent.own_rss(), 20, "MiB"))
    return facts


def rss_at_rest(allot):
    """RSS two seconds after the last call, when idle threads have ended."""
    time.sleep(3)
    return allot.agent.rss()
