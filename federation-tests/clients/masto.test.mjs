// masto.js, unmodified, drives a node: what Phanpy, Elk and other programs on it do all day.
//
// Every test has people of its own, each of whom has allowed the program as one does in a browser.
import assert from "node:assert/strict";
import { createECDH, createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";
import { startNode } from "../browser/node.mjs";
import { picture } from "../browser/picture.mjs";
import { personAt } from "./person.mjs";

const SCOPES = "read write follow push";
const BY_HAND = "urn:ietf:wg:oauth:2.0:oob";
const BACK = "reader://back";
const TEST_LIMIT_MS = 30_000;
const KNOCK_MS = 100;
const PAGE = 20;

let node, visitor, oauth, program;
before(async () => {
  node = await startNode();
  visitor = createRestAPIClient({ url: node.url });
  oauth = createOAuthAPIClient({ url: node.url });
  program = await visitor.v1.apps.create({ clientName: "Reader", redirectUris: [BY_HAND, BACK], scopes: SCOPES });
});
after(() => node?.stop());

const client = () => ({ clientId: program.clientId, clientSecret: program.clientSecret });
const askingFor = (redirectUri, more = {}) =>
  `${node.url}/oauth/authorize?${new URLSearchParams({
    response_type: "code", client_id: program.clientId, redirect_uri: redirectUri, scope: SCOPES, ...more,
  })}`;
const tokenFor = (code, redirectUri, more = {}) =>
  oauth.token.create({ grantType: "authorization_code", ...client(), code, redirectUri, ...more });

// A sentence about the node; who waits in it for something waits no longer than its limit.
const story = (sentence, tell) => test(sentence, { timeout: TEST_LIMIT_MS }, tell);

let people = 0;
// Somebody who signed in with the program; their open streams end with the test.
async function member(t, firstName) {
  const name = `${firstName}${++people}`;
  await node.register(name);
  const code = await personAt(node.url, name).allows(askingFor(BY_HAND));
  const { accessToken } = await tokenFor(code, BY_HAND);
  const { v1, v2 } = createRestAPIClient({ url: node.url, accessToken });
  const openStreams = () => {
    const streams = createStreamingAPIClient({ streamingApiUrl: node.url.replace("http", "ws"), accessToken });
    t.after(() => streams.close());
    return streams;
  };
  const says = (status, more = {}) => v1.statuses.create({ status, ...more });
  return { name, accessToken, v1, v2, says, openStreams, account: await v1.accounts.verifyCredentials() };
}
const members = (t, ...names) => Promise.all(names.map((name) => member(t, name)));

const ids = (entities) => entities.map(({ id }) => id);
const textOf = ({ content }) => content.replace(/<[^>]*>/g, "");
const isRefusedWith = (statusCode) => (error) => {
  assert.equal(error.name, "MastoHttpError", error);
  assert.equal(error.statusCode, statusCode, error);
  return true;
};

story("a visitor's program learns what this node is", async () => {
  const { domain, version, configuration, apiVersions } = await visitor.v2.instance.fetch();
  assert.equal(domain, node.domain);
  assert.match(version, /^4\.\d+\.\d+ \(compatible; Tsudoi /);
  assert.equal(configuration.urls.streaming, node.url.replace("http", "ws"));
  assert.equal(configuration.vapid.publicKey, program.vapidKey);
  assert.ok(apiVersions.mastodon >= 2, "grouped notifications");
  assert.equal((await visitor.v1.instance.fetch()).uri, node.domain);
});

story("a program is denied, or allowed with PKCE: a code is for whoever asked for it, and for once", async () => {
  await node.register("haru");
  const person = personAt(node.url, "haru");
  const codeVerifier = randomBytes(32).toString("base64url");
  const challenge = {
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
    code_challenge_method: "S256",
  };
  const denied = new URL((await person.answers(askingFor(BACK, { state: "岩手", ...challenge }), "deny")).address);
  assert.deepEqual([denied.searchParams.get("error"), denied.searchParams.get("state")], ["access_denied", "岩手"]);

  const allowed = await person.answers(askingFor(BACK, { state: "青森", ...challenge }), "allow");
  assert.ok(allowed.address.startsWith(`${BACK}?`), allowed.address);
  const answer = new URL(allowed.address).searchParams;
  assert.equal(answer.get("state"), "青森");
  await assert.rejects(tokenFor(answer.get("code"), BACK), isRefusedWith(400), "without the verifier");

  const code = await person.allows(askingFor(BACK, challenge));
  const token = await tokenFor(code, BACK, { codeVerifier });
  assert.deepEqual([token.tokenType, token.scope], ["Bearer", SCOPES]);
  await assert.rejects(tokenFor(code, BACK, { codeVerifier }), isRefusedWith(400), "a code works once");
});

story("a code that is copied by hand makes a token, which ends when it is given back", async () => {
  await node.register("nao");
  const code = await personAt(node.url, "nao").allows(askingFor(BY_HAND));
  const { accessToken } = await tokenFor(code, BY_HAND);
  const rest = createRestAPIClient({ url: node.url, accessToken });
  const me = await rest.v1.accounts.verifyCredentials();
  assert.deepEqual([me.username, me.acct, me.source.privacy], ["nao", "nao", "public"]);
  assert.equal((await rest.v1.apps.verifyCredentials()).name, "Reader");
  await oauth.revoke({ ...client(), token: accessToken });
  await assert.rejects(rest.v1.accounts.verifyCredentials(), isRefusedWith(401));
});

story("a picture is posted with its description", async (t) => {
  const aiko = await member(t, "aiko");
  const { buffer, mimeType } = picture("sea.png");
  const file = new File([buffer], "sea.png", { type: mimeType });
  const media = await aiko.v2.media.create({ file, description: "朝の海", focus: "0.5,-0.25" });
  assert.deepEqual([media.type, media.description], ["image", "朝の海"]);
  assert.deepEqual([media.meta.original.width, media.meta.original.height], [120, 80]);
  assert.deepEqual(media.meta.focus, { x: 0.5, y: -0.25 });
  await aiko.v1.media.$select(media.id).update({ description: "夜明けの海" });

  const posted = await aiko.says("おはよう", { mediaIds: [media.id], sensitive: true, spoilerText: "海" });
  const { mediaAttachments: [shown], sensitive, spoilerText } = await visitor.v1.statuses.$select(posted.id).fetch();
  assert.deepEqual([shown.id, shown.description, sensitive, spoilerText], [media.id, "夜明けの海", true, "海"]);
  const fetched = await fetch(shown.url);
  assert.equal(fetched.headers.get("access-control-allow-origin"), "*");
  assert.match(fetched.headers.get("content-type"), /^image\//);
  assert.ok((await fetched.arrayBuffer()).byteLength > 0);
});

story("a poll is asked, answered and counted", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  const asked = await aiko.says("どこへ行く？", { poll: { options: ["山", "海", "川"], expiresIn: 3600, multiple: true } });
  const voted = await ken.v1.polls.$select(asked.poll.id).votes.create({ choices: [1, 2] });
  assert.deepEqual([voted.voted, voted.ownVotes], [true, [1, 2]]);
  const poll = await aiko.v1.polls.$select(asked.poll.id).fetch();
  assert.deepEqual(poll.options.map((option) => [option.title, option.votesCount]), [["山", 0], ["海", 1], ["川", 1]]);
  assert.deepEqual([poll.votersCount, poll.votesCount, poll.expired, poll.multiple], [1, 2, false, true]);
});

story("a status is edited, read as it was written, and deleted to be written anew", async (t) => {
  const aiko = await member(t, "aiko");
  const { id } = await aiko.says("明日は晴れ");
  const status = aiko.v1.statuses.$select(id);
  const edited = await status.update({ status: "明日は **雨**", spoilerText: "天気" });
  assert.ok(edited.editedAt);
  const source = await status.source.fetch();
  assert.deepEqual([source.id, source.text, source.spoilerText], [id, "明日は **雨**", "天気"]);
  assert.deepEqual((await status.history.list()).map(textOf), ["明日は晴れ", "明日は 雨"]);
  const deleted = await status.remove();
  assert.deepEqual([deleted.id, deleted.text], [id, "明日は **雨**"]);
  await assert.rejects(status.fetch(), isRefusedWith(404));
});

story("an answer stands in the context of what it answers", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  const root = await aiko.says("会場はどこですか");
  const answer = await ken.says(`@${aiko.name} 公民館です`, { inReplyToId: root.id });
  const thanks = await aiko.says(`@${ken.name} ありがとう`, { inReplyToId: answer.id });
  assert.deepEqual([answer.inReplyToId, answer.inReplyToAccountId], [root.id, aiko.account.id]);
  assert.deepEqual(answer.mentions.map((mention) => mention.id), [aiko.account.id]);
  assert.ok(answer.content.includes(`href="${answer.mentions[0].url}" class="u-url mention"`), answer.content);
  const around = await ken.v1.statuses.$select(answer.id).context.fetch();
  assert.deepEqual([ids(around.ancestors), ids(around.descendants)], [[root.id], [thanks.id]]);
});

story("boosts, favourites and bookmarks are counted, listed and taken back", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  const { id } = await aiko.says("読書会のお知らせ");
  const status = ken.v1.statuses.$select(id);
  const boost = await status.reblog();
  assert.deepEqual([boost.reblog.id, boost.reblog.reblogged, boost.account.id], [id, true, ken.account.id]);
  assert.notEqual(boost.id, id);
  await status.favourite();
  await status.bookmark();
  const seen = await status.fetch();
  assert.deepEqual([seen.reblogsCount, seen.favouritesCount], [1, 1]);
  assert.deepEqual([seen.reblogged, seen.favourited, seen.bookmarked], [true, true, true]);
  const asAikoSeesIt = await aiko.v1.statuses.$select(id).fetch();
  assert.deepEqual([asAikoSeesIt.favourited, asAikoSeesIt.favouritesCount], [false, 1]);
  for (const list of [status.rebloggedBy.list(), status.favouritedBy.list()]) {
    assert.deepEqual(ids(await list), [ken.account.id]);
  }
  for (const list of [ken.v1.favourites.list(), ken.v1.bookmarks.list()]) assert.deepEqual(ids(await list), [id]);

  await status.unreblog();
  await status.unfavourite();
  const left = await status.unbookmark();
  assert.deepEqual([left.reblogged, left.favourited, left.bookmarked], [false, false, false]);
  assert.deepEqual([left.reblogsCount, left.favouritesCount], [0, 0]);
  for (const list of [ken.v1.favourites.list(), ken.v1.bookmarks.list()]) assert.deepEqual(await list, []);
});

