// The client API keeps to its own description: schemathesis, unmodified, sends what the OpenAPI document allows, and what it does not, and holds
// every answer against it. The seed is fixed; what it finds is printed below with a curl command.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { startNode } from "../browser/node.mjs";

const TEST_LIMIT_MS = 300_000;
const CHECKS = [
  "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance", "response_headers_conformance",
];

let node;
let token;
before(async () => {
  node = await startNode();
  await node.register("haru");
  token = (await node.tsudoi(["account", "token", "haru"])).trim();
  for (let n = 0; n < 3; n++) await say(`${n}番目の投稿 #集い`);
  await say("どちら", { poll: { options: ["山", "海"], expires_in: 3_600 } });
});
after(() => node?.stop());

async function say(status, more = {}) {
  const reply = await fetch(`${node.url}/api/v1/statuses`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ status, ...more }),
  });
  assert.equal(reply.status, 200);
}

test("schemathesis finds no 5xx and nothing undescribed", { timeout: TEST_LIMIT_MS }, async (t) => {
  const python = spawn(process.env.CLIENTS_PYTHON, [
    "-m", "schemathesis.cli", "run", `${node.url}/api/openapi.json`, "--header", `Authorization: Bearer ${token}`, "--checks", CHECKS.join(),
    "--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1", "--generation-database", "none", "--continue-on-failure",
    "--warnings", "off", "--no-color",
  ], { cwd: node.data, stdio: "inherit", signal: t.signal });
  const [code] = await once(python, "exit");
  assert.equal(code, 0, "its run is clean");
});
