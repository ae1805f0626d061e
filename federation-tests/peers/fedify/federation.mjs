// The public face of the server: actors, keys, collections, objects, NodeInfo. Everything here is served by Fedify.

import {
  createExponentialBackoffPolicy,
  createFederation,
  generateCryptoKeyPair,
  InProcessMessageQueue,
  MemoryKvStore,
} from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import { verificationTracer } from "./observe.mjs";

const { Application, Endpoints, Event, Note, Person, PUBLIC_COLLECTION, Question, QuoteAuthorization, Tombstone } = vocab;

/** The server's own actor: signs what no person asked for, and can always be fetched unsigned. */
export const INSTANCE = "instance";

/** Activities that can be fetched by their id. */
const SERVED_ACTIVITIES = [
  "Create", "Update", "Delete", "Announce", "Like", "EmojiReact", "Follow", "Undo", "Accept", "Reject", "Add", "Remove",
  "Block", "Flag", "Move", "QuoteRequest", "Join", "Leave",
].map((name) => vocab[name]);

const PAGE = 20;

/** One RSA-2048 pair (the size that Mastodon uses; Fedify's own generator makes 4096 bits) and one Ed25519 pair. */
export async function generateKeyPairs() {
  const rsa = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  return [rsa, await generateCryptoKeyPair("Ed25519")];
}

export function buildFederation(store, origin, firstKnock) {
  const federation = createFederation({
    kv: new MemoryKvStore(),
    // Only the outbox is queued: an inbox answers after its listener has run, so a 202 means that it is in the log.
    queue: { outbox: new InProcessMessageQueue() },
    allowPrivateAddress: true,
    origin,
    firstKnock,
    circuitBreaker: false,
    outboxRetryPolicy: createExponentialBackoffPolicy({
      initialDelay: { milliseconds: 250 },
      maxDelay: { seconds: 4 },
      maxAttempts: 12,
      jitter: false,
    }),
    tracerProvider: verificationTracer(),
  });
  serveActors(federation, store);
  serveCollections(federation, store);
  serveObjects(federation, store);
  federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
    software: { name: "tsudoi-fedify-peer", version: "2.3.6" },
    protocols: ["activitypub"],
    usage: { users: { total: store.people.size }, localPosts: 0, localComments: 0 },
  }));
  return federation;
}

const living = (store, identifier) => {
  const person = store.people.get(identifier);
  return person == null || person.deletedAt != null ? null : person;
};

function serveActors(federation, store) {
  federation
    .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
      const person = store.people.get(identifier);
      if (person == null) return null;
      if (person.deletedAt != null)
        return new Tombstone({ id: ctx.getActorUri(identifier), deleted: person.deletedAt });
      return await actorDocument(ctx, person);
    })
    .setKeyPairsDispatcher((_, identifier) => store.people.get(identifier)?.keyPairs ?? [])
    .authorize(async (ctx, identifier) => identifier === INSTANCE || (await mayFetch(ctx, store)));
}

/** The actor document of a person as it is now. */
export async function actorDocument(ctx, person) {
  const keys = await ctx.getActorKeyPairs(person.name);
  const Type = person.name === INSTANCE ? Application : Person;
  return new Type({
    id: ctx.getActorUri(person.name),
    preferredUsername: person.name,
    name: person.displayName,
    summary: person.summary,
    url: ctx.getActorUri(person.name),
    published: person.created,
    inbox: ctx.getInboxUri(person.name),
    outbox: ctx.getOutboxUri(person.name),
    followers: ctx.getFollowersUri(person.name),
    following: ctx.getFollowingUri(person.name),
    featured: ctx.getFeaturedUri(person.name),
    endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
    manuallyApprovesFollowers: false,
    discoverable: true,
    indexable: true,
    aliases: person.alsoKnownAs.map((alias) => new URL(alias)),
    successor: person.movedTo == null ? null : new URL(person.movedTo),
    publicKey: keys[0].cryptographicKey,
    assertionMethods: keys.map((key) => key.multikey),
  });
}

function serveCollections(federation, store) {
  const paged = (items, cursor) => {
    const from = Number(cursor);
    const next = from + PAGE < items.length ? String(from + PAGE) : null;
    return { items: items.slice(from, from + PAGE), nextCursor: next };
  };
  const collection = (setter, path, list) =>
    federation[setter](path, (ctx, identifier, cursor) => {
      const person = living(store, identifier);
      if (person == null) return null;
      const items = list(person, ctx);
      return cursor == null ? { items } : paged(items, cursor);
    })
      .setCounter((ctx, identifier) => list(store.person(identifier), ctx).length);

  collection("setOutboxDispatcher", "/users/{identifier}/outbox", (person) => person.outbox.toReversed())
    .setFirstCursor(() => "0");
  collection("setFollowingDispatcher", "/users/{identifier}/following", (person) =>
    [...person.following].filter(([, { state }]) => state === "accepted").map(([id]) => new URL(id)));
  collection("setFeaturedDispatcher", "/users/{identifier}/featured", (person) =>
    [...person.featured].map((id) => store.objects.get(id)).filter((post) => post != null));

  federation
    .setFollowersDispatcher("/users/{identifier}/followers", (_, identifier, __, baseUri) => {
      const person = store.people.get(identifier);
      if (person == null) return null;
      const followers = [...person.followers.values()];
      // The partial collection of FEP-8fcf: only the followers on the server that asks.
      return { items: baseUri == null ? followers : followers.filter(({ id }) => id.origin === baseUri.origin) };
    })
    .setCounter((_, identifier) => store.person(identifier).followers.size);
}

function serveObjects(federation, store) {
  const serve = (type, path) =>
    federation
      .setObjectDispatcher(type, `/users/{identifier}/${path}/{id}`, (ctx, values) =>
        store.objects.get(ctx.getObjectUri(type, values).href) ?? null)
      .authorize(async (ctx, values) => {
        const object = store.objects.get(ctx.getObjectUri(type, values).href);
        return isPublic(object) ? await mayFetch(ctx, store) : await isAddressed(ctx, store, values.identifier, object);
      });
  serve(Note, "notes");
  serve(Question, "polls");
  serve(Event, "events");
  serve(QuoteAuthorization, "stamps");
  for (const type of SERVED_ACTIVITIES) serve(type, type.name.toLowerCase());
}

const isPublic = (object) =>
  object instanceof QuoteAuthorization ||
  [...object.toIds, ...object.ccIds].some((id) => id.href === PUBLIC_COLLECTION.href);

const signer = async (ctx) =>
  await ctx.getSignedKeyOwner({ documentLoader: await ctx.getDocumentLoader({ identifier: INSTANCE }) });

const mayFetch = async (ctx, store) => !store.authorizedFetch || (await signer(ctx)) != null;

/** Whether the signer of the request is one of those whom a non-public object is for. */
async function isAddressed(ctx, store, identifier, object) {
  const reader = await signer(ctx);
  if (reader?.id == null) return false;
  const audience = [...object.toIds, ...object.ccIds].map((id) => id.href);
  if (audience.includes(reader.id.href)) return true;
  const forFollowers = audience.includes(ctx.getFollowersUri(identifier).href);
  return forFollowers && store.person(identifier).followers.has(reader.id.href);
}
