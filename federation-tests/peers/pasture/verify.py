"""Serves the verify_actor app of fediverse-pasture: verify.py HOST:PORT (port 0: any free one).

Prints "READY <origin>". Ask it with
    curl -H 'Accept: application/json' -d actor_uri=ACTOR <origin>/
"""

import asyncio
import sys

from loopback import SCHEME, AnnouncingServer, bind

from fediverse_pasture.verify_actor import build_app

TIMEOUT_SECONDS = 10


def main(authority: str) -> None:
    host, port = authority.rsplit(":", 1)
    listener = bind(int(port))
    authority = f"{host}:{listener.getsockname()[1]}"
    app = build_app(False, authority, SCHEME == "https", TIMEOUT_SECONDS)
    server = AnnouncingServer(app, f"READY {SCHEME}://{authority}")
    asyncio.run(server.serve(sockets=[listener]))


if __name__ == "__main__":
    main(sys.argv[1])