story("an event among the statuses is read with its card, and attended in the manner that is ours", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  await ken.v1.accounts.$select(aiko.account.id).follow();
  const post = async (by, path, fields) => {
    const reply = await fetch(`${node.url}/api/tsudoi/v1/events${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${by.accessToken}`, "content-type": "application/json" },
      body: JSON.stringify(fields),
    });
    assert.equal(reply.status, 200);
    return reply.json();
  };
  const { id } = await post(aiko, "", { name: "星を見る会", starts_at: "2099-08-12T19:00", place: "見本山", text: "雨なら中止" });
  await aiko.says("持ち物は毛布");
  const [, event] = await ken.v1.timelines.home.list();
  assert.equal(event.id, id);
  assert.match(textOf(event), /^星を見る会.*2099年8月12日\(水\) 19:00.*見本山.*雨なら中止$/);
  assert.deepEqual([event.card.type, event.card.title, event.card.url], ["link", "星を見る会", event.url]);
  assert.equal(event.card.authors[0].account.id, aiko.account.id);
  assert.equal((await post(ken, `/${id}/join`, { message: "行きます" })).tsudoi.event.rsvp, "confirmed");
  assert.equal((await ken.v1.statuses.$select(id).fetch()).tsudoi.event.attending, 1);
  assert.deepEqual(await aiko.v1.notifications.list({ types: ["mention", "favourite"] }), []);
});

