"""Prints the tables of `scripts/bench`: machine, versions, figures. Run it through that script."""

import argparse
import datetime
import os
import subprocess
import tempfile

import catalogue
import cli
import deploy
import federation
from rows import FACTS_HEAD, HEAD, PAIRS_HEAD

LINES_OF_A_VERDICT = 6


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--programs", required=True)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("what", nargs="*", choices=["deploy", "cli", "federation", "catalogue", "catalogue-git", []])
    options = parser.parse_args()
    print(machine())
    for what in options.what or ["cli", "deploy", "federation", "catalogue"]:
        # On the disk, as a real agent's directory is; a short path, since a unix socket is in it.
        with tempfile.TemporaryDirectory(prefix="allot-bench-", dir="/var/tmp") as directory:
            {"deploy": print_deploy, "cli": print_cli, "federation": print_federation, "catalogue": print_catalogue, "catalogue-git": print_beside_git}[what](options, directory)


def print_deploy(options, directory):
    rows, words = deploy.bench(options.programs, directory, options.rounds)
    print("\n" + HEAD)
    for row in rows:
        print(row.line())
    for row in rows:
        for side, requests in row.requests.items():
            print(f"\n{row.name}: {side} asked {sum(requests.values())} times:", ", ".join(f"{n} {what}" for what, n in sorted(requests.items())))
    print("\nA stack of six services, one of which always exits with 1:")
    for side, done in words:
        print(f"\n{side}: exit code {done.code} after {done.seconds:.1f} s; its last lines:")
        print("\n".join("    " + line for line in last_lines(done.text)))


def print_cli(options, directory):
    rows, facts = cli.bench(options.programs, directory, options.rounds)
    print("\n" + HEAD)
    for row in rows:
        print(row.line())
    print("\n" + FACTS_HEAD)
    for fact in facts:
        print(fact.line())


def print_beside_git(options, directory):
    print_catalogue(options, directory, only_git=True)


def print_catalogue(options, directory, only_git=False):
    pairs, said = catalogue.bench(options.programs, directory, only_git)
    print("\n" + PAIRS_HEAD)
    for pair in pairs:
        print(pair.line())
    print()
    for line in said:
        print("- " + line)


def print_federation(options, directory):
    facts, said = federation.bench(options.programs, directory)
    print("\n" + FACTS_HEAD)
    for fact in facts:
        print(fact.line())
    print()
    for line in said:
        print("- " + line)


def last_lines(text):
    """The end of what was said; of a line that was rewritten in place, its last state."""
    lines = [line.rsplit("\r", 1)[-1].rstrip() for line in text.replace("\r\n", "\n").splitlines()]
    return [line for line in lines if line][-LINES_OF_A_VERDICT:]


def machine():
    """Where and with what the figures were made."""
    with open("/proc/cpuinfo") as cpuinfo:
        models = [line.partition(":")[2].strip() for line in cpuinfo if line.startswith("model name")]
    with open("/proc/meminfo") as meminfo:
        memory = int(meminfo.readline().split()[1]) / 1024 / 1024
    docker = subprocess.run(["docker", "version", "--format", "docker CLI {{.Client.Version}}, engine {{.Server.Version}}"], check=True, capture_output=True, text=True)
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    load = os.getloadavg()[0]
    return f"{today}, {len(models)} x {models[0]}, {memory:.0f} GiB, Linux {os.uname().release}, {docker.stdout.strip()}, load {load:.1f} at the start"


if __name__ == "__main__":
    main()
