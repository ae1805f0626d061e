// The harness itself, tried on small pages of its own: it must see what is wrong with one.
import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  DARK, DESKTOP, EN, JA, NO_SCRIPT, PHONE, PRINT, axe, fitsTheWindow, openBrowser, screenshot, startNode,
} from "./harness.mjs";

const STRICT = "default-src 'none'; style-src 'self'; script-src 'self'";
const good = (language) => `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>集い</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>集い Tsudoi 😀</h1><p>東北のちいさな勉強会のひろばです。</p><a href="/good">もどる</a>
<noscript><p>スクリプトなし</p></noscript></main></body></html>`;
const pages = {
  "/style.css": `
    html { color-scheme: light dark; background: #fff; color: #222 } a { color: #00e }
    @media (prefers-color-scheme: dark) { html { background: #111; color: #eee } a { color: #9cf } }
    @media print { html { background: #fff; color: #000 } }`,
  "/bad": good("ja").replace("</main>", `<img src="/none.png"><p style="color:#999;background:#fff">薄い文字</p>
    <button style="width:8px;height:8px;padding:0">.</button><button style="width:8px;height:8px;padding:0">.</button></main>`),
  "/wide": good("ja").replace("</main>", `<pre>${"広".repeat(200)}</pre></main>`),
  "/broken": good("ja").replace("</main>", `</main><script src="/broken.js"></script>`),
  "/broken.js": "throw new Error('the sample script fails')",
  "/inline": good("ja").replace("</main>", `</main><script>document.title = 'inline'</script>`),
};
const types = { css: "text/css", js: "text/javascript" };

let site, url;
// A browser for one test, closed however that ends.
const browserFor = async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  return browser;
};
const openedTo = async (browser, path, ...views) => {
  const page = await browser.visitor(...views);
  await page.goto(url + path);
  return page;
};

before(async () => {
  site = createServer((request, response) => {
    const language = request.headers["accept-language"]?.startsWith("ja") ? "ja" : "en";
    const body = request.url === "/good" ? good(language) : pages[request.url];
    response.writeHead(body ? 200 : 404, {
      "content-type": types[request.url.split(".")[1]] ?? "text/html; charset=utf-8",
      ...(request.url === "/bad" ? {} : { "content-security-policy": STRICT }),
    });
    response.end(body);
  }).listen(0, "127.0.0.1");
  await once(site, "listening");
  url = `http://localhost:${site.address().port}`;
});
after(() => site.close());

const looks = {
  "ja-phone": [JA, PHONE],
  "en-desktop": [EN, DESKTOP],
  "ja-dark": [JA, DARK],
  "ja-phone-no-script": [JA, PHONE, NO_SCRIPT],
  "ja-print": [JA, PRINT],
};
for (const [name, views] of Object.entries(looks)) {
  test(`a sound page passes and is pictured: ${name}`, async (t) => {
    const browser = await browserFor(t);
    const page = await openedTo(browser, "/good", ...views);
    await axe(page);
    await fitsTheWindow(page);
    const path = await screenshot(page, `harness-${name}`);
    if (process.env.TSUDOI_SCREENSHOTS) {
      const picture = await readFile(path);
      assert.equal(picture.toString("latin1", 1, 4), "PNG");
      assert.equal(picture.readUInt32BE(16), name.includes("phone") ? 720 : 1280, "its width in pixels");
    }
  });
}

test("each view is what the page sees", async (t) => {
  const browser = await browserFor(t);
  const seen = async (...views) => (await openedTo(browser, "/good", ...views)).evaluate(() => ({
    language: document.documentElement.lang,
    width: innerWidth,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    print: matchMedia("print").matches,
  }));
  assert.deepEqual(await seen(JA, PHONE), { language: "ja", width: 360, dark: false, print: false });
  assert.deepEqual(await seen(EN, DARK), { language: "en", width: 1280, dark: true, print: false });
  assert.deepEqual(await seen(PRINT), { language: "ja", width: 1280, dark: false, print: true });
  const still = await openedTo(browser, "/good", NO_SCRIPT);
  assert.match(await still.evaluate(() => document.body.innerText), /スクリプトなし/);
});

test("axe names what is wrong", async (t) => {
  const browser = await browserFor(t);
  for (const view of [DESKTOP, NO_SCRIPT]) {
    const page = await openedTo(browser, "/bad", view);
    await assert.rejects(axe(page), (error) =>
      ["image-alt", "color-contrast", "target-size"].every((rule) => error.message.includes(`${rule}:`)));
  }
});

test("a page wider than a phone is noticed", async (t) => {
  const browser = await browserFor(t);
  await assert.rejects(fitsTheWindow(await openedTo(browser, "/wide", PHONE)), /px wide in a window of 360/);
});

for (const [path, trouble] of [["/broken", /the sample script fails/], ["/inline", /Content Security Policy/]]) {
  test(`a page in trouble fails the browser that saw it: ${path}`, async () => {
    const browser = await openBrowser();
    await openedTo(browser, path);
    await assert.rejects(browser.close(), trouble);
  });
}

// A stand-in for the binary: enough of one to see how the harness starts, asks and stops it.
test("a node is started on its own folder, written to, read and stopped", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tsudoi-stand-in-"));
  const standIn = join(folder, "tsudoi");
  await writeFile(standIn, `#!${process.execPath}
    const { createServer } = require("node:http"), fs = require("node:fs");
    const { TSUDOI_DATA_DIR: data, TSUDOI_BIND: bind } = process.env;
    if (process.argv[2] === "serve") createServer((_, reply) => reply.end("ready")).listen(bind.split(":")[1], "127.0.0.1");
    else {
      const password = fs.readFileSync(0, "utf8").trim();
      if (password.length < 8) { console.error("the password is too short"); process.exit(2) }
      fs.mkdirSync(data + "/mail");
      fs.writeFileSync(data + "/mail/1.eml", "To: aiko@sample.example\\r\\nSubject: =?UTF-8?B?6ZuG44GE?=\\r\\n" +
        "Content-Type: text/plain; charset=utf-8\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n44GT44KT44Gr44Gh44Gv\\r\\n");
      console.log("created", process.argv[4]);
    }`);
  await chmod(standIn, 0o755);
  const node = await startNode({}, standIn);
  try {
    const create = ["account", "create", "aiko", "--password-stdin"];
    await assert.rejects(node.tsudoi(create, "short\n"), /exit 2\nthe password is too short/);
    assert.equal(await node.tsudoi(create, "long enough\n"), "created aiko\n");
    const mail = await node.mail("aiko@sample.example");
    assert.deepEqual([mail.subject, mail.text.trim()], ["集い", "こんにちは"]);
    assert.deepEqual(await node.mailbox("ken@sample.example"), []);
  } finally {
    await node.stop();
  }
  await assert.rejects(fetch(`${node.url}/readyz`), "nothing listens any more");
  await assert.rejects(readFile(join(node.data, "serve.log")), "the data folder is gone");
  await rm(folder, { recursive: true });
});

test("a binary that ends at once is reported with what it said", async () => {
  await assert.rejects(startNode({}, "/usr/bin/false"), /\/usr\/bin\/false serve: exit 1/);
  await assert.rejects(startNode({}, "/nowhere/tsudoi"), /ENOENT/);
});
