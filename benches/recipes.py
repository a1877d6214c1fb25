"""Stacks to deploy: the same compose file for both sides, in a git repository for the one that wants one."""

import os
import subprocess

IMAGE = "allotment/busybox:1"

# No user's git settings (signing, hooks) get in.
GIT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "bench"), ("EMAIL", "bench@allotment.invalid"))},
}


def running(directory, services=6):
    """So many services of one task each, which sleep and end at once when told to."""
    body = [f"  s{n:02}:\n    image: {IMAGE}\n    command: [sleep, '100000']\n    stop_signal: SIGKILL\n" for n in range(services)]
    return repository(directory, "services:\n" + "".join(body), {})


def parked(directory, count=20):
    """`count` services, each with a secret and a config from files, none with a task: what is timed is the deploying."""
    services, secrets, configs, files = [], [], [], {}
    for n in range(count):
        services.append(
            f"  s{n:02}:\n    image: {IMAGE}\n    command: [sleep, '100000']\n    deploy: {{replicas: 0}}\n"
            f"    secrets: [secret{n:02}]\n    configs: [{{source: config{n:02}, target: /etc/config}}]\n"
        )
        secrets.append(f"  secret{n:02}:\n    file: ./secret{n:02}\n")
        configs.append(f"  config{n:02}:\n    file: ./config{n:02}\n")
        files[f"secret{n:02}"] = f"secret {n} " + "x" * 64
        files[f"config{n:02}"] = f"config {n}\n" + "key = value\n" * 50
    text = "services:\n" + "".join(services) + "secrets:\n" + "".join(secrets) + "configs:\n" + "".join(configs)
    return repository(directory, text, files)


def crash_looping(directory):
    """Five services that run and one that always exits with 1."""
    body = [f"  s{n:02}:\n    image: {IMAGE}\n    command: [sleep, '100000']\n    stop_signal: SIGKILL\n" for n in range(5)]
    body.append(f"  s05:\n    image: {IMAGE}\n    command: [sh, -c, 'echo no database; exit 1']\n")
    return repository(directory, "services:\n" + "".join(body), {})


def repository(directory, compose, files):
    """Writes the files into a new git repository with the tag 1.0.0+1; returns its folder."""
    os.makedirs(directory)
    files = {"compose.yml": 'version: "3.8"\n' + compose, ".env.sample": "TYPE=bench\nDOMAIN=bench.example.com\n", **files}
    for name, text in files.items():
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "bench"], ["tag", "-a", "-m", "bench", "1.0.0+1"]):
        subprocess.run(["git", "-C", directory, *command], check=True, env=GIT)
    return directory
