"""Posts every sample, signed, to the inbox of an actor: send_samples.py TARGET_ACTOR [HOST:PORT].

Serves the sending actor and all sample objects on loopback (default localhost:0, any free port). Prints
"READY <actor id>", then one JSON line for each sample:
    {"kind": "activity"|"object", "group": …, "name": …, "id": …, "status": …, "reason": …}
and at last {"sent": N}. An "object" is posted bare, without an activity around it. "status" is null when the
target gave no answer, with the error as "reason".

Stays up until its standard input ends, so that the target can still fetch what the samples name.
"""

import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path

from loopback import SCHEME, AnnouncingServer, bind
from samples import unpack

import aiohttp
from fediverse_pasture.data_provider import DataProvider, bovine_actor_for_actor_data
from fediverse_pasture.server import BlueprintForActors
from fediverse_pasture.server.image_provider_blueprint import image_provider_blueprint
from fediverse_pasture.server.nodeinfo_blueprint import nodeinfo_blueprint
from quart import Quart

ACTIVITY_JSON = "application/activity+json"
REASON_LENGTH = 200


def rewritten(text: str, origin: str, target: str) -> str:
    """The sample with its made-up hosts replaced: the actor is ours, the reader is the target."""
    text = text.replace("http://pasture-one-actor", origin)
    text = re.sub(r"http://actor\.example(?=/(?:object|activity)/)", origin, text)
    text = text.replace("http://actor.example", f"{origin}/actor")
    return re.sub(r"http://remote\.example/(?!objects)", lambda _: target, text)


def load(origin: str, target: str) -> list[dict]:
    with tempfile.TemporaryDirectory() as directory:
        unpack(Path(directory))
        return [
            {
                "kind": path.parent.name,
                "group": path.stem.rsplit("_", 1)[0],
                "name": path.stem,
                "document": json.loads(rewritten(path.read_text("utf-8"), origin, target)),
            }
            for path in sorted(Path(directory).glob("*/*.json"))
        ]


def app_for(data: DataProvider, samples: list[dict]) -> Quart:
    app = Quart(__name__)
    app.register_blueprint(BlueprintForActors([data.one_actor]).blueprint)
    app.register_blueprint(image_provider_blueprint, url_prefix="/images")
    app.register_blueprint(nodeinfo_blueprint)
    by_id = {}
    for sample in samples:
        document = sample["document"]
        by_id[document.get("id")] = document
        inner = document.get("object")
        if isinstance(inner, dict):
            by_id[inner.get("id")] = {"@context": document.get("@context"), **inner}

    @app.get("/<any(object,activity):kind>/<name>")
    async def document(kind: str, name: str):
        found = next((doc for key, doc in by_id.items() if key and key.endswith(f"/{kind}/{name}")), None)
        return (json.dumps(found), 200, {"content-type": ACTIVITY_JSON}) if found else ("", 404)

    return app


async def send_all(actor, inbox: str, samples: list[dict]) -> None:
    for sample in samples:
        document = sample["document"]
        line = {key: sample[key] for key in ("kind", "group", "name")} | {"id": document.get("id")}
        try:
            # bovine signs as draft-cavage with RSA and leaves the status to us here.
            response = await actor.client.post(inbox, json.dumps(document), content_type=ACTIVITY_JSON)
            line |= {"status": response.status, "reason": (await response.text())[:REASON_LENGTH]}
        except aiohttp.ClientError as error:
            line |= {"status": None, "reason": repr(error)}
        print(json.dumps(line, ensure_ascii=False), flush=True)
    print(json.dumps({"sent": len(samples)}), flush=True)


async def main(target: str, authority: str) -> None:
    host, port = authority.rsplit(":", 1)
    listener = bind(int(port))
    origin = f"{SCHEME}://{host}:{listener.getsockname()[1]}"
    data = DataProvider.generate(with_possible_actors=False)
    samples = await asyncio.to_thread(load, origin, target)
    server = AnnouncingServer(app_for(data, samples), f"READY {origin}/actor")
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    async with aiohttp.ClientSession() as session:
        actor, _ = bovine_actor_for_actor_data(f"{origin}/actor", data.one_actor)
        await actor.init(session=session)
        inbox = (await actor.get(target))["inbox"]
        await send_all(actor, inbox, samples)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "localhost:0"))
