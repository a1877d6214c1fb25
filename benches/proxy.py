"""Counts API requests at the socket: stands between a client and the engine, and passes every byte on."""

import os
import re
import socket
import threading
from collections import Counter

REQUEST = re.compile(rb"\b(GET|HEAD|POST|PUT|DELETE) (/\S*) HTTP/1\.1\r\n")
VERSION = re.compile(rb"^/v\d+\.\d+")


class Proxy:
    """A unix socket whose connections lead to `upstream`. Bodies are JSON or base64, so a request line cannot be in one."""

    def __init__(self, path, upstream):
        self.path, self.upstream = path, upstream
        self.connections = 0
        self._heard = []
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(self.upstream)
            heard = bytearray()
            with self._lock:
                self.connections += 1
                self._heard.append(heard)
            threading.Thread(target=pump, args=(client, engine, heard), daemon=True).start()
            threading.Thread(target=pump, args=(engine, client, None), daemon=True).start()

    def reset(self):
        """Forgets what was counted; open connections stay open."""
        with self._lock:
            self.connections = 0
            for heard in self._heard:
                heard.clear()

    def requests(self):
        """How often each method and path were asked for; ids and queries are left out."""
        with self._lock:
            streams = [bytes(heard) for heard in self._heard]
        lines = (line for stream in streams for line in REQUEST.findall(stream))
        return Counter(f"{method.decode()} {kind(path)}" for method, path in lines)

    def close(self):
        """Takes no more connections."""
        self._listener.close()
        os.unlink(self.path)


def kind(path):
    """`/services/*/update` of `/v1.41/services/<id>/update?...`."""
    path = VERSION.sub(b"", path.split(b"?")[0]).decode()
    if path.endswith("/create"):
        return path
    return re.sub(r"^/(services|secrets|configs|networks)/[^/]+", r"/\1/*", path)


def pump(source, sink, heard):
    """Passes bytes on until one side closes, then closes the other's half."""
    try:
        while data := source.recv(65536):
            if heard is not None:
                heard += data
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
