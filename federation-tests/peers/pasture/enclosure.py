"""Keeps the process to itself; import it before anything of bovine or fediverse-pasture.

- Both packages write into the working directory (a cache of JSON-LD contexts, private keys), so it becomes a
  scratch directory that goes away at the end.
- bovine fetches JSON-LD contexts from the Internet and goes on without those that it cannot get. Tests must not
  depend on that, so no name but a loopback one can be looked up. (The fetching of actors, by aiohttp, looks names up
  in its own way; it only asks the server under test.)
"""

import os
import socket
import tempfile
from pathlib import Path

CALLER = Path.cwd()
"""The directory that relative paths on the command line mean."""

_scratch = tempfile.TemporaryDirectory()
os.chdir(_scratch.name)

_look_up = socket.getaddrinfo


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith((".localhost", ".test"))


def _look_up_loopback(host, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and not _is_loopback(name):
        raise socket.gaierror(socket.EAI_NONAME, f"{name} is not on loopback")
    return _look_up(host, *args, **kwargs)


socket.getaddrinfo = _look_up_loopback
