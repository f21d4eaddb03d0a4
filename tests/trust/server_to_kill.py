"""A server that can be killed often: `python -m ... PORT`. Not a test itself.

It prepares the application once; each line of its input forks a child that serves it on the port,
with threads, and its process id is printed. The child is the whole server: it opens its own
connections to the database, and nothing of it survives SIGKILL but what is on the disk.
"""

from __future__ import annotations

import os
import socketserver
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer


class Threaded(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing: the test reads the database."""


def main(port: int) -> None:
    from django.db import connections
    from django.urls import resolve

    from onefunnel.server.site.wsgi import application

    resolve("/api/run/leads")  # all that the first request would load
    connections.close_all()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            with Threaded(("127.0.0.1", port), Quiet) as server:
                server.set_app(application)
                server.serve_forever()
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
