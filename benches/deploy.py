"""`scripts/bench deploy`: from the command to the verdict, and from the command to the engine's last yes."""

import sys
import time

import recipes
from proxy import Proxy
from rows import Row
from sides import DOCKER_SOCKET, Allot, Docker, must

STACK = "bench-docker"
APP = "bench-allot.example.com"

# Longer than any honest verdict here takes, so that a side that never ends is told apart from a slow one.
NEVER = 90


def bench(programs, directory, rounds):
    """All rows, and what was said about a stack that cannot run."""
    docker, allot = Docker(), Allot(programs, directory)
    six = recipes.running(f"{directory}/six")
    twenty = recipes.parked(f"{directory}/twenty")
    broken = recipes.crash_looping(f"{directory}/broken")
    try:
        rows = [verdict_row(docker, allot, six, rounds), *accepted_rows(docker, allot, twenty, rounds)]
        words = truth(docker, allot, broken)
        count_requests(rows, allot, six, twenty, directory)
    finally:
        clean_up(docker, allot)
    return rows, words


def verdict_row(docker, allot, recipe, rounds):
    """Six services, until the side says how it ended. Every round starts from nothing."""
    row = Row("6 services, to the verdict", 0.3)
    allot.new(APP, recipe)
    for n in range(rounds):
        note(f"{row.name}: round {n + 1} of {rounds}")
        row.docker.append(must(docker.deploy(STACK, recipe, "--detach=false"), ["docker stack deploy"]))
        docker.remove(STACK)
        row.allot.append(must(allot.deploy(APP), ["allot app deploy"]))
        allot.undeploy(APP)
    allot.remove(APP)
    return row


def accepted_rows(docker, allot, recipe, rounds):
    """20 services, secrets and configs: the first time, then the same again."""
    first = Row("20 services + 20 secrets + 20 configs, detached, first", 0.35)
    again = Row("the same again, unchanged", 0.1)
    for n in range(rounds):
        note(f"{first.name}: round {n + 1} of {rounds}")
        allot.new(APP, recipe)
        first.docker.append(must(docker.deploy(STACK, recipe, "--detach=true"), ["docker stack deploy"]))
        first.allot.append(must(allot.deploy(APP, "--detach"), ["allot app deploy"]))
        settle(docker)
        again.docker.append(must(docker.deploy(STACK, recipe, "--detach=true"), ["docker stack deploy"]))
        again.allot.append(must(allot.deploy(APP, "--detach"), ["allot app deploy"]))
        docker.remove(STACK)
        allot.undeploy(APP)
        allot.remove(APP)
    return first, again


def settle(docker):
    """Waits until the engine is done with what it accepted: no service is `updating` any more."""
    while "updating" in docker.must("service", "ls", "-q").text:
        time.sleep(0.1)


def count_requests(rows, allot, six, twenty, directory):
    """One run of each row through the counting proxy, both sides."""
    note("counting requests")
    proxy = Proxy(f"{directory}/engine.sock", DOCKER_SOCKET)
    docker = Docker(proxy.path)
    allot.stop()
    allot.start(proxy.path)
    verdict, first, again = rows

    def counted(row, side, deploy):
        proxy.reset()
        must(deploy(), [side.name, "deploy"])
        row.requests[side.name] = proxy.requests()

    counted(verdict, docker, lambda: docker.deploy(STACK, six, "--detach=false"))
    docker.remove(STACK)
    allot.new(APP, six)
    counted(verdict, allot, lambda: allot.deploy(APP))
    allot.undeploy(APP)
    allot.remove(APP)
    allot.new(APP, twenty)
    for row in (first, again):
        counted(row, docker, lambda: docker.deploy(STACK, twenty, "--detach=true"))
        counted(row, allot, lambda: allot.deploy(APP, "--detach"))
    docker.remove(STACK)
    allot.undeploy(APP)
    allot.remove(APP)
    allot.stop()
    allot.start()


def truth(docker, allot, recipe):
    """A stack with a service that cannot run: what each side says at last, and its exit code."""
    note("a stack with a crash-looping service")
    allot.new(APP, recipe)
    said = []
    for side, deploy in (
        ("docker stack deploy --detach=false", lambda: docker.deploy(STACK, recipe, "--detach=false", timeout=NEVER)),
        ("docker stack deploy", lambda: docker.deploy(STACK, recipe, timeout=NEVER)),
        ("allot app deploy --yes", lambda: allot.deploy(APP, timeout=NEVER)),
    ):
        done = deploy()
        said.append((side, done))
        if side.startswith("docker"):
            docker.remove(STACK)
    allot.undeploy(APP)
    allot.remove(APP)
    return said


def clean_up(docker, allot):
    """Whatever happened, nothing of the bench stays on the swarm."""
    docker.call("stack", "rm", STACK)
    allot.call("app", "undeploy", APP, "--yes")
    allot.call("app", "remove", APP, "--yes")
    allot.stop()


def note(text):
    """Progress, on stderr."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
