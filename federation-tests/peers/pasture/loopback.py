"""Runs a Quart app on a loopback port and says when it is ready."""

import os
import socket

import uvicorn
from quart import Quart

from enclosure import CALLER


def path_from_environment(name: str) -> str | None:
    return str(CALLER / os.environ[name]) if name in os.environ else None


TLS_CERT = path_from_environment("TLS_CERT")
TLS_KEY = path_from_environment("TLS_KEY")
SCHEME = "https" if TLS_CERT else "http"


def bind(port: int) -> socket.socket:
    """A listening socket; port 0 means any free one."""
    return socket.create_server(("127.0.0.1", port))


class AnnouncingServer(uvicorn.Server):
    """Prints one line as soon as it answers."""

    def __init__(self, app: Quart, announcement: str):
        super().__init__(
            uvicorn.Config(app, ssl_certfile=TLS_CERT, ssl_keyfile=TLS_KEY, log_level="warning", lifespan="off")
        )
        self.announcement = announcement

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        print(self.announcement, flush=True)
