// Writing, reading and finding posts, as members and visitors meet them in a browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  DARK, DESKTOP, EN, JA, NO_SCRIPT, PHONE, axe, fitsTheWindow, openHouse, screenshot,
} from "./harness.mjs";
import { picture } from "./picture.mjs";

// Members read in the language of their account; the button at the foot changes it.
async function speak(page, lang) {
  await page.goto(`${house.url}/home`);
  if ((await page.getAttribute("html", "lang")) === lang) return;
  await page.locator(".foot form[action='/language'] button").click();
  await page.locator(`html[lang=${lang}]`).waitFor();
}

let house;
let hana;
let taro;
before(async () => {
  house = await openHouse();
  hana = await house.member("hana", JA, DESKTOP);
  taro = await house.member("taro", EN, DESKTOP);
  await speak(taro, "en");
});
after(() => house?.close());

const open = (page, text) => page.locator(`.extra > summary:has-text("${text}")`).click();
const send = async (page) => {
  await page.locator(".composer .button.primary").click();
  await page.waitForLoadState();
};
// Writes a plain post and gives the path of its page.
async function write(page, text, audience = "public") {
  await page.goto(`${house.url}/home`);
  await page.fill("#text", text);
  await page.selectOption("#audience", audience);
  await send(page);
  return page.locator(".flash a").getAttribute("href");
}
const post = (page, text) => page.locator("article.post", { hasText: text }).first();

async function sound(page, name) {
  await page.evaluate(() => document.querySelectorAll("details:not(.menu):not(.alt)").forEach((d) => { d.open = true; }));
  await axe(page);
  await fitsTheWindow(page);
  await screenshot(page, `posts-${name}`);
}

test("a picture with its description is posted, shown in focus, and loses nothing of its text", async () => {
  await hana.goto(`${house.url}/home`);
  await hana.fill("#text", "移動図書館が来ました #移動図書館");
  await open(hana, "写真");
  await hana.setInputFiles("#image-1", picture("bus.png"));
  await hana.fill("#alt-1", "赤い移動図書館が停まっている。");
  await hana.selectOption("#focus-1", "0,0.7");
  await send(hana);
  assert.match(await hana.locator(".flash").innerText(), /投稿しました/);
  const shown = post(hana, "移動図書館が来ました").locator(".media img");
  assert.equal(await shown.getAttribute("alt"), "赤い移動図書館が停まっている。");
  assert.match(await shown.getAttribute("class"), /fx2 fy1/);
  assert.ok(await shown.evaluate(async (img) => { await img.decode(); return img.naturalWidth > 0; }));
  const src = await shown.getAttribute("src");
  const file = await fetch(house.url + src);
  assert.equal(file.headers.get("x-content-type-options"), "nosniff");
  assert.match(file.headers.get("content-security-policy"), /sandbox/);
  await hana.goto(`${house.url}/tags/${encodeURIComponent("移動図書館")}`);
  assert.equal(await post(hana, "移動図書館が来ました").count(), 1);
});

test("somebody answers, the author is told at once, and both stand in one thread", async () => {
  const path = await write(hana, "雪かきの集合は何時ですか。");
  await hana.goto(house.url + path);
  await taro.goto(house.url + path);
  assert.match(await taro.inputValue("#text"), /^@hana /);
  await taro.locator("#text").press("End");
  await taro.locator("#text").pressSequentially("Seven o’clock.");
  await send(taro);
  assert.equal(await taro.locator("ol.thread > li").count(), 2);
  const unread = hana.locator("[data-unread]");
  await unread.filter({ hasText: /[1-9]/ }).waitFor({ timeout: 15_000 });
  await hana.goto(`${house.url}/notifications`);
  assert.match(await hana.locator(".notices .new").first().innerText(), /taro.*返信がありました/s);
  await hana.locator("form[action='/notifications/read'] button").click();
  await hana.waitForLoadState();
  assert.equal(await hana.locator(".notices .new").count(), 0);
  assert.ok(await hana.locator("[data-unread]").isHidden());
});

