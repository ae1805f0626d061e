// Signing up and in, the member's settings, and the administration, as people meet them in a browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  DARK, DESKTOP, EN, JA, NO_SCRIPT, PHONE, axe, emailOf, fitsTheWindow, openHouse, passwordOf, screenshot,
} from "./harness.mjs";

const digitsIn = (mail) => /^\d{6}$/m.exec(mail.text)[0];
const wrong = (digits) => (digits === "123456" ? "654321" : "123456");
const submit = (page) => page.locator("main button[type=submit], main .button.primary").first().click();

// Every page must pass in both languages, on a phone and in the dark.
async function sound(page, name) {
  await axe(page);
  await fitsTheWindow(page);
  await screenshot(page, `accounts-${name}`);
}

async function fillSignUp(page, house, name, email = emailOf(name)) {
  await page.goto(`${house.url}/sign-up`);
  await page.fill("#name", `見本 ${name}`);
  await page.fill("#username", name);
  await page.fill("#email", email);
  if (await page.locator("#reason").count()) await page.fill("#reason", "みほん村で、移動図書館をしています。");
  await submit(page);
}

async function typeDigits(page, digits) {
  await page.fill("#code", digits);
  await submit(page);
}

const problem = (page) => page.locator(".problem").first().innerText();
const isSignedIn = async (page, house) => {
  await page.goto(`${house.url}/settings/account`);
  return new URL(page.url()).pathname === "/settings/account";
};
// Members made by the command line read Japanese until they say otherwise.
async function inEnglish(page, house) {
  await page.goto(`${house.url}/settings/language`);
  await page.check("#lang-en");
  await submit(page);
  return page;
}
// Proves by password that it is really them, so that what is guarded opens.
async function confirm(page, house, name, next) {
  await page.goto(`${house.url}/settings/confirm?next=${next}`);
  await page.fill("#password", passwordOf(name));
  await page.click("form:has(#password) button");
  await page.waitForURL(`${house.url}${next}`);
}

let house;
before(async () => { house = await openHouse(); });
after(() => house?.close());

const looks = { "ja-phone": [JA, PHONE], "en-desktop": [EN, DESKTOP], "ja-dark": [JA, DARK], "en-phone-dark": [EN, PHONE, DARK] };

for (const [look, views] of Object.entries(looks)) {
  test(`the pages before one is in are sound: ${look}`, async () => {
    const page = await house.visitor(...views);
    for (const path of ["/login", "/login/code?token=none", "/sign-up", "/sign-up/code?token=none", "/sign-up/waiting"]) {
      await page.goto(house.url + path);
      await sound(page, `${path.replace(/\W+/g, "-")}-${look}`);
    }
    await page.goto(`${house.url}/sign-up`);
    await page.fill("#name", "x");
    await page.fill("#username", "admin");
    await page.fill("#email", "not@an..address");
    await page.evaluate(() => { document.querySelector("main form").noValidate = true; });
    await submit(page);
    assert.equal(await page.locator(".problems li").count(), 2);
    await sound(page, `sign-up-problems-${look}`);
  });
}

test("somebody joins with the digits from the mail, without JavaScript", async () => {
  const page = await house.visitor(JA, PHONE, NO_SCRIPT);
  await fillSignUp(page, house, "haruka");
  const mail = await house.mail(emailOf("haruka"));
  assert.match(mail.subject, /\d{6}/);
  assert.match(await page.innerText("main"), /haruka@sample\.example/);
  await typeDigits(page, digitsIn(mail));
  assert.ok(await isSignedIn(page, house));
  assert.match(await page.innerText("main"), /@haruka@localhost/);
});

test("the link in the mail fills the digits in and changes nothing by itself", async () => {
  const page = await house.visitor(EN);
  await fillSignUp(page, house, "linus_sample");
  const mail = await house.mail(emailOf("linus_sample"));
  const link = /http:\/\/\S+\/sign-up\/code\?\S+/.exec(mail.text)[0];
  const elsewhere = await house.visitor(EN, PHONE);
  await elsewhere.goto(link);
  await elsewhere.goto(link);
  assert.equal(await elsewhere.inputValue("#code"), digitsIn(mail));
  assert.ok(!(await isSignedIn(elsewhere, house)));
  await elsewhere.goto(link);
  await submit(elsewhere);
  assert.ok(await isSignedIn(elsewhere, house));
});

