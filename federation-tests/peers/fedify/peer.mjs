// A small independent fediverse server on Fedify, for tests on loopback.
//
//   node peer.mjs [NAME...]     one Person for each name, "mika" when there is none
//
// Environment: PORT (0 or unset: any free port), ORIGIN (default http(s)://localhost:PORT), TLS_CERT and TLS_KEY
// (files; both or none), FIRST_KNOCK (rfc9421 or draft-cavage-http-signatures-12), LOG_LEVEL (Fedify's own log, on
// standard error). The first line on standard output is "READY <origin>".

import { Temporal } from "@js-temporal/polyfill";
import { getRequestListener } from "@hono/node-server";
import { configure, getConsoleSink } from "@logtape/logtape";
import { Hono } from "hono";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { setTimeout as delay } from "node:timers/promises";

globalThis.Temporal = Temporal;
const { controlDoor } = await import("./control.mjs");
const { buildFederation, generateKeyPairs, INSTANCE } = await import("./federation.mjs");
const { listen } = await import("./inbox.mjs");
const { stayOnLoopback } = await import("./loopback-only.mjs");
const { samplePng } = await import("./media.mjs");
const { DeliveryLog, InboxLog } = await import("./observe.mjs");
const { Person, Store } = await import("./store.mjs");

stayOnLoopback();
const env = process.env;
await configure({
  sinks: { stderr: getConsoleSink({ levelMap: { trace: "error", debug: "error", info: "error", warning: "error" } }) },
  loggers: [
    { category: "fedify", sinks: ["stderr"], lowestLevel: env.LOG_LEVEL ?? "fatal" },
    { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
  ],
});

const names = process.argv.length > 2 ? process.argv.slice(2) : ["mika"];
const tls = env.TLS_CERT != null && { cert: readFileSync(env.TLS_CERT), key: readFileSync(env.TLS_KEY) };
const app = new Hono();
const server = tls ? https.createServer(tls, getRequestListener(app.fetch)) : http.createServer(getRequestListener(app.fetch));
server.listen(Number(env.PORT ?? 0), "127.0.0.1");
await once(server, "listening");
const origin = env.ORIGIN ?? `${tls ? "https" : "http"}://localhost:${server.address().port}`;

const store = new Store();
for (const name of [INSTANCE, ...names]) store.people.set(name, new Person(name, await generateKeyPairs()));
const federation = buildFederation(store, origin, env.FIRST_KNOCK ?? "rfc9421");
const ctx = federation.createContext(new URL(origin));
const rig = {
  store,
  federation,
  ctx,
  inboxLog: new InboxLog(async () => ({
    documentLoader: await ctx.getDocumentLoader({ identifier: INSTANCE }),
    contextLoader: ctx.contextLoader,
  })),
  deliveryLog: new DeliveryLog(),
  failure: { status: null, delayMs: 0, times: null, retryAfter: null },
  defaultPerson: names[0],
};
listen(rig);

app.route("/control", controlDoor(rig));
const picture = samplePng();
app.get("/media/sample.png", (c) => c.body(picture, 200, { "content-type": "image/png" }));
app.get("*", async (c, next) => (store.gone.has(origin + c.req.path) ? c.body(null, 410) : await next()));
app.all("*", async (c) => {
  const answer = () => federation.fetch(c.req.raw, {});
  const isInbox = c.req.method === "POST" && c.req.path.endsWith("/inbox");
  return isInbox ? await rig.inboxLog.record(c.req.raw, async () => (await failing()) ?? (await answer())) : await answer();
});

/** The answer of an inbox that a test told to fail, or null when it works. */
async function failing() {
  const { failure } = rig;
  if (failure.times === 0) return null;
  if (failure.times != null) failure.times -= 1;
  const { status, delayMs, retryAfter } = failure;
  if (delayMs > 0) await delay(delayMs);
  if (status == null) return null;
  return new Response("told to fail", { status, headers: retryAfter == null ? {} : { "retry-after": String(retryAfter) } });
}

console.log(`READY ${origin}`);
