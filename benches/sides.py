"""The two sides of each comparison: the docker CLI, and `allot` with its agent."""

import os
import signal
import subprocess
import time

from measure import Process, run

DOCKER_SOCKET = "/var/run/docker.sock"
ENGINE_PID = "/var/run/docker.pid"


def engine_cpu():
    """CPU seconds of the engine until now; 0 where its process cannot be seen."""
    try:
        with open(ENGINE_PID) as pid:
            return Process(int(pid.read())).cpu()
    except OSError:
        return 0


def with_engine(argv, env, timeout):
    """One run, and what the engine worked meanwhile."""
    before = engine_cpu()
    done = run(argv, env, timeout)
    done.engine = engine_cpu() - before
    return done


class Docker:
    """The docker CLI on PATH, speaking to the engine at a socket."""

    name = "docker"

    def __init__(self, socket=DOCKER_SOCKET):
        self.env = {**os.environ, "DOCKER_HOST": f"unix://{socket}"}
        self.program = subprocess.run(["which", "docker"], check=True, capture_output=True, text=True).stdout.strip()

    def call(self, *arguments, timeout=None):
        """One call of the CLI, measured."""
        return with_engine([self.program, *arguments], self.env, timeout)

    def must(self, *arguments):
        """One call that is no part of any figure and has to succeed."""
        return must(self.call(*arguments), ["docker", *arguments])

    def deploy(self, stack, recipe, *flags, timeout=None):
        """`docker stack deploy`; no registry is asked."""
        return self.call("stack", "deploy", "--resolve-image", "never", *flags, "-c", f"{recipe}/compose.yml", stack, timeout=timeout)

    def remove(self, stack):
        """`docker stack rm`, and what it does not wait for: containers, networks."""
        self.must("stack", "rm", stack)
        label = f"label=com.docker.stack.namespace={stack}"
        while any(self.must(*list_, "--filter", label).text.split() for list_ in (["ps", "-aq"], ["network", "ls", "-q"])):
            time.sleep(0.1)


class Allot:
    """`allot` and an agent of its own in `directory`, both from `programs`."""

    name = "allot"

    def __init__(self, programs, directory, engine=DOCKER_SOCKET):
        self.program, self.agent_program = f"{programs}/allot", f"{programs}/allot-agent"
        self.directory, self.socket = directory, f"{directory}/agent.sock"
        self.env = {**os.environ, "ALLOT_SOCKET": self.socket, "NO_COLOR": "1"}
        must(
            run([self.agent_program, "init", "--dir", f"{directory}/agent", "--server", "bench", "--socket", self.socket, "--endpoint", f"unix://{engine}"]),
            ["allot-agent", "init"],
        )
        self.start()

    def start(self, engine=None):
        """Starts the agent and waits until it answers."""
        endpoint = ["--endpoint", f"unix://{engine}"] if engine else []
        log = open(f"{self.directory}/agent.log", "a")
        self._daemon = subprocess.Popen([self.agent_program, "serve", "--dir", f"{self.directory}/agent", *endpoint], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.agent = Process(self._daemon.pid)
        deadline = time.monotonic() + 20
        while run([self.program, "agent", "status"], self.env).code != 0:
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                with open(f"{self.directory}/agent.log") as log:
                    raise SystemExit(f"the agent does not answer; its log:\n{log.read()}")
            time.sleep(0.05)

    def stop(self):
        """Ends the agent."""
        self._daemon.send_signal(signal.SIGTERM)
        self._daemon.wait(30)

    def call(self, *arguments, timeout=None):
        """One call of the CLI; the agent's CPU time meanwhile is added, its peak memory too."""
        self.agent.forget_peak()
        before = self.agent.cpu()
        done = with_engine([self.program, *arguments], self.env, timeout)
        done.cpu += self.agent.cpu() - before
        done.rss += self.agent.peak()
        return done

    def must(self, *arguments):
        """One call that is no part of any figure and has to succeed."""
        return must(self.call(*arguments), ["allot", *arguments])

    def new(self, app, recipe, *flags):
        """Registers an app of the recipe in a folder."""
        return self.must("app", "new", f"file://{recipe}", "--domain", app, "--no-input", *flags)

    def deploy(self, app, *flags, timeout=None):
        """`allot app deploy`; no registry is asked."""
        return self.call("app", "deploy", app, "--yes", "--resolve-image", "never", *flags, timeout=timeout)

    def undeploy(self, app):
        """Takes an app off the swarm; returns when all of it is gone."""
        self.must("app", "undeploy", app, "--yes")

    def remove(self, app):
        """Deletes an app, its secrets and volumes."""
        self.must("app", "remove", app, "--yes")


def must(done, argv):
    """Ends the bench when a step beside the figures failed."""
    if done.code != 0:
        raise SystemExit(f"{' '.join(argv)} ended with {done.code}:\n{done.text}")
    return done
