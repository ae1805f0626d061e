// The control door: plain JSON for tests, under /control. It is not part of the federated server.

import { Hono } from "hono";
import * as account from "./actions/account.mjs";
import * as events from "./actions/events.mjs";
import * as follows from "./actions/follows.mjs";
import * as polls from "./actions/polls.mjs";
import * as posts from "./actions/posts.mjs";
import * as quotes from "./actions/quotes.mjs";
import { raw } from "./actions/raw.mjs";
import * as reactions from "./actions/reactions.mjs";
import { dereference, findActor, nodeInfo, unmappedTerms, webFinger } from "./remote.mjs";

const ACTIONS = {
  follow: follows.follow,
  unfollow: follows.unfollow,
  acceptFollow: follows.acceptFollow,
  rejectFollow: follows.rejectFollow,
  block: follows.block,
  unblock: follows.unblock,
  post: posts.post,
  edit: posts.edit,
  delete: posts.remove,
  pin: posts.pin,
  unpin: posts.unpin,
  like: reactions.like,
  unlike: reactions.unlike,
  boost: reactions.boost,
  unboost: reactions.unboost,
  emojiReact: reactions.emojiReact,
  unreact: reactions.unreact,
  poll: polls.poll,
  vote: polls.vote,
  event: events.event,
  join: events.join,
  leave: events.leave,
  quote: quotes.quote,
  revokeQuote: quotes.revokeQuote,
  updateProfile: account.updateProfile,
  setAlsoKnownAs: account.setAlsoKnownAs,
  move: account.move,
  deleteActor: account.deleteActor,
  flag: account.flag,
  raw,
};

export function controlDoor(rig) {
  const { store, inboxLog, deliveryLog, failure } = rig;
  const door = new Hono();
  door.onError((error, c) => c.json({ error: String(error) }, 400));
  const personOf = (name) => store.person(name ?? rig.defaultPerson);
  const ofType = (entries, type) => (type == null ? entries : entries.filter((entry) => entry.type === type));

  door.get("/received", (c) => c.json(ofType(inboxLog.verified(), c.req.query("type"))));
  door.get("/rejected", (c) => c.json(ofType(inboxLog.rejected(), c.req.query("type"))));
  door.delete("/received", (c) => {
    inboxLog.clear();
    return c.json({});
  });
  door.get("/deliveries", (c) => c.json(ofType(deliveryLog.entries, c.req.query("type"))));
  door.delete("/deliveries", (c) => {
    deliveryLog.clear();
    return c.json({});
  });
  door.get("/state", async (c) => c.json(await stateOf(rig, personOf(c.req.query("actor")))));
  door.get("/fetch", async (c) => {
    const { document, documentUrl, object } = await dereference(rig.ctx, personOf(c.req.query("actor")), c.req.query("url"));
    const understood = await object.toJsonLd({ format: "expand", contextLoader: rig.ctx.contextLoader });
    const unmapped = await unmappedTerms(rig.ctx, document);
    return c.json({ type: object.constructor.name, id: object.id?.href ?? null, documentUrl, document, understood, unmapped });
  });
  door.get("/lookup", async (c) => {
    const handle = c.req.query("handle");
    const actor = await findActor(rig.ctx, personOf(c.req.query("actor")), handle);
    return c.json({ id: actor.id.href, type: actor.constructor.name, webfinger: await webFinger(rig.ctx, handle) });
  });
  door.get("/nodeinfo", async (c) => c.json(await nodeInfo(c.req.query("url"))));
  door.post("/failure", async (c) => {
    const { status = null, delayMs = 0, times = null, retryAfter = null } = await c.req.json();
    Object.assign(failure, { status, delayMs, times, retryAfter });
    return c.json(failure);
  });
  door.post("/policy", async (c) => {
    const { follow, quote, authorizedFetch } = await c.req.json();
    store.policy.follow = follow ?? store.policy.follow;
    store.policy.quote = quote ?? store.policy.quote;
    store.authorizedFetch = authorizedFetch ?? store.authorizedFetch;
    return c.json({ ...store.policy, authorizedFetch: store.authorizedFetch });
  });
  for (const [name, act] of Object.entries(ACTIONS)) {
    door.post(`/${name}`, async (c) => {
      const { actor, ...request } = await c.req.json();
      return c.json(await act(rig, personOf(actor), request));
    });
  }
  return door;
}

async function stateOf({ ctx, store }, person) {
  const compact = (id) => store.objects.get(id).toJsonLd({ format: "compact", contextLoader: ctx.contextLoader });
  const results = ({ options }) => Object.fromEntries([...options].map(([name, voters]) => [name, [...voters]]));
  const stamps = (map) => [...map].map(([id, { quoting, quoted, revoked }]) => ({ id, quoting, quoted, revoked }));
  return {
    actor: ctx.getActorUri(person.name).href,
    handle: `@${person.name}@${new URL(ctx.canonicalOrigin).host}`,
    followers: [...person.followers.keys()],
    followRequests: [...person.followRequests.keys()].filter((id) => !person.followers.has(id)),
    following: [...person.following].map(([id, { state, follow }]) => ({ id, state, follow: follow.id.href })),
    blocks: [...person.blocks],
    blockedBy: [...person.blockedBy],
    alsoKnownAs: person.alsoKnownAs,
    movedTo: person.movedTo,
    featured: [...person.featured],
    posts: await Promise.all(person.posts.filter((id) => store.objects.has(id)).map(compact)),
    pollResults: Object.fromEntries([...person.votes].map(([id, poll]) => [id, results(poll)])),
    stamps: { issued: stamps(person.stampsIssued), received: stamps(person.stampsReceived) },
  };
}