story("many pages hold every status once, in order, forwards and backwards", async (t) => {
  const aiko = await member(t, "aiko");
  const written = [];
  for (let n = 1; n <= 2 * PAGE + 5; n++) written.push((await aiko.says(`${n} 番`)).id);
  const newestFirst = written.toReversed();
  const { home } = aiko.v1.timelines;
  const own = aiko.v1.accounts.$select(aiko.account.id).statuses;
  for (const list of [home, own]) {
    const pages = [];
    for await (const page of list.list({ limit: PAGE })) pages.push(ids(page));
    assert.deepEqual(pages.map((page) => page.length).filter(Boolean), [PAGE, PAGE, 5]);
    assert.deepEqual(pages.flat(), newestFirst);
  }
  const upwards = [];
  for await (const page of home.list({ limit: PAGE, minId: written[0] }).setDirection("prev")) {
    upwards.unshift(...ids(page));
    if (page.length === 0) break;
  }
  assert.deepEqual(upwards, newestFirst.slice(0, -1));
});

story("lists of people go on over pages although their cursors are no ids of people", async (t) => {
  const [aiko, ...followers] = await members(t, "aiko", "ken", "mio", "sora");
  for (const follower of followers) await follower.v1.accounts.$select(aiko.account.id).follow();
  const seen = [];
  for await (const page of aiko.v1.accounts.$select(aiko.account.id).followers.list({ limit: 1 })) {
    seen.push(...ids(page));
  }
  assert.deepEqual(seen, ids(followers.map(({ account }) => account)).toReversed());
});