test("after five wrong tries the right digits no longer work", async () => {
  await house.register("mistaker");
  const page = await house.visitor(EN);
  await page.goto(`${house.url}/login`);
  await page.fill("#who", "mistaker");
  await submit(page);
  const digits = digitsIn(await house.mail(emailOf("mistaker")));
  for (const left of ["4 tries left", "3 tries left", "2 tries left", "One more try"]) {
    await typeDigits(page, wrong(digits));
    assert.ok((await problem(page)).includes(left), left);
  }
  await typeDigits(page, wrong(digits));
  assert.match(await problem(page), /no longer/);
  await typeDigits(page, digits);
  assert.match(await problem(page), /no longer/);
  assert.ok(!(await isSignedIn(page, house)));
});

test("a known and an unknown address look the same to the visitor", async () => {
  await house.register("secretive");
  const [known, unknown] = [await house.visitor(EN), await house.visitor(EN)];
  await fillSignUp(known, house, "somebody1", emailOf("secretive"));
  await fillSignUp(unknown, house, "somebody2", "nobody2@sample.example");
  const shown = async (page) => (await page.innerText("main")).replaceAll(/\S+@sample\.example/g, "…");
  assert.equal(await shown(known), await shown(unknown));
  assert.match((await house.mail(emailOf("secretive"))).subject, /already have an account|すでに参加/);

  for (const [page, who] of [[known, "secretive"], [unknown, "nobody_at_all"]]) {
    await page.goto(`${house.url}/login`);
    await page.fill("#who", who);
    await submit(page);
  }
  const words = async (page) => (await page.innerText("main")).replace(/“\w+”/, "…");
  assert.equal(await words(known), await words(unknown));
});

test("a taken name is said at once, and what was typed stays", async () => {
  await house.register("popular");
  const page = await house.visitor(EN);
  await fillSignUp(page, house, "Popular", "late@sample.example");
  assert.match(await problem(page), /taken/);
  assert.equal(await page.inputValue("#email"), "late@sample.example");
  assert.equal(await page.getAttribute("#username", "aria-invalid"), "true");
});

test("a program that fills in the hidden field gets the usual answer and no mail", async () => {
  const body = new URLSearchParams({ name: "Bot", username: "bot_1", email: "bot@sample.example", website: "http://x.example" });
  const reply = await fetch(`${house.url}/sign-up`, { method: "POST", body, redirect: "manual" });
  assert.match(reply.headers.get("location"), /^\/sign-up\/code\?token=/);
  assert.deepEqual(await house.mailbox("bot@sample.example"), []);
});

test("signing in by password leads to where one wanted to go, and never to another site", async () => {
  await house.register("aiko");
  const page = await house.visitor(JA);
  await page.goto(`${house.url}/settings/language`);
  assert.equal(new URL(page.url()).pathname, "/login");
  await page.fill("#who", emailOf("aiko"));
  await page.fill("#password", "not the password");
  await submit(page);
  assert.match(await problem(page), /パスワードが違います/);
  await page.fill("#password", passwordOf("aiko"));
  await submit(page);
  assert.equal(new URL(page.url()).pathname, "/settings/language");

  const other = await house.visitor(JA);
  await other.goto(`${house.url}/login?next=//evil.example/`);
  await other.fill("#who", "@aiko");
  await other.fill("#password", passwordOf("aiko"));
  await submit(other);
  assert.equal(new URL(other.url()).host, new URL(house.url).host);
});

test("on a shared computer the session ends with the browser", async () => {
  await house.register("guest");
  for (const shared of [true, false]) {
    const page = await house.visitor(EN);
    await page.goto(`${house.url}/login`);
    await page.fill("#who", "guest");
    if (shared) await page.check("[name=shared]");
    await submit(page);
    const count = shared ? 1 : 2;
    await typeDigits(page, digitsIn(await house.mail(emailOf("guest"), count)));
    const cookie = (await page.context().cookies()).find(({ name }) => name === "tsudoi");
    assert.equal(cookie.expires === -1, shared);
    assert.ok(cookie.httpOnly);
  }
});

test("signing out everywhere ends the other sessions and leaves this one", async () => {
  const here = await house.member("kenji");
  const there = await house.signIn("kenji", PHONE);
  assert.ok(await isSignedIn(there, house));
  await here.goto(`${house.url}/settings/devices`);
  await sound(here, "devices");
  assert.equal(await here.locator(".person").count(), 2);
  here.once("dialog", (dialog) => dialog.accept());
  await here.click(".button.danger");
  await here.waitForSelector(".flash");
  assert.equal(await here.locator(".person").count(), 1);
  assert.ok(!(await isSignedIn(there, house)));
  assert.ok(await isSignedIn(here, house));
  await here.click("details.menu summary");
  await here.click("form[action='/logout'] button");
  assert.ok(!(await isSignedIn(here, house)));
});

