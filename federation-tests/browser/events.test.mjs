// Events, as members and visitors meet them in a browser: opening one, asking for a place, and pages that everybody can use.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  DARK, DESKTOP, EN, JA, NO_SCRIPT, PHONE, axe, fitsTheWindow, openHouse, screenshot,
} from "./harness.mjs";

let house;
let hana;
before(async () => {
  house = await openHouse();
  hana = await house.member("hana", JA, DESKTOP);
});
after(() => house?.close());

// Years ahead, so that the pages are the same whenever the tests run.
const plan = {
  name: "第21回 オープンミーティング勉強会",
  starts_at: "2099-06-12T18:30",
  ends_at: "2099-06-12T20:30",
  place: "見本町公民館 2階 大会議室",
  address: "見本県見本町1丁目1-1",
  online_url: "https://meet.example/om-21",
  capacity: "1",
  text: "空き店舗の使い方を、**見本商店街**の例から考えます。\n\n- 18:30 開会\n- 18:40 話題提供\n- 19:30 話し合い",
};

// Opens an event by the form and gives the path of its page.
async function open(page, changes = {}) {
  await page.goto(`${house.url}/events/new`);
  for (const [name, value] of Object.entries({ ...plan, ...changes })) await page.fill(`#${name}`, value);
  await page.locator(".composer .button.primary").click();
  await page.waitForURL(/@/);
  return new URL(page.url()).pathname;
}

async function sound(page, name) {
  await page.evaluate(() => document.querySelectorAll("details:not(.menu)").forEach((d) => { d.open = true; }));
  await axe(page);
  await fitsTheWindow(page);
  await screenshot(page, `events-${name}`);
}

async function speak(page, lang) {
  await page.goto(`${house.url}/home`);
  if ((await page.getAttribute("html", "lang")) === lang) return;
  await page.locator(".foot form[action='/language'] button").click();
  await page.locator(`html[lang=${lang}]`).waitFor();
}

test("a place is asked for without leaving the page, and without JavaScript by the same form", async () => {
  const path = await open(hana);
  const taro = await house.member("taro", JA, DESKTOP);
  await taro.goto(house.url + path);
  await taro.locator("summary", { hasText: "主催者への一言" }).click();
  await taro.getByLabel("主催者への一言").fill("車いすで行きます。");
  await taro.getByRole("button", { name: "参加を申し込む" }).click();
  await taro.getByText("参加が決まっています。").waitFor();
  await house.register("mio");
  const mio = await house.signIn("mio", JA, PHONE, NO_SCRIPT);
  await mio.goto(house.url + path);
  await mio.getByRole("button", { name: "補欠で申し込む" }).click();
  assert.match(await mio.locator(".attend").innerText(), /補欠で待っています/);
  await taro.getByRole("button", { name: "申込を取り消す" }).click();
  await taro.getByText("補欠で申し込む").waitFor();
  await mio.reload();
  assert.match(await mio.locator(".attend").innerText(), /参加が決まっています/);
  await hana.goto(`${house.url}${path}/guests`);
  assert.match(await hana.locator("tbody").innerText(), /@mio\s+参加/);
});

const looks = { "ja-phone": [JA, PHONE], "en-desktop": [EN, DESKTOP], "ja-dark": [JA, DESKTOP, DARK], "en-phone-dark": [EN, PHONE, DARK] };
for (const [look, views] of Object.entries(looks)) {
  test(`every page of events is sound: ${look}`, async () => {
    const full = await open(hana);
    const other = await open(hana, { name: "朝の読書会", starts_at: "2099-06-12T07:00", ends_at: "", capacity: "", online_url: "" });
    const tale = await house.signIn("mio", JA, DESKTOP);
    await tale.goto(house.url + full);
    await tale.locator("summary", { hasText: "主催者への一言" }).click();
    await tale.getByLabel("主催者への一言").fill("電車の都合で、はじめの15分ほど遅れて着くと思います。");
    await tale.getByRole("button", { name: "参加を申し込む" }).click();
    await tale.getByText("参加が決まっています。").waitFor();
    await hana.goto("about:blank");
    const visitor = await house.visitor(...views);
    for (const at of ["/events", "/events?past", full]) {
      await visitor.goto(house.url + at);
      await sound(visitor, `visitor${at.replace(/\W+|\d+/g, "-")}-${look}`);
    }
    const guest = await house.signIn("taro", ...views);
    await speak(guest, look.slice(0, 2));
    for (const [name, at] of [["full", full], ["other", other]]) {
      await guest.goto(house.url + at);
      await sound(guest, `guest-${name}-${look}`);
    }
    await speak(guest, "ja");
    const page = await house.signIn("hana", ...views);
    await speak(page, look.slice(0, 2));
    for (const [name, at] of [["list", "/events"], ["new", "/events/new"], ["own", full], ["edit", `${full}/edit`], ["guests", `${full}/guests`], ["copy", `/events/new?from=${full.split("/").pop()}`]]) {
      await page.goto(house.url + at);
      await sound(page, `member-${name}-${look}`);
    }
    await page.goto(`${house.url}/events/new`);
    await page.fill("#name", "終わりが先の会");
    await page.fill("#starts_at", "2099-06-12T18:30");
    await page.fill("#ends_at", "2099-06-12T18:00");
    await page.locator(".composer .button.primary").click();
    await page.locator("#ends_at-problem").waitFor();
    await sound(page, `member-refused-${look}`);
    await speak(page, "ja");
  });
}