story("search finds people, statuses and hashtags", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  const status = await aiko.says("軽トラ市で会いましょう #軽トラ市");
  const found = await ken.v2.search.list({ q: "軽トラ" });
  assert.deepEqual(ids(found.statuses), [status.id]);
  assert.deepEqual(found.hashtags.map(({ name }) => name), ["軽トラ市"]);
  const people = await ken.v2.search.list({ q: aiko.name, type: "accounts" });
  assert.deepEqual([ids(people.accounts), people.statuses], [[aiko.account.id], []]);
  const opened = await ken.v2.search.list({ q: status.url, resolve: true });
  assert.deepEqual(ids(opened.statuses), [status.id]);
});

story("a list is made, filled, read, renamed, emptied and deleted", async (t) => {
  const [aiko, ken, mio] = await members(t, "aiko", "ken", "mio");
  await aiko.v1.accounts.$select(ken.account.id).follow();
  await aiko.v1.accounts.$select(mio.account.id).follow();
  const made = await aiko.v1.lists.create({ title: "岩手", exclusive: false });
  const list = aiko.v1.lists.$select(made.id);
  await list.accounts.create({ accountIds: [ken.account.id] });
  assert.deepEqual(ids(await list.accounts.list()), [ken.account.id]);
  assert.deepEqual(ids(await aiko.v1.accounts.$select(ken.account.id).lists.list()), [made.id]);
  const inList = await ken.says("岩手から");
  await mio.says("青森から");
  assert.deepEqual(ids(await aiko.v1.timelines.list.$select(made.id).list()), [inList.id]);

  assert.equal((await list.update({ title: "盛岡" })).title, "盛岡");
  await list.accounts.remove({ accountIds: [ken.account.id] });
  assert.deepEqual(await list.accounts.list(), []);
  await list.remove();
  assert.deepEqual(await aiko.v1.lists.list(), []);
  await assert.rejects(list.fetch(), isRefusedWith(404));
});