test("a program's token can be taken back", async () => {
  const page = await inEnglish(await house.member("coder"), house);
  await house.tsudoi(["account", "token", "coder"]);
  await page.goto(`${house.url}/settings/devices`);
  await axe(page);
  await page.getByRole("button", { name: /Disconnect/ }).click();
  await page.waitForSelector(".flash");
  assert.equal(await page.getByRole("button", { name: /Disconnect/ }).count(), 0);
});

test("a new mail address counts once its digits are typed, and the old one gets a notice", async () => {
  const page = await house.member("mover", PHONE);
  await confirm(page, house, "mover", "/settings/account");
  await sound(page, "account-confirmed");
  await page.fill("#email", "new-mover@sample.example");
  await page.click("form:has(#email) button");
  assert.match(await page.innerText("main"), /new-mover@sample\.example/);
  await sound(page, "email-code");
  await typeDigits(page, digitsIn(await house.mail("new-mover@sample.example")));
  assert.match(await page.innerText("main"), /new-mover@sample\.example/);
  const notice = await house.mail(emailOf("mover"));
  assert.match(notice.text, /new-mover@sample\.example/);
});

test("what is guarded opens only to a fresh proof, by mail where there is no password", async () => {
  const page = await house.visitor(EN, NO_SCRIPT);
  await fillSignUp(page, house, "codeonly");
  await typeDigits(page, digitsIn(await house.mail(emailOf("codeonly"))));
  await page.goto(`${house.url}/settings/password`);
  assert.equal(await page.locator("#password").count(), 0);
  await page.click("main .button");
  await page.click("form[action^='/settings/confirm/code'] button");
  await sound(page, "confirm");
  await typeDigits(page, digitsIn(await house.mail(emailOf("codeonly"), 2)));
  assert.equal(new URL(page.url()).pathname, "/settings/password");
  await page.fill("#password", "short");
  await submit(page);
  assert.match(await problem(page), /at least 10/);
  await page.fill("#password", passwordOf("codeonly"));
  await submit(page);
  assert.match(await page.innerText(".flash"), /password has changed/i);
  assert.match((await house.mail(emailOf("codeonly"), 3)).subject, /password/i);
  const again = await house.signIn("codeonly");
  assert.ok(await isSignedIn(again, house));
});

