// Finding and reading what lives on other servers. Every GET is signed by one of our actors and never cached.

import { parseNodeInfo } from "@fedify/fedify";
import { isActor, Object as APObject } from "@fedify/vocab";
import jsonld from "@fedify/vocab-runtime/jsonld";

/** Fetches `url` signed and parses it through Fedify's strict JSON-LD; throws when either fails. */
export async function dereference(ctx, person, url) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: person.name });
  const { document, documentUrl, contextUrl } = await documentLoader(String(url));
  const options = { documentLoader, contextLoader: ctx.contextLoader, baseUrl: new URL(documentUrl) };
  return { document, documentUrl, contextUrl, object: await APObject.fromJsonLd(document, options) };
}

/** Terms of a document that its own @context does not define, which a strict reader therefore never sees. */
export async function unmappedTerms(ctx, document) {
  const dropped = new Set();
  const eventHandler = {
    "invalid property": ({ event, next }) => {
      dropped.add(event.details.property);
      next();
    },
  };
  await jsonld.expand(document, { documentLoader: ctx.contextLoader, eventHandler });
  return [...dropped];
}

/** The WebFinger answer for a handle. Fedify asks https only; a peer on plain http also asks over http. */
export async function webFinger(ctx, handle) {
  const acct = `acct:${handle.replace(/^@/, "").replace(/^acct:/, "")}`;
  if (ctx.canonicalOrigin.startsWith("https:")) return await ctx.lookupWebFinger(acct);
  const host = acct.slice(acct.lastIndexOf("@") + 1);
  const response = await fetch(`http://${host}/.well-known/webfinger?resource=${encodeURIComponent(acct)}`, {
    headers: { accept: "application/jrd+json" },
  });
  return response.ok ? await response.json() : null;
}

/**
 * The NodeInfo of a server, every version that it links to, judged by Fedify's strict parser (null: not valid).
 * Fedify's own look-up refuses loopback addresses, so the fetching is done here.
 */
export async function nodeInfo(origin) {
  const { links } = await (await fetch(new URL("/.well-known/nodeinfo", origin))).json();
  const documents = await Promise.all(links.map(async ({ href }) => await (await fetch(href)).json()));
  return documents.map((document) => ({ document, parsed: parseNodeInfo(document, { tryBestEffort: false }) }));
}

/** The actor behind a handle (`@user@host`) or an actor id. */
export async function findActor(ctx, person, target) {
  const url = /^https?:/.test(target) ? target : await actorUrl(ctx, target);
  const { object } = await dereference(ctx, person, url);
  if (!isActor(object)) throw new Error(`${url} is not an actor`);
  return object;
}

async function actorUrl(ctx, handle) {
  const descriptor = await webFinger(ctx, handle);
  const self = descriptor?.links?.find(
    (link) => link.rel === "self" && /^application\/(activity|ld)\+json/.test(link.type ?? ""),
  );
  if (self?.href == null) throw new Error(`WebFinger knows no actor for ${handle}`);
  return self.href;
}

/** `@user@host` of a remote actor. */
export const handleOf = (actor) => `@${actor.preferredUsername}@${actor.id.host}`;