story("a filter marks what it finds until its word is taken out", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  await aiko.v1.accounts.$select(ken.account.id).follow();
  const filter = await aiko.v2.filters.create({
    title: "選挙", context: ["home", "public"], filterAction: "warn",
    keywordsAttributes: [{ keyword: "開票", wholeWord: false }],
  });
  const found = await ken.says("開票速報です");
  const other = await ken.says("今日の夕焼け");
  const filtered = async () => (await aiko.v1.timelines.home.list()).map((status) => [status.id, status.filtered]);
  const [[firstId, none], [secondId, [result]]] = await filtered();
  assert.deepEqual([firstId, none, secondId], [other.id, [], found.id]);
  assert.deepEqual([result.filter.id, result.filter.title, result.filter.filterAction], [filter.id, "選挙", "warn"]);
  assert.deepEqual(result.keywordMatches, ["開票"]);

  const chosen = aiko.v2.filters.$select(filter.id);
  await chosen.statuses.create({ statusId: other.id });
  assert.deepEqual((await filtered())[0][1][0].statusMatches, [other.id]);
  const [marked] = await chosen.statuses.list();
  await aiko.v2.filters.statuses.$select(marked.id).remove();
  const [word] = await chosen.keywords.list();
  await aiko.v2.filters.keywords.$select(word.id).remove();
  assert.deepEqual(await filtered(), [[other.id, []], [found.id, []]]);
  await chosen.remove();
  assert.deepEqual(await aiko.v2.filters.list(), []);
});

story("notifications come one by one and in groups, are counted, dismissed and cleared", async (t) => {
  const [aiko, ken, mio] = await members(t, "aiko", "ken", "mio");
  const { id } = await aiko.says("新しい朝");
  await ken.v1.accounts.$select(aiko.account.id).follow();
  await ken.v1.statuses.$select(id).favourite();
  await mio.v1.statuses.$select(id).favourite();
  const answer = await mio.says(`@${aiko.name} おはよう`, { inReplyToId: id });

  const all = await aiko.v1.notifications.list();
  assert.deepEqual(all.map((one) => [one.type, one.account.id, one.status?.id]), [
    ["mention", mio.account.id, answer.id],
    ["favourite", mio.account.id, id],
    ["favourite", ken.account.id, id],
    ["follow", ken.account.id, undefined],
  ]);
  const mentions = await aiko.v1.notifications.list({ types: ["mention"] });
  assert.deepEqual(ids(mentions), [all[0].id]);
  assert.equal((await aiko.v1.notifications.unreadCount.fetch()).count, 4);

  const grouped = await aiko.v2.notifications.list({ excludeTypes: ["mention"] });
  const [favourites, follow] = grouped.notificationGroups;
  assert.equal(grouped.notificationGroups.length, 2);
  assert.deepEqual([favourites.type, favourites.notificationsCount, favourites.statusId], ["favourite", 2, id]);
  assert.deepEqual(favourites.sampleAccountIds, [mio.account.id, ken.account.id]);
  assert.deepEqual([follow.type, follow.notificationsCount], ["follow", 1]);
  assert.deepEqual(ids(grouped.accounts).sort(), [ken.account.id, mio.account.id].sort());
  assert.deepEqual(ids(grouped.statuses), [id]);

  await aiko.v2.notifications.$select(favourites.groupKey).dismiss();
  await aiko.v1.notifications.$select(all[3].id).dismiss();
  assert.deepEqual(ids(await aiko.v1.notifications.list()), [all[0].id]);
  await aiko.v1.notifications.clear();
  assert.deepEqual(await aiko.v1.notifications.list(), []);
});

story("a marker is where the member left off", async (t) => {
  const aiko = await member(t, "aiko");
  const { id } = await aiko.says("ここまで読んだ");
  const first = await aiko.v1.markers.create({ home: { lastReadId: id } });
  assert.deepEqual([first.home.lastReadId, first.notifications], [id, undefined]);
  const read = await aiko.v1.markers.fetch({ timeline: ["home", "notifications"] });
  assert.deepEqual(read, { home: first.home });
});

story("a conversation is unread for whom it is new, and goes away when it is removed", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  const secret = await ken.says(`@${aiko.name} ないしょの話`, { visibility: "direct" });
  const [talk] = await aiko.v1.conversations.list();
  assert.deepEqual([talk.unread, talk.lastStatus.id, ids(talk.accounts)], [true, secret.id, [ken.account.id]]);
  assert.equal((await aiko.v1.conversations.$select(talk.id).read()).unread, false);
  assert.equal((await aiko.v1.conversations.list())[0].unread, false);
  await assert.rejects(visitor.v1.statuses.$select(secret.id).fetch(), isRefusedWith(404));
  await aiko.v1.conversations.$select(talk.id).remove();
  assert.deepEqual(await aiko.v1.conversations.list(), []);
});

