"""A forge as fast as one can be: the list of an organisation's repositories, and git's own protocol (version 2) out of memory.

A clone gets the pack that `git fast-import` wrote, as it is. Only what is fetched into a mirror that has something is git's
work. So the time of a hub that takes thousands of repositories is the hub's."""

import glob
import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from catalogue_repos import git
from recipes import GIT

HELLO = b"version 2\n", b"agent=bench\n", b"ls-refs\n", b"fetch\n", b"object-format=sha1\n"


def packet(line):
    """A line of git's protocol."""
    return b"%04x" % (len(line) + 4) + line


class Forge:
    """Serves the repositories in `root`, at `ORGANISATION/NAME.git`."""

    def __init__(self, root):
        self.root, self._refs = root, {}
        forge = self

        class Answers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                forge.get(self)

            def do_POST(self):
                forge.post(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()

    def changed(self, folder):
        """A repository has something new."""
        self._refs.pop(folder, None)

    def get(self, asked):
        path, _, query = asked.path.partition("?")
        if path.startswith("/api/v1/orgs/"):
            return self.list(asked, path.split("/")[4], dict(pair.split("=") for pair in query.split("&") if pair))
        hello = packet(b"# service=git-upload-pack\n") + b"0000" + b"".join(map(packet, HELLO)) + b"0000"
        answer(asked, hello, "application/x-git-upload-pack-advertisement")

    def list(self, asked, organisation, query):
        names = sorted(name.removesuffix(".git") for name in os.listdir(f"{self.root}/{organisation}"))
        page, limit = int(query.get("page", 1)), min(50, int(query.get("limit", 30)))
        here = names[(page - 1) * limit : page * limit]
        items = [{"name": name, "clone_url": f"{self.url}/{organisation}/{name}.git", "description": f"What {name} is for", "default_branch": "main"} for name in here]
        more = {"X-Total-Count": str(len(names))}
        if page * limit < len(names):
            more["Link"] = f'<{self.url}/api/v1/orgs/{organisation}/repos?limit={limit}&page={page + 1}>; rel="next"'
        answer(asked, json.dumps(items).encode(), "application/json", more)

    def post(self, asked):
        body = read_body(asked)
        folder = self.root + asked.path.removesuffix("/git-upload-pack")
        if b"command=ls-refs" in body:
            return answer(asked, self.refs(folder), RESULT)
        packs = glob.glob(f"{folder}/objects/pack/*.pack")
        if b"have " in body or len(packs) != 1:
            command = ["git", "upload-pack", "--stateless-rpc", folder]
            done = subprocess.run(command, input=body, stdout=subprocess.PIPE, check=True, env={**GIT, "GIT_PROTOCOL": "version=2"})
            return answer(asked, done.stdout, RESULT)
        with open(packs[0], "rb") as file:
            pack = file.read()
        pieces = (pack[at : at + 65_515] for at in range(0, len(pack), 65_515))
        answer(asked, packet(b"packfile\n") + b"".join(packet(b"\1" + piece) for piece in pieces) + b"0000", RESULT)

    def refs(self, folder):
        if folder not in self._refs:
            lines = git(folder, "for-each-ref", "--format=%(objectname) %(refname) %(*objectname)").decode().splitlines()
            known = [line.rstrip(" ").split(" ") for line in lines]
            head = next(ref[0] for ref in known if ref[1] == "refs/heads/main")
            said = [f"{head} HEAD symref-target:refs/heads/main\n"]
            said += [" ".join(ref[:2]) + (f" peeled:{ref[2]}" if len(ref) > 2 else "") + "\n" for ref in known]
            self._refs[folder] = b"".join(packet(line.encode()) for line in said) + b"0000"
        return self._refs[folder]


RESULT = "application/x-git-upload-pack-result"


def read_body(asked):
    """What was posted, in one piece or in many."""
    if asked.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return asked.rfile.read(int(asked.headers.get("Content-Length", 0)))
    body = b""
    while size := int(asked.rfile.readline().split(b";")[0], 16):
        body += asked.rfile.read(size)
        asked.rfile.readline()
    asked.rfile.readline()
    return body


def answer(asked, body, kind, more=()):
    asked.send_response(200)
    asked.send_header("Content-Type", kind)
    asked.send_header("Content-Length", str(len(body)))
    for name, value in dict(more).items():
        asked.send_header(name, value)
    asked.end_headers()
    asked.wfile.write(body)
