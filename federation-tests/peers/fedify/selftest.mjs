// The rig tested against itself: two peers hold a conversation, once for each pair of first knocks.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { RunningPeer, until } from "./running-peer.mjs";

const KNOCKS = ["rfc9421", "draft-cavage-http-signatures-12"];
for (const first of KNOCKS) for (const second of KNOCKS) conversation(first, second);

function conversation(first, second) {
  describe(`mika knocks with ${first}, hana with ${second}`, () => {
    let mika, hana, note, reply;
    const about = (id) => (entry) => entry.object === id || entry.object?.id === id;

    before(async () => {
      mika = await RunningPeer.start(["mika", "mika_new"], { FIRST_KNOCK: first });
      hana = await RunningPeer.start(["hana"], { FIRST_KNOCK: second });
    });
    after(async () => await Promise.all([mika.stop(), hana.stop()]));

    test("a follow by handle is accepted, both ways", async () => {
      await mika.act("follow", { target: hana.handle("hana") });
      await hana.act("follow", { target: mika.handle("mika") });
      await until("both follows accepted", async () => {
        const [a, b] = [await mika.state("mika"), await hana.state("hana")];
        return a.following[0]?.state === "accepted" && b.following[0]?.state === "accepted";
      });
      assert.deepEqual((await mika.state("mika")).followers, [hana.id("hana")]);
      assert.deepEqual((await hana.state("hana")).followers, [mika.id("mika")]);
    });

    test("each side knocks with the scheme that it was told to use", async () => {
      assert.equal((await hana.arrival("Follow")).signature, first);
      assert.equal((await mika.arrival("Follow")).signature, second);
    });

    test("a post reaches the follower and can be fetched by its id", async () => {
      note = await mika.act("post", {
        content: "春の遠足の写真です",
        language: "ja",
        tags: ["遠足"],
        attachment: { url: "/media/sample.png", name: "空の色", width: 64, height: 48 },
      });
      const { json, understood } = await hana.arrival("Create", about(note.id));
      assert.match(JSON.stringify(json.object.contentMap), /"ja":"<p>春の遠足/);
      assert.match(JSON.stringify(understood), /空の色/);
      const fetched = await hana.fetchDocument(note.id, "hana");
      assert.equal(fetched.type, "Note");
      assert.deepEqual(fetched.unmapped, []);
    });

    test("a reply mentions the author and says what it answers", async () => {
      reply = await hana.act("post", { content: "きれいですね", inReplyTo: note.id });
      const { object } = await mika.arrival("Create", about(reply.id));
      assert.equal(object.inReplyTo, note.id);
      assert.equal([object.tag].flat()[0].href, mika.id("mika"));
    });

    test("a followers-only post is refused to strangers", async () => {
      const quiet = await mika.act("post", { content: "友だちだけに", to: "followers" });
      const { collectionSynchronization } = await hana.arrival("Create", about(quiet.id));
      assert.match(collectionSynchronization, new RegExp(`collectionId="${mika.id("mika")}/followers"`));
      const unsigned = await fetch(quiet.id, { headers: { accept: "application/activity+json" } });
      assert.equal(unsigned.status, 401);
      assert.equal((await hana.fetchDocument(quiet.id, "hana")).type, "Note");
    });

    test("an edit carries the new content and its time", async () => {
      await hana.act("edit", { id: reply.id, content: "とてもきれいですね" });
      const { object } = await mika.arrival("Update", about(reply.id));
      assert.match(object.content, /とても/);
      assert.ok(object.updated > object.published);
    });

    test("likes, reactions and boosts arrive and can be taken back", async () => {
      const likes = await hana.act("like", { object: note.id });
      const reaction = await hana.act("emojiReact", { object: note.id, emoji: "🌸" });
      const boost = await hana.act("boost", { object: note.id });
      await mika.arrival("Like", ({ id }) => id === likes.id);
      assert.equal((await mika.arrival("EmojiReact", ({ id }) => id === reaction.id)).json.content, "🌸");
      await mika.arrival("Announce", ({ id }) => id === boost.id);
      await hana.act("unlike", { object: note.id });
      await hana.act("unboost", { object: note.id });
      await mika.arrival("Undo", about(likes.id));
      await mika.arrival("Undo", about(boost.id));
    });

    test("a vote is counted once and the new figures come back", async () => {
      const poll = await mika.act("poll", { question: "どこへ行く？", options: ["山", "海"], endsInSeconds: 3600 });
      await hana.arrival("Create", about(poll.id));
      await hana.act("vote", { question: poll.id, choices: ["海"] });
      await hana.arrival("Update", (entry) => about(poll.id)(entry) && entry.object.votersCount === 1);
      await hana.act("vote", { question: poll.id, choices: ["山"] });
      await until("the second ballot", async () => (await mika.received("Create")).filter(({ object }) => object.name).length === 2);
      assert.deepEqual((await mika.state("mika")).pollResults[poll.id], { 山: [], 海: [hana.id("hana")] });
    });

    test("a poll ends at its time", async () => {
      const poll = await mika.act("poll", { question: "雨？", options: ["はい", "いいえ"], multiple: true, endsInSeconds: 1 });
      const { object } = await hana.arrival("Update", about(poll.id));
      assert.ok(object.closed != null && object.anyOf.length === 2);
    });

    test("a quote gets its stamp, and loses it when the author revokes", async () => {
      const quote = await hana.act("quote", { object: note.id, content: "見てください" });
      await mika.arrival("QuoteRequest");
      await mika.arrival("Update", (entry) => about(quote.id)(entry) && entry.object.quoteAuthorization != null);
      const [stamp] = (await mika.state("mika")).stamps.issued;
      assert.equal((await hana.fetchDocument(stamp.id, "hana")).type, "QuoteAuthorization");
      assert.equal((await hana.state("hana")).stamps.received[0].id, stamp.id);
      await mika.act("revokeQuote", { stamp: stamp.id });
      await mika.arrival("Update", (entry) => about(quote.id)(entry) && entry.object.quoteAuthorization == null);
      assert.equal((await hana.state("hana")).stamps.received[0].revoked, true);
      assert.equal((await fetch(stamp.id)).status, 410);
    });

    test("a refused quote gets no stamp", async () => {
      await mika.act("policy", { quote: "reject" });
      const quote = await hana.act("quote", { object: note.id, content: "もう一度" });
      await hana.arrival("Reject", about(quote.request));
      assert.equal((await hana.state("hana")).stamps.received.length, 1);
      await mika.act("policy", { quote: "accept" });
    });

    test("pins and profile changes arrive", async () => {
      await mika.act("pin", { id: note.id });
      await hana.arrival("Add", about(note.id));
      const featured = await fetch(`${mika.id("mika")}/featured`, { headers: { accept: "application/activity+json" } });
      assert.match(JSON.stringify(await featured.json()), new RegExp(note.id));
      await mika.act("unpin", { id: note.id });
      await hana.arrival("Remove", about(note.id));
      await mika.act("updateProfile", { name: "みか", summary: "<p>散歩</p>" });
      assert.equal((await hana.arrival("Update", about(mika.id("mika")))).object.name, "みか");
    });

    test("an inbox that fails is tried again until it works", async () => {
      await mika.act("failure", { status: 503, times: 3 });
      const late = await hana.act("post", { content: "まだ届かない" });
      await mika.arrival("Create", about(late.id));
      const rejected = (await mika.get("rejected?type=Create")).filter(about(late.id));
      assert.deepEqual(rejected.map(({ status }) => status), [503, 503, 503]);
    });

    test("a request signed by nobody or by the wrong key is refused and logged", async () => {
      const activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        id: `${mika.origin}/raw/1`,
        type: "Like",
        actor: mika.id("mika"),
        object: reply.id,
      };
      const inbox = `${hana.id("hana")}/inbox`;
      for (const wrong of [{ unsigned: true }, { keyId: `${mika.id("mika_new")}#main-key` }, { signedAt: "2020-01-01T00:00:00Z" }])
        assert.equal((await mika.act("raw", { activity, inbox, ...wrong })).status, 401, JSON.stringify(wrong));
      assert.equal((await hana.get("rejected?type=Like")).filter(({ id }) => id === activity.id).length, 3);
      assert.equal((await hana.received("Like")).length, 0);
      for (const spec of KNOCKS)
        assert.equal((await mika.act("raw", { activity: { ...activity, id: activity.id + spec }, inbox, spec })).status, 202);
      const taken = await hana.received("Like");
      assert.deepEqual(taken.map(({ signature }) => signature), KNOCKS);
      assert.deepEqual(taken.map(({ verifiedBy }) => verifiedBy), ["http-signature", "http-signature"]);
    });

    test("a proof vouches for an activity that somebody else passes on", async () => {
      const activity = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"],
        id: `${mika.origin}/raw/2`,
        type: "Like",
        actor: mika.id("mika"),
        object: reply.id,
      };
      const { sent } = await mika.act("raw", { activity, inbox: `${mika.id("mika")}/inbox`, proof: true });
      const forwarded = await mika.act("raw", { actor: "mika_new", body: sent, inbox: `${hana.id("hana")}/inbox` });
      assert.equal(forwarded.status, 202);
      const { verifiedBy } = await hana.arrival("Like", ({ id }) => id === activity.id);
      assert.equal(verifiedBy, "object-integrity-proof");
    });

    test("the other server can be looked up", async () => {
      const { id, webfinger } = await mika.get(`lookup?handle=${encodeURIComponent(hana.handle("hana"))}`);
      assert.equal(id, hana.id("hana"));
      assert.equal(webfinger.subject, `acct:hana@${hana.host}`);
      const [{ parsed }] = await mika.get(`nodeinfo?url=${hana.origin}`);
      assert.equal(parsed.software.name, "tsudoi-fedify-peer");
    });

    test("with authorized fetch on both sides everything still flows", async () => {
      await mika.act("policy", { authorizedFetch: true });
      await hana.act("policy", { authorizedFetch: true });
      assert.equal((await fetch(note.id, { headers: { accept: "application/activity+json" } })).status, 401);
      const secret = await mika.act("post", { content: "署名つき" });
      await hana.arrival("Create", about(secret.id));
      assert.equal((await hana.fetchDocument(secret.id, "hana")).type, "Note");
      await mika.act("policy", { authorizedFetch: false });
      await hana.act("policy", { authorizedFetch: false });
    });

    test("a move takes the follower along", async () => {
      await mika.act("setAlsoKnownAs", { actor: "mika_new", aliases: [mika.id("mika")] });
      await mika.act("move", { target: mika.id("mika_new") });
      await hana.arrival("Move");
      await until("the new follow", async () => (await mika.state("mika_new")).followers[0] === hana.id("hana"));
      await until("the old unfollow", async () => (await mika.state("mika")).followers.length === 0);
    });

    test("a deleted post answers 410", async () => {
      await hana.act("delete", { id: reply.id });
      await mika.arrival("Delete", about(reply.id));
      assert.equal((await fetch(reply.id)).status, 410);
    });

    test("a report comes from the instance actor", async () => {
      await hana.act("flag", { target: mika.id("mika"), objects: [note.id], content: "確認してください" });
      const { json } = await mika.arrival("Flag");
      assert.equal(json.actor, hana.id("instance"));
      assert.deepEqual(json.object, [mika.id("mika"), note.id]);
    });

    test("a block ends both follows", async () => {
      await mika.act("block", { actor: "mika_new", target: hana.handle("hana") });
      await until("the block", async () => (await hana.state("hana")).blockedBy[0] === mika.id("mika_new"));
      assert.deepEqual((await mika.state("mika_new")).followers, []);
      assert.ok(!(await hana.state("hana")).following.some(({ id }) => id === mika.id("mika_new")));
      await mika.act("unblock", { actor: "mika_new", target: hana.handle("hana") });
      await until("the unblock", async () => (await hana.state("hana")).blockedBy.length === 0);
    });

    test("a manual follow waits for its answer", async () => {
      await hana.act("policy", { follow: "manual" });
      await mika.act("follow", { actor: "mika_new", target: hana.id("hana") });
      await until("the request", async () => (await hana.state("hana")).followRequests[0] === mika.id("mika_new"));
      await hana.act("acceptFollow", { follower: mika.id("mika_new") });
      await until("the accept", async () => (await mika.state("mika_new")).following[0]?.state === "accepted");
      await mika.act("unfollow", { actor: "mika_new", target: hana.id("hana") });
      await until("the undo", async () => !(await hana.state("hana")).followers.includes(mika.id("mika_new")));
    });

    test("a deleted account answers 410 and leaves its followers' lists", async () => {
      await hana.act("policy", { follow: "accept" });
      await mika.act("follow", { actor: "mika_new", target: hana.id("hana") });
      await until("the follow", async () => (await mika.state("mika_new")).following[0]?.state === "accepted");
      await hana.act("deleteActor", {});
      await until("the farewell", async () => (await mika.state("mika_new")).following.length === 0);
      const actor = await fetch(hana.id("hana"), { headers: { accept: "application/activity+json" } });
      assert.equal(actor.status, 410);
    });

    test("every HTTP signature was good, also where a proof made it unnecessary", async () => {
      for (const peer of [mika, hana])
        assert.deepEqual((await peer.get("received")).filter(({ httpSignature }) => httpSignature !== "verified"), []);
    });

    test("nothing that one peer sent was refused by the other, except what was meant to be", async () => {
      const meant = ({ status, type }) => (type === "Create" && status === 503) || (type === "Like" && status === 401);
      for (const peer of [mika, hana])
        assert.deepEqual((await peer.get("rejected")).filter((entry) => !meant(entry)).map(({ type, answer }) => [type, answer]), []);
    });
  });
}
