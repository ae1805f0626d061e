// The main job: members of two nodes, each in their own browser on their own node, and somebody on another kind of server talk with each other.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, JA, NO_SCRIPT, PHONE, axe, fitsTheWindow, openHouse, screenshot } from "./harness.mjs";
import { RunningPeer } from "../peers/fedify/running-peer.mjs";
import { picture } from "./picture.mjs";

const DELIVERY_LIMIT_MS = 20_000;

let iwate;
let aomori;
let elsewhere;
before(async () => {
  iwate = await openHouse();
  aomori = await openHouse();
  elsewhere = await RunningPeer.start(["mika"]);
});
after(async () => {
  await elsewhere?.stop();
  await iwate?.close();
  await aomori?.close();
});

const post = (page, text) => page.locator("article.post", { hasText: text });
// Looks at a page again and again until something stands there: deliveries take their time.
async function comesTo(page, path, what) {
  const deadline = Date.now() + DELIVERY_LIMIT_MS;
  do {
    await page.goto(path);
    if (await what().count()) return;
  } while (Date.now() < deadline);
  assert.fail(`${path}: nothing came within ${DELIVERY_LIMIT_MS} ms`);
}
async function follow(page, house, handle) {
  await page.goto(`${house.url}/search?q=${encodeURIComponent(handle)}`);
  await page.click("form[action='/search/look-up'] button");
  await page.locator("h1#person").waitFor();
  await page.getByRole("button", { name: "フォローする", exact: true }).click();
  await page.locator("form[action$='/unfollow'] button").first().waitFor();
}

test("a picture with Japanese words goes to the other node and to another server, and both replies come back", async () => {
  const hana = await iwate.member("hana", JA, PHONE);
  const ken = await aomori.member("ken", JA, DESKTOP, NO_SCRIPT);
  await follow(ken, aomori, `@hana@${iwate.domain}`);
  await elsewhere.act("follow", { target: `@hana@${iwate.domain}` });
  await elsewhere.arrival("Accept");

  await hana.goto(`${iwate.url}/home`);
  await hana.fill("#text", "川沿いの公民館で、勉強会をします。 #勉強会");
  await hana.locator('.extra > summary:has-text("写真")').click();
  await hana.setInputFiles("#image-1", picture("kawa.png"));
  await hana.fill("#alt-1", "山あいを流れる川と、杉の木。");
  await hana.locator(".composer .button.primary").click();
  await hana.waitForSelector(".flash.ok");

  await comesTo(ken, `${aomori.url}/home`, () => post(ken, "勉強会をします"));
  const shown = post(ken, "勉強会をします").locator(".media img");
  assert.equal(await shown.getAttribute("alt"), "山あいを流れる川と、杉の木。");
  const address = new URL(await shown.getAttribute("src"), ken.url());
  assert.equal(address.host, aomori.domain, "a reader's browser asks no other server");
  await shown.scrollIntoViewIfNeeded();
  await ken.waitForFunction((img) => img.complete, await shown.elementHandle());
  assert.ok(await shown.evaluate((img) => img.naturalWidth > 0), "the picture is there");
  await axe(ken);
  await screenshot(ken, "network-home");

  await post(ken, "勉強会をします").getByRole("link", { name: "返信" }).click();
  await ken.locator("#text").press("End");
  await ken.locator("#text").pressSequentially("青森から三人で行きます。");
  await ken.getByRole("button", { name: "返信する" }).click();

  const { object: note } = await elsewhere.arrival("Create");
  assert.match(note.content, /勉強会をします/);
  const [attachment] = [note.attachment].flat();
  assert.equal(attachment.name, "山あいを流れる川と、杉の木。");
  await elsewhere.act("post", { content: "<p>秋田からも行きます。</p>", inReplyTo: note.id });

  await comesTo(hana, `${iwate.url}/notifications`, () => hana.getByRole("link", { name: /秋田からも行きます/ }));
  await comesTo(hana, `${iwate.url}/notifications`, () => hana.getByRole("link", { name: /三人で行きます/ }));
  assert.equal(await hana.locator(".notices li", { hasText: "返信がありました" }).count(), 2);
  await hana.getByRole("link", { name: /三人で行きます/ }).click();
  assert.equal(await post(hana, "勉強会をします").count(), 1, "the thread has the post");
  assert.match(await hana.locator("article.post.focus").innerText(), /三人で行きます/);
  await post(hana, "勉強会をします").locator(".when a").first().click();
  await post(hana, "秋田からも行きます").waitFor();
  assert.equal(await post(hana, "三人で行きます").count(), 1, "both replies stand under the post");
  await fitsTheWindow(hana);
  await screenshot(hana, "network-thread");
});

test("a member who leaves is gone on the other node, too", async () => {
  const mei = await iwate.member("mei", JA);
  const ren = await aomori.member("ren", JA);
  await follow(ren, aomori, `@mei@${iwate.domain}`);
  await mei.goto(`${iwate.url}/home`);
  await mei.fill("#text", "さようなら、また会いましょう。");
  await mei.locator(".composer .button.primary").click();
  await comesTo(ren, `${aomori.url}/home`, () => post(ren, "さようなら"));

  await mei.goto(`${iwate.url}/settings/confirm?next=/settings/move`);
  await mei.fill("#password", "a long sample password for mei");
  await mei.click("form:has(#password) button");
  await mei.fill("#confirm", "mei");
  await mei.click("form:has(#confirm) button");

  await comesTo(ren, `${aomori.url}/@mei@${iwate.domain}`, () => ren.locator("h1", { hasText: "削除されました" }));
  await ren.goto(`${aomori.url}/home`);
  assert.equal(await post(ren, "さようなら").count(), 0);
});

test("two nodes become a network through forms, on a telephone and without scripts", async () => {
  await iwate.register("chair", "owner");
  await aomori.register("chair", "admin");
  const inviter = await iwate.signIn("chair", JA, PHONE, NO_SCRIPT);
  const newcomer = await aomori.signIn("chair", JA, PHONE, NO_SCRIPT);
  const sound = async (page, name) => {
    await axe(page);
    await fitsTheWindow(page);
    await screenshot(page, `network-${name}`);
  };
  const send = (page) => page.locator("main form .button.primary").click();

  await inviter.goto(`${iwate.url}/admin/network/create`);
  await inviter.fill("#name", "東北OM");
  await inviter.fill("#node", "iwate");
  await inviter.fill("#prefecture", "岩手県");
  await send(inviter);
  await sound(inviter, "founded");
  await inviter.locator("form[action='/admin/network/invite'] button").click();
  await sound(inviter, "invitation");
  const invitation = await inviter.inputValue("#invitation");
  const digits = await inviter.locator(".digits").innerText();

  await newcomer.goto(`${aomori.url}/admin/network/join`);
  await newcomer.fill("#invitation", "something else");
  await newcomer.fill("#node", "aomori");
  await newcomer.fill("#prefecture", "青森県");
  await send(newcomer);
  assert.match(await newcomer.innerText("#invitation-problem"), /読めません/);
  await sound(newcomer, "join-refused");
  await newcomer.fill("#invitation", invitation);
  await send(newcomer);
  assert.equal(await newcomer.locator(".digits").innerText(), digits, "both read the same over the telephone");
  await sound(newcomer, "join");
  await newcomer.locator("input[name=sure]").check();
  await send(newcomer);
  assert.match(await newcomer.innerText(".flash"), /ネットワークに/);
  await sound(newcomer, "joined");
  await newcomer.goto(`${aomori.url}/network`);
  assert.equal(await newcomer.locator(".rows > li").count(), 2);
  await sound(newcomer, "nodes");
});