story("a scheduled status waits, is moved and is called off", async (t) => {
  const aiko = await member(t, "aiko");
  const inHours = (n) => new Date(Math.ceil(Date.now() / 1000) * 1000 + n * 3_600_000).toISOString();
  const made = await aiko.says("来週の予定", { scheduledAt: inHours(1), visibility: "unlisted" });
  assert.deepEqual([made.params.text, made.params.visibility], ["来週の予定", "unlisted"]);
  assert.deepEqual(ids(await aiko.v1.scheduledStatuses.list()), [made.id]);
  const scheduled = aiko.v1.scheduledStatuses.$select(made.id);
  const later = inHours(2);
  assert.equal((await scheduled.update({ scheduledAt: later })).scheduledAt, later);
  assert.equal((await scheduled.fetch()).scheduledAt, later);
  await scheduled.remove();
  assert.deepEqual(await aiko.v1.scheduledStatuses.list(), []);
  assert.deepEqual(await aiko.v1.accounts.$select(aiko.account.id).statuses.list(), []);
});

story("whom a member follows, mutes or blocks decides what comes home", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  const kenForAiko = aiko.v1.accounts.$select(ken.account.id);
  const relation = async () => (await aiko.v1.accounts.relationships.fetch({ id: [ken.account.id] }))[0];
  const home = async () => ids(await aiko.v1.timelines.home.list());

  assert.equal((await kenForAiko.follow()).following, true);
  const { id } = await ken.says("こんにちは");
  assert.deepEqual(await home(), [id]);
  assert.equal((await kenForAiko.mute({ duration: 3600, notifications: true })).muting, true);
  assert.ok((await relation()).mutingExpiresAt);
  assert.deepEqual(await home(), []);
  assert.deepEqual(ids(await aiko.v1.mutes.list()), [ken.account.id]);
  assert.equal((await kenForAiko.unmute()).muting, false);
  const again = await ken.says("ただいま");
  assert.ok((await home()).includes(again.id));

  const blocked = await kenForAiko.block();
  assert.deepEqual([blocked.blocking, blocked.following], [true, false]);
  assert.deepEqual(ids(await aiko.v1.blocks.list()), [ken.account.id]);
  assert.deepEqual(await home(), []);
  await kenForAiko.unblock();
  const { blocking, following, note } = await relation();
  assert.deepEqual([blocking, following, note], [false, false, ""]);
  assert.equal((await kenForAiko.note.create({ comment: "図書館の人" })).note, "図書館の人");
});

story("a followed hashtag comes home, although its writer is not followed", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  const tag = aiko.v1.tags.$select("盛岡さんぽ");
  assert.equal((await tag.follow()).following, true);
  assert.deepEqual((await aiko.v1.followedTags.list()).map(({ name }) => name), ["盛岡さんぽ"]);
  const { id } = await ken.says("川べり #盛岡さんぽ");
  await ken.says("川べり");
  assert.deepEqual(ids(await aiko.v1.timelines.home.list()), [id]);
  assert.deepEqual(ids(await visitor.v1.timelines.tag.$select("盛岡さんぽ").list()), [id]);
  assert.equal((await tag.unfollow()).following, false);
  assert.deepEqual(await aiko.v1.followedTags.list(), []);
});

