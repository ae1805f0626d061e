// Starts a peer as its own process and speaks to its control door. Used by the self-test.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PATIENCE_MS = 20_000;

export class RunningPeer {
  static async start(names, env = {}) {
    const child = spawn(process.execPath, [here("peer.mjs"), ...names], {
      env: { ...process.env, PORT: "0", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const died = once(child, "exit").then(([code]) => Promise.reject(new Error(`the peer ended with ${code}`)));
    const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), died]);
    died.catch(() => {});
    const peer = new RunningPeer();
    peer.child = child;
    peer.origin = line.replace(/^READY /, "");
    peer.host = new URL(peer.origin).host;
    return peer;
  }

  async stop() {
    const stopped = once(this.child, "exit");
    this.child.kill();
    await stopped;
  }

  id = (name) => `${this.origin}/users/${name}`;
  handle = (name) => `@${name}@${this.host}`;

  async ask(method, path, body) {
    const response = await fetch(`${this.origin}/control/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body == null ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.error}`);
    return answer;
  }

  get = (path) => this.ask("GET", path);
  act = (action, request) => this.ask("POST", action, request);
  state = (actor) => this.get(`state?actor=${actor}`);
  received = (type) => this.get(`received?type=${type}`);
  fetchDocument = (url, actor) => this.get(`fetch?url=${encodeURIComponent(url)}&actor=${actor}`);

  /** The first received activity of a type that fits, as soon as it is there. */
  arrival = (type, fits = () => true) =>
    until(`${type} at ${this.origin}`, async () => (await this.received(type)).find(fits));
}

/** Asks again and again until the answer is neither null nor undefined nor false. */
export async function until(what, question) {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const answer = await question();
    if (answer) return answer;
    await pause(25);
  }
  throw new Error(`waited in vain for: ${what}`);
}