test("an edit keeps the former version readable, and a deletion asks first", async () => {
  const path = await write(hana, "あすから冬ダイヤです。");
  await hana.goto(`${house.url}${path}/edit`);
  await hana.fill("#text", "きょうから冬ダイヤです。");
  await send(hana);
  assert.match(await post(hana, "きょうから").innerText(), /編集済み/);
  const reader = await house.visitor(JA);
  await reader.goto(`${house.url}${path}/history`);
  assert.deepEqual(await reader.locator("ol .content").allInnerTexts(), ["きょうから冬ダイヤです。", "あすから冬ダイヤです。"]);
  await taro.goto(`${house.url}${path}/edit`);
  assert.equal(await taro.locator("#text").count(), 0);
  await hana.goto(`${house.url}${path}/delete`);
  await axe(hana);
  await hana.locator("main .button.danger").click();
  await hana.waitForLoadState();
  const gone = await reader.goto(house.url + path);
  assert.equal(gone.status(), 410);
  assert.match(await reader.innerText("h1"), /削除されました/);
});

test("a poll is answered once and its numbers are shown", async () => {
  await hana.goto(`${house.url}/home`);
  await hana.fill("#text", "12月の勉強会の題は？");
  await open(hana, "アンケート");
  await hana.fill("#option-1", "雪かきの分担");
  await hana.fill("#option-2", "空き店舗");
  await send(hana);
  const path = await hana.locator(".flash a").getAttribute("href");
  await taro.goto(house.url + path);
  await taro.getByLabel("空き店舗").check();
  await taro.getByRole("button", { name: "Vote" }).click();
  await taro.locator(".poll progress").first().waitFor();
  assert.match(await taro.locator(".poll li", { hasText: "空き店舗" }).innerText(), /Your vote.*100%/s);
  await taro.reload();
  assert.equal(await taro.locator("form.poll").count(), 0);
});

test("a warning folds text and pictures until they are opened", async () => {
  await hana.goto(`${house.url}/home`);
  await hana.fill("#text", "棚の本が少し落ちました。");
  await open(hana, "注意書き");
  await hana.fill("#warning", "地震の話");
  await send(hana);
  const path = await hana.locator(".flash a").getAttribute("href");
  const reader = await house.visitor(JA, PHONE, NO_SCRIPT);
  await reader.goto(house.url + path);
  const words = reader.locator(".cw .content");
  assert.ok(!(await words.isVisible()));
  await reader.locator(".cw > summary").click();
  assert.ok(await words.isVisible());
});