story("a profile is rewritten with a picture and shown to everybody", async (t) => {
  const aiko = await member(t, "aiko");
  const { buffer, mimeType } = picture("face.png");
  const changed = await aiko.v1.accounts.updateCredentials({
    displayName: "見本 愛子", note: "移動図書館", locked: true,
    avatar: new File([buffer], "face.png", { type: mimeType }),
    fieldsAttributes: [{ name: "町", value: "みほん町" }],
  });
  assert.notEqual(changed.avatar, aiko.account.avatar);
  const shown = await visitor.v1.accounts.lookup({ acct: aiko.name });
  assert.deepEqual([shown.displayName, shown.locked, shown.avatar], ["見本 愛子", true, changed.avatar]);
  assert.deepEqual([textOf({ content: shown.note }), shown.fields[0].name], ["移動図書館", "町"]);
  assert.match((await fetch(shown.avatar)).headers.get("content-type"), /^image\//);
});

// A subscription is not confirmed, so somebody speaks again and again until the first word is heard; gives what comes after it.
async function tunedIn(subscription, speak) {
  const events = subscription.values();
  let heard = false;
  const first = events.next().then(() => (heard = true));
  while (!heard) {
    await speak();
    await Promise.race([first, pause(KNOCK_MS)]);
  }
  return events;
}
async function hears(events, wanted) {
  for (;;) {
    const { value } = await events.next();
    if (wanted(value)) return value;
  }
}

story("three streams on one socket bring what is said, edited, deleted and meant for the member", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  await aiko.v1.accounts.$select(ken.account.id).follow();
  const streams = aiko.openStreams();
  const knock = () => ken.says("とんとん #集いの波");
  const [user, everybody, tagged] = await Promise.all([
    tunedIn(streams.user.subscribe(), knock),
    tunedIn(streams.public.subscribe(), knock),
    tunedIn(streams.hashtag.subscribe({ tag: "集いの波" }), knock),
  ]);
  const { id } = await ken.says(`@${aiko.name} 波が来た #集いの波`);
  const isNews = ({ event, payload }) => event === "update" && payload.id === id;
  for (const [events, stream] of [[user, ["user"]], [everybody, ["public"]], [tagged, ["hashtag", "集いの波"]]]) {
    const news = await hears(events, isNews);
    assert.deepEqual([news.stream, news.payload.account.id], [stream, ken.account.id]);
    assert.equal(textOf(news.payload), `@${aiko.name} 波が来た #集いの波`);
  }

  await ken.v1.statuses.$select(id).update({ status: `@${aiko.name} 波が引いた` });
  const edited = await hears(user, ({ event }) => event === "status.update");
  assert.deepEqual([edited.payload.id, textOf(edited.payload)], [id, `@${aiko.name} 波が引いた`]);
  await ken.v1.statuses.$select(id).remove();
  assert.equal((await hears(user, ({ event }) => event === "delete")).payload, id);
});

story("a stream of the member's own says whose word was for them", async (t) => {
  const [aiko, ken] = await members(t, "aiko", "ken");
  const notifications = await tunedIn(aiko.openStreams().user.notification.subscribe(), () => ken.says(`@${aiko.name} ねえ`));
  const { id } = await aiko.says("静かな夜");
  await ken.v1.statuses.$select(id).favourite();
  const { payload } = await hears(notifications, ({ event, payload: { type } }) => event === "notification" && type === "favourite");
  assert.deepEqual([payload.account.id, payload.status.id], [ken.account.id, id]);
});

story("a push subscription is made, read, changed and removed", async (t) => {
  const aiko = await member(t, "aiko");
  const { subscription } = aiko.v1.push;
  await assert.rejects(subscription.fetch(), isRefusedWith(404));
  const keys = { p256dh: createECDH("prime256v1").generateKeys("base64url"), auth: randomBytes(16).toString("base64url") };
  const endpoint = "http://push.localhost:9/to/aiko";
  const made = await subscription.create({ subscription: { endpoint, keys }, data: { alerts: { mention: true } } });
  assert.deepEqual([made.endpoint, made.serverKey], [endpoint, program.vapidKey]);
  assert.deepEqual([made.alerts.mention, made.alerts.follow], [true, false]);
  await subscription.update({ data: { alerts: { mention: false, follow: true } } });
  const { alerts } = await subscription.fetch();
  assert.deepEqual([alerts.mention, alerts.follow], [false, true]);
  await subscription.remove();
  await assert.rejects(subscription.fetch(), isRefusedWith(404));
});