test("the profile takes names, lines and a picture, and says what is wrong", async () => {
  const page = await house.member("minori", JA, PHONE);
  await page.goto(`${house.url}/settings/profile`);
  await page.fill("#name", "仮名みのり");
  await page.fill("#bio", "大学でまちづくりを学んでいます。 #まちあるき");
  await page.locator("[name=field_name]").first().fill("町");
  await page.locator("[name=field_value]").first().fill("架空町");
  await page.check("[name=locked]");
  await page.setInputFiles("#avatar", { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await submit(page);
  assert.match(await problem(page), /画像/);
  assert.equal(await page.inputValue("#name"), "仮名みのり");
  await sound(page, "profile-problem");
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==", "base64");
  await page.setInputFiles("#avatar", { name: "a.png", mimeType: "image/png", buffer: png });
  await submit(page);
  await page.waitForSelector(".flash.ok");
  assert.equal(await page.locator("[name=field_value]").first().inputValue(), "架空町");
  assert.ok(await page.isChecked("[name=locked]"));
  assert.match(await page.getAttribute("main img.avatar", "src"), /^\/media\//);
  await sound(page, "profile");
  await page.check("[name=remove_avatar]");
  await submit(page);
  await page.waitForSelector(".flash.ok");
  assert.match(await page.getAttribute("main img.avatar", "src"), /^\/assets\//);
  assert.equal(await page.locator("[name=remove_avatar]").count(), 0);
});

test("language and usual audience are remembered", async () => {
  const page = await house.member("polyglot", JA);
  await page.goto(`${house.url}/settings/language`);
  await page.check("#lang-en");
  await page.selectOption("#audience", "chapter");
  await submit(page);
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.equal(await page.inputValue("#audience"), "chapter");
  await sound(page, "language");
});

test("moving to another account shows what will happen, and needs the new account's word", async () => {
  const old = await inEnglish(await house.member("old_home", PHONE), house);
  const fresh = await house.member("new_home");
  await confirm(old, house, "old_home", "/settings/move");
  await old.fill("#target", `@new_home@${house.domain}`);
  await old.click("form:has(#target) button");
  assert.match(await problem(old), /does not name this one/);
  await sound(old, "move-problem");

  await fresh.goto(`${house.url}/settings/move`);
  await fresh.fill("#alias", `@old_home@${house.domain}`);
  await fresh.click("form:has(#alias) [type=submit]");
  assert.match(await fresh.innerText("main"), /old_home@/);
  await sound(fresh, "aliases");

  await old.fill("#target", `@new_home@${house.domain}`);
  await old.click("form:has(#target) button");
  assert.match(await old.innerText("main"), /new_home@/);
  await sound(old, "move-check");
  await submit(old);
  assert.match(await old.innerText(".flash"), /You have moved/);
  assert.match(await old.innerText("main"), /Moved to: http/);
});

test("an account is deleted by its name, typed, and is gone for other servers", async () => {
  const page = await inEnglish(await house.member("leaver", NO_SCRIPT), house);
  await confirm(page, house, "leaver", "/settings/move");
  await sound(page, "move-confirmed");
  await page.fill("#confirm", "somebody_else");
  await page.click("form:has(#confirm) button");
  assert.match(await problem(page), /not your user name/);
  await page.fill("#confirm", "leaver");
  await page.click("form:has(#confirm) button");
  assert.ok(!(await isSignedIn(page, house)));
  const reply = await fetch(`${house.url}/users/leaver`, { headers: { accept: "application/activity+json" } });
  assert.equal(reply.status, 410);
  assert.match((await house.mail(emailOf("leaver"))).subject, /deleted|削除/);
});

test("roles: nobody above one's own, and the node keeps an owner", async () => {
  await house.register("chair", "owner");
  await house.register("helper", "admin");
  await house.register("plain");
  const chair = await inEnglish(await house.signIn("chair"), house);
  const helper = await inEnglish(await house.signIn("helper"), house);
  const row = (page, name) => page.locator("tr", { hasText: `@${name}` });
  const give = async (page, name, role) => {
    await page.goto(`${house.url}/admin/members?q=${name}`);
    await row(page, name).locator("select").selectOption(role);
    await row(page, name).getByRole("button", { name: /Change/ }).click();
  };
  await give(chair, "plain", "moderator");
  assert.match(await chair.innerText(".flash"), /Saved/);
  await sound(chair, "members");
  await give(chair, "chair", "member");
  assert.match(await chair.innerText("main"), /no owner/);

  await helper.goto(`${house.url}/admin/members?q=chair`);
  assert.equal(await row(helper, "chair").locator("select").count(), 0);
  await helper.goto(`${house.url}/admin/members?q=plain`);
  assert.deepEqual(await row(helper, "plain").locator("option").allInnerTexts(), ["Member", "Moderator", "Admin"]);

  const plain = await house.signIn("plain");
  assert.equal((await plain.goto(`${house.url}/admin`)).status(), 403);
  await row(helper, "plain").getByRole("button", { name: /Suspend/ }).click();
  await helper.waitForSelector(".badge.warm");
  assert.ok(!(await isSignedIn(plain, house)));
  await plain.fill("#who", "plain");
  await plain.fill("#password", passwordOf("plain"));
  await submit(plain);
  assert.match(await problem(plain), /今は使えません/);
});

test("the administration is sound, and a server can be blocked", async () => {
  await house.register("warden", "admin");
  for (const views of [[JA, PHONE], [DARK]]) {
    const page = await house.signIn("warden", ...views);
    for (const path of ["/admin", "/admin/sign-ups", "/admin/members", "/admin/hosts", "/admin/network", "/admin/network/create", "/admin/network/join", "/admin/reports"]) {
      await page.goto(house.url + path);
      await axe(page);
      await fitsTheWindow(page);
    }
  }
  const page = await inEnglish(await house.signIn("warden", PHONE), house);
  for (const path of ["/admin", "/admin/members", "/admin/hosts"]) {
    await page.goto(house.url + path);
    await axe(page);
    await fitsTheWindow(page);
  }
  await page.fill("#host", house.domain);
  await page.click("form:has(#host) .button");
  assert.match(await problem(page), /your own node/);
  await page.fill("#host", "not a host!");
  await page.click("form:has(#host) .button");
  assert.match(await problem(page), /only the name of the server/);
  await page.fill("#host", "Unkind.example");
  await page.click("form:has(#host) .button");
  const line = page.locator("tr", { hasText: "unkind.example" });
  assert.match(await line.innerText(), /Blocked/);
  await sound(page, "hosts");
  await line.getByRole("button", { name: /Unblock/ }).click();
  await page.waitForSelector(".flash");
  assert.match(await line.innerText(), /Fine/);

  await page.goto(`${house.url}/admin`);
  await page.fill("#node_name", "");
  await page.evaluate(() => { document.querySelector("main form").noValidate = true; });
  await submit(page);
  assert.match(await problem(page), /cannot be empty/);
  await page.fill("#node_name", "つどい みほん");
  await page.fill("#chapter", "みほん支部");
  await submit(page);
  assert.match(await page.innerText(".brand"), /つどい みほん/);
});

test("by approval: the admins get a mail, and so does the applicant, for a yes and for a no", async (t) => {
  const house = await openHouse({ TSUDOI_SIGNUP: "approval" });
  t.after(() => house.close());
  await house.register("sewa", "owner");
  const admin = await house.signIn("sewa", JA, PHONE);
  for (const [round, name] of ["accepted", "declined"].entries()) {
    const page = await house.visitor(JA);
    await fillSignUp(page, house, name);
    await typeDigits(page, digitsIn(await house.mail(emailOf(name))));
    assert.match(await page.innerText("main"), /申し込みを受け取りました/);
    assert.match((await house.mail(emailOf("sewa"), round + 1)).text, new RegExp(`@${name}`));
    const actor = () => fetch(`${house.url}/users/${name}`, { headers: { accept: "application/activity+json" } });
    assert.equal((await actor()).status, 404, "nobody sees who waits");

    await page.goto(`${house.url}/login`);
    await page.fill("#who", name);
    await submit(page);
    await typeDigits(page, digitsIn(await house.mail(emailOf(name), 2)));
    assert.equal(new URL(page.url()).pathname, "/sign-up/waiting");

    await admin.goto(`${house.url}/admin/sign-ups`);
    await sound(admin, "sign-ups");
    if (name === "declined") admin.once("dialog", (dialog) => dialog.accept());
    await admin.getByRole("button", { name: name === "accepted" ? /承認する/ : /断る/ }).click();
    await admin.waitForSelector(".flash");
    const answer = await house.mail(emailOf(name), 3);
    assert.match(answer.subject, name === "accepted" ? /承認/ : /お申し込み/);
    assert.equal((await actor()).status, name === "accepted" ? 200 : 404);
  }
});

test("closed: nobody signs up, and the page says so", async (t) => {
  const house = await openHouse({ TSUDOI_SIGNUP: "closed" });
  t.after(() => house.close());
  const page = await house.visitor(JA);
  const reply = await page.goto(`${house.url}/sign-up`);
  assert.equal(reply.status(), 403);
  assert.match(await page.innerText("main"), /受け付けていません/);
  await axe(page);
});

test("the set-up link makes the owner and names the node, once", async (t) => {
  const house = await openHouse();
  t.after(() => house.close());
  const link = /http:\/\/\S+\/setup\?token=[\w-]+/.exec(await house.log())[0];
  assert.equal((await fetch(`${house.url}/setup?token=guess`)).status, 403);
  const page = await house.visitor(JA, PHONE);
  await page.goto(house.url);
  assert.match(await page.innerText("main"), /設定を待っています/);
  assert.equal(await page.getByRole("link", { name: "参加する" }).count(), 0, "nobody could approve it");
  await sound(page, "before-setup");
  await page.goto(link);
  await sound(page, "setup");
  await page.fill("#node_name", "つどい みほん");
  await page.fill("#chapter", "みほん支部");
  await page.fill("#description", "立場をこえて学び、語り、つながる。");
  await page.fill("#name", "見本はな");
  await page.fill("#username", "hana");
  await page.fill("#email", emailOf("hana"));
  await page.fill("#password", "short");
  await page.evaluate(() => { document.querySelector("main form").noValidate = true; });
  await submit(page);
  assert.match(await problem(page), /10文字以上/);
  await page.fill("#password", passwordOf("hana"));
  await submit(page);
  assert.equal(new URL(page.url()).pathname, "/admin");
  assert.match(await page.innerText(".brand"), /つどい みほん\s*みほん支部/);
  await page.goto(link);
  assert.match(await page.innerText("main"), /もう使えません.*ログイン/s);
  const owner = await house.signIn("hana", JA);
  assert.ok(await isSignedIn(owner, house));
  assert.match(await owner.innerText("main"), /持ち主/);
});

test("an owner named by the command line voids the set-up link", async (t) => {
  const house = await openHouse();
  t.after(() => house.close());
  const link = /http:\/\/\S+\/setup\?token=[\w-]+/.exec(await house.log())[0];
  await house.register("hana");
  assert.equal((await fetch(link)).status, 200);
  await house.tsudoi(["account", "set-role", "hana", "owner"]);
  assert.equal((await fetch(link)).status, 403);
});
