// A Tsudoi node of its own for one test file, and its members: a fresh data folder, a free port on localhost, the debug binary.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import PostalMime from "postal-mime";

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const MAIL_LIMIT_MS = 10_000;
const POLL_MS = 25;

const target = process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, "../../target");
const builtBinary = process.env.TSUDOI_BIN ?? join(target, "debug/tsudoi");

export const emailOf = (name) => `${name}@sample.example`;
export const passwordOf = (name) => `a long sample password for ${name}`;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// Asks `question` until it answers with something, and says what was missing when `limit` ms have passed.
async function eventually(limit, what, question) {
  const deadline = Date.now() + limit;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limit} ms`);
    await pause(POLL_MS);
  }
}

// Starts `tsudoi serve`; `settings` are more TSUDOI_ variables.
export async function startNode(settings = {}, binary = builtBinary) {
  const data = await mkdtemp(join(tmpdir(), "tsudoi-test-"));
  const port = await freePort();
  const domain = `localhost:${port}`;
  // Nothing of the caller's environment but these, since the node reads every TSUDOI_ variable as a setting.
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME ?? homedir(),
    TSUDOI_DOMAIN: domain,
    TSUDOI_BIND: `127.0.0.1:${port}`,
    TSUDOI_DATA_DIR: data,
    TSUDOI_RATE_LIMITS: "off",
    TSUDOI_SIGNUP: "open",
    ...settings,
  };
  const url = `http://${domain}`;
  const logPath = join(data, "serve.log");
  const log = await open(logPath, "w");
  const server = spawn(binary, ["serve"], { env, stdio: ["ignore", log.fd, log.fd] });
  const ended = new Promise((resolve) => {
    server.once("error", (error) => resolve(error.message));
    server.once("exit", (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  await log.close();

  let end;
  ended.then((how) => (end = how));
  const stop = async () => {
    server.kill("SIGTERM");
    const slow = setTimeout(() => server.kill("SIGKILL"), STOP_LIMIT_MS);
    await ended;
    clearTimeout(slow);
    await rm(data, { recursive: true, force: true });
  };
  const ready = async () => {
    if (end) throw new Error(`${binary} serve: ${end}\n${await readFile(logPath, "utf8")}`);
    return fetch(`${url}/readyz`).then((reply) => reply.ok, () => false);
  };
  try {
    await eventually(START_LIMIT_MS, `${url}/readyz`, ready);
  } catch (error) {
    await stop();
    throw error;
  }

  // Runs `tsudoi ARGS…` on this node's data and gives what it printed.
  const tsudoi = async (args, input = "") => {
    const command = spawn(binary, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    const printed = ["", ""];
    command.stdout.on("data", (chunk) => (printed[0] += chunk));
    command.stderr.on("data", (chunk) => (printed[1] += chunk));
    command.stdin.on("error", () => {}); // it may end without reading; its exit code tells
    command.stdin.end(input);
    const [code] = await once(command, "close");
    if (code !== 0) throw new Error(`tsudoi ${args.join(" ")}: exit ${code}\n${printed[1]}`);
    return printed[0];
  };

  // Creates the account; `role` is owner, admin, moderator or member.
  const register = (name, role = "member") =>
    tsudoi(
      ["account", "create", name, "--email", emailOf(name), "--role", role, "--password-stdin"],
      `${passwordOf(name)}\n`,
    );

  // Every mail the node has written, oldest first, or those to one address.
  const mailbox = async (address) => {
    const folder = join(data, "mail");
    const names = await readdir(folder).catch(() => []);
    const mails = await Promise.all(
      names.filter((name) => /^[^.].*\.eml$/.test(name)).sort() // still being written: begins with a dot
        .map(async (name) => PostalMime.parse(await readFile(join(folder, name)))),
    );
    return mails.filter((mail) => !address || mail.to?.some((to) => to.address === address));
  };
  // The `count`-th mail to an address, as soon as it is there.
  const mail = (address, count = 1) =>
    eventually(MAIL_LIMIT_MS, `mail ${count} to ${address}`, async () => (await mailbox(address))[count - 1]);

  return { url, domain, data, log: () => readFile(logPath, "utf8"), tsudoi, register, mailbox, mail, stop };
}
