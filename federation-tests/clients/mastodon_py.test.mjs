// Starts the tests of Mastodon.py against a node where programs may sign people up; each of its sentences is printed below.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { startNode } from "../browser/node.mjs";

const TEST_LIMIT_MS = 90_000;

let node;
before(async () => {
  node = await startNode({ TSUDOI_SIGNUP_CONFIRM_MAIL: "false" });
  await node.register("haru");
});
after(() => node?.stop());

test("Mastodon.py drives a node", { timeout: TEST_LIMIT_MS }, async (t) => {
  const env = { ...process.env, CLIENTS_ORIGIN: node.url, CLIENTS_NODE: process.execPath };
  const python = spawn(process.env.CLIENTS_PYTHON, ["-m", "unittest", "--verbose", "mastodon_py_test"], {
    cwd: import.meta.dirname, env, stdio: "inherit", signal: t.signal,
  });
  const [code] = await once(python, "exit");
  assert.equal(code, 0, "its tests pass");
});