test("what is wrong with the text and with a picture is said at once", async () => {
  await hana.goto(`${house.url}/compose`);
  await hana.fill("#text", "あ".repeat(3_001));
  await open(hana, "写真");
  await hana.setInputFiles("#image-1", { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await send(hana);
  assert.match(await hana.innerText("#text-problem"), /3,?000文字/);
  assert.match(await hana.innerText(".extra[open] .problem"), /写真 1.*画像をお選びください/);
  await hana.fill("#text", "");
});

test("a text that is too long comes back whole, with the picture that was uploaded", async () => {
  const text = "あ".repeat(3_001);
  await hana.goto(`${house.url}/home`);
  await hana.fill("#text", text);
  await open(hana, "写真");
  await hana.setInputFiles("#image-1", picture("bus.png", [47, 95, 143]));
  await hana.fill("#alt-1", "青い車");
  await send(hana);
  assert.equal(await hana.inputValue("#text"), text);
  assert.match(await hana.innerText("#text-problem"), /3,?000文字/);
  assert.equal(await hana.locator(".attach img").getAttribute("alt"), "青い車");
  await sound(hana, "too-long");
  await hana.fill("#text", "短くしました。");
  await send(hana);
  assert.equal(await post(hana, "短くしました。").locator(".media img").getAttribute("alt"), "青い車");
});

test("what was written when the session had ended is there after signing in", async () => {
  await house.register("kenji");
  const page = await house.signIn("kenji", JA, DESKTOP);
  await page.goto(`${house.url}/home`);
  await page.fill("#text", "長いあいだ書いていた文です。");
  await page.selectOption("#audience", "chapter");
  const cookies = await page.context().cookies();
  const session = cookies.find(({ name }) => name.endsWith("tsudoi"));
  await page.context().addCookies([{ ...session, value: "ended" }]);
  await send(page);
  assert.equal(new URL(page.url()).pathname, "/login");
  const form = page.locator("form", { has: page.locator("[autocomplete=current-password]") });
  await form.locator("[autocomplete=username]").fill("kenji");
  await form.locator("[autocomplete=current-password]").fill("a long sample password for kenji");
  await form.locator("[type=submit]").first().click();
  await page.waitForURL(`${house.url}/compose`);
  assert.equal(await page.inputValue("#text"), "長いあいだ書いていた文です。");
  assert.equal(await page.inputValue("#audience"), "chapter");
  await send(page);
  await page.goto(`${house.url}/compose`);
  assert.equal(await page.inputValue("#text"), "");
});

test("likes, bookmarks and boosts answer without leaving the page, and without JavaScript come back to it", async () => {
  const path = await write(hana, "公民館の紙、貼りました。");
  await taro.goto(`${house.url}/local`);
  const shown = post(taro, "公民館の紙");
  await shown.getByRole("button", { name: "Like" }).click();
  await shown.locator("button[aria-pressed=true]", { hasText: "Like" }).waitFor();
  assert.equal(new URL(taro.url()).pathname, "/local");
  const quiet = await house.signIn("taro", EN, NO_SCRIPT);
  await quiet.goto(house.url + path);
  await quiet.getByRole("button", { name: "Boost" }).click();
  assert.equal(new URL(quiet.url()).pathname, path);
  await quiet.getByRole("button", { name: "Bookmark" }).click();
  await quiet.goto(`${house.url}/bookmarks`);
  assert.equal(await post(quiet, "公民館の紙").count(), 1);
  await quiet.goto(`${house.url}/likes`);
  assert.equal(await post(quiet, "公民館の紙").count(), 1);
  await quiet.goto(`${house.url}/@taro`);
  assert.match(await post(quiet, "公民館の紙").innerText(), /taro boosted/);
});

test("what is for the chapter stays with its members", async () => {
  const path = await write(hana, "鍵は公民館の棚にあります。", "chapter");
  await taro.goto(`${house.url}/local`);
  assert.match(await post(taro, "鍵は公民館").innerText(), /Chapter only/);
  const stranger = await house.visitor(JA);
  assert.equal((await stranger.goto(house.url + path)).status(), 404);
  await stranger.goto(`${house.url}/local`);
  assert.equal(await post(stranger, "鍵は公民館").count(), 0);
});

test("a post is found by a word of two characters, a person by a handle", async () => {
  const page = await house.member("midori", JA, DESKTOP);
  await write(page, "防災まちあるきの記録です。");
  await taro.goto(`${house.url}/search?q=${encodeURIComponent("防災")}`);
  assert.equal(await post(taro, "防災まちあるき").count(), 1);
  await taro.goto(`${house.url}/search?q=${encodeURIComponent("@midori")}`);
  assert.equal(await taro.locator(".people .name", { hasText: "midori" }).count(), 1);
  await taro.goto(`${house.url}/search?q=${encodeURIComponent("@dareka@nowhere.example")}`);
  assert.equal(await taro.getByRole("button", { name: "Look it up" }).count(), 1);
});

test("a profile is followed, its tabs divide posts, and a pinned post comes first", async () => {
  const page = await house.member("sora", JA, DESKTOP);
  const first = await write(page, "はじめの投稿です。");
  await write(page, "つぎの投稿です。");
  await page.goto(house.url + first);
  await page.locator(".focus .menu > summary").click();
  await page.getByRole("button", { name: "プロフィールに固定" }).click();
  await page.waitForURL(`${house.url}/@sora`);
  assert.match(await page.locator("article.post").first().innerText(), /固定された投稿.*はじめの投稿/s);
  assert.equal(await page.locator("article.post").count(), 2);
  await taro.goto(`${house.url}/@sora`);
  await taro.getByRole("button", { name: "Follow", exact: true }).click();
  await taro.getByRole("button", { name: "Following (stop)" }).waitFor();
  await taro.goto(`${house.url}/@sora/followers`);
  assert.equal(await taro.locator(".people .name", { hasText: "taro" }).count(), 1);
  await taro.goto(`${house.url}/home`);
  assert.equal(await post(taro, "つぎの投稿です。").count(), 1);
  await taro.goto(`${house.url}/@sora?tab=media`);
  assert.equal(await taro.locator("article.post").count(), 0);
});

test("names are completed while one types", async () => {
  await hana.goto(`${house.url}/home`);
  await hana.locator("#text").pressSequentially("@tar");
  await hana.locator(".completion li").first().waitFor();
  await hana.keyboard.press("Enter");
  assert.equal(await hana.inputValue("#text"), "@taro ");
});

test("a form of another site does nothing", async () => {
  const path = await write(hana, "よその書式では動きません。");
  const cookies = await hana.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const body = new URLSearchParams({ csrf: "guessed" });
  const send = (headers) => fetch(`${house.url}${path}/delete`, { method: "POST", redirect: "manual", body, headers: { cookie, ...headers } });
  assert.equal((await send({ origin: "https://evil.example" })).status, 403);
  assert.equal((await send({ origin: house.url })).status, 403);
  assert.equal((await hana.goto(house.url + path)).status(), 200);
});

test("a page that is not there says so in the reader's language, and a hidden one leads to sign-in", async () => {
  const visitor = await house.visitor(EN);
  assert.equal((await visitor.goto(`${house.url}/@nobody`)).status(), 404);
  assert.match(await visitor.innerText("h1"), /does not exist/);
  await axe(visitor);
  await visitor.goto(`${house.url}/notifications`);
  assert.equal(new URL(visitor.url()).searchParams.get("next"), "/notifications");
});

const looks = { "ja-phone": [JA, PHONE], "en-desktop": [EN, DESKTOP], "ja-dark": [JA, DESKTOP, DARK], "en-phone-dark": [EN, PHONE, DARK] };
for (const [look, views] of Object.entries(looks)) {
  test(`every page is sound: ${look}`, async () => {
    const path = await write(hana, "**見出し**のある投稿\n\n> 引用\n\n#雪かき @taro");
    await hana.goto("about:blank");
    const visitor = await house.visitor(...views);
    for (const at of ["/", "/about", "/local", "/people", "/@hana", path, `${path}/history`]) {
      await visitor.goto(house.url + at);
      await sound(visitor, `visitor${at.replace(/\W+|\d+/g, "-")}-${look}`);
    }
    const page = await house.signIn("hana", ...views);
    await speak(page, look.slice(0, 2));
    for (const at of ["/home", "/known", "/bookmarks", "/likes", "/notifications", "/follow-requests", "/search?q=%E9%98%B2%E7%81%BD", "/@taro", "/@hana/followers", path, `${path}/edit`, `${path}/delete`, "/compose"]) {
      await page.goto(house.url + at);
      await sound(page, `member${at.replace(/\W+|\d+/g, "-")}-${look}`);
    }
    await speak(page, "ja");
  });
}

test("the first page is small before its pictures", async () => {
  const reply = await fetch(house.url, { headers: { accept: "text/html", "accept-encoding": "gzip" } });
  const page = await reply.text();
  const files = [...page.matchAll(/(?:href|src)="(\/assets\/[^"]+\.(?:css|js)[^"]*)"/g)].map(([, at]) => at);
  assert.equal(files.length, 2);
  const { gzipSync } = await import("node:zlib");
  let size = gzipSync(page).length;
  for (const at of files) size += gzipSync(await (await fetch(house.url + at)).text()).length;
  assert.ok(size < 30_000, `${size} bytes`);
});
