// Logs of the wire: what reached our inboxes and how it was verified, and what we posted to other inboxes.

import { verifyRequestDetailed } from "@fedify/fedify";
import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage();

/** The log entry of the inbox request that is being handled, or undefined outside of one. */
export const currentEntry = () => current.getStore();

const signatureScheme = (headers) =>
  headers.has("signature-input") ? "rfc9421" : headers.has("signature") ? "draft-cavage-http-signatures-12" : null;

const parseJson = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Every POST to an inbox of this peer, in order of arrival. */
export class InboxLog {
  entries = [];
  #keys = new Map();
  #keyCache = {
    get: async (keyId) => this.#keys.get(keyId.href),
    set: async (keyId, key) => void (key == null ? this.#keys.delete(keyId.href) : this.#keys.set(keyId.href, key)),
  };

  /** `loaders` gives the document and context loader with which keys are fetched. */
  constructor(loaders) {
    this.loaders = loaders;
  }

  /**
   * Whether the HTTP signature is good. Fedify looks at it only when the body has neither a good Linked Data
   * Signature nor a good proof, which would hide a broken one.
   */
  async #checkSignature(request) {
    const result = await verifyRequestDetailed(request, { ...(await this.loaders()), keyCache: this.#keyCache });
    return result.verified ? "verified" : result.reason.type;
  }

  /** Runs `handle` (which answers the request) and records what came in and what was answered. */
  async record(request, handle) {
    const body = await request.clone().text();
    const json = parseJson(body);
    const entry = {
      at: new Date().toISOString(),
      inbox: request.url,
      type: json?.type ?? null,
      id: json?.id ?? null,
      actor: json?.actor ?? null,
      object: json?.object ?? null,
      signature: signatureScheme(request.headers),
      httpSignature: await this.#checkSignature(request.clone()),
      collectionSynchronization: request.headers.get("collection-synchronization"),
      verifiedBy: null,
      keyId: null,
      status: null,
      answer: null,
      duplicate: false,
      json,
      body,
      understood: null,
      error: null,
    };
    this.entries.push(entry);
    const response = await current.run(entry, handle).catch((error) => {
      // Fedify throws, for example, when it cannot load a context of the activity.
      entry.error = String(error);
      return new Response("the peer could not process this", { status: 500 });
    });
    entry.status = response.status;
    entry.answer = await response.clone().text();
    entry.duplicate = entry.answer.includes("has already been processed");
    return response;
  }

  answered = () => this.entries.filter(({ status }) => status != null);
  verified = () => this.answered().filter((entry) => entry.verifiedBy != null && entry.status < 300);
  rejected = () => this.answered().filter((entry) => entry.verifiedBy == null || entry.status >= 300);
  clear = () => void (this.entries = []);
}

/** Notes on the current entry which of Fedify's three ways of verification let the activity in. */
function noteVerification(attributes) {
  const entry = currentEntry();
  if (entry == null || !attributes["activitypub.activity.verified"]) return;
  entry.keyId = attributes["http_signatures.key_id"] || null;
  if (attributes["http_signatures.verified"]) entry.verifiedBy = "http-signature";
  else if (attributes["ld_signatures.verified"]) entry.verifiedBy = "linked-data-signature";
  else entry.verifiedBy = "object-integrity-proof";
}

/**
 * An OpenTelemetry tracer provider that drops everything but the event with which Fedify tells how an incoming
 * activity was verified. It is the only place where Fedify says so.
 */
export function verificationTracer() {
  const span = {
    addEvent: (name, attributes) => {
      if (name === "activitypub.activity.received") noteVerification(attributes);
      return span;
    },
    end: () => {},
    isRecording: () => false,
    recordException: () => {},
    spanContext: () => ({ traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 }),
  };
  for (const setter of ["setAttribute", "setAttributes", "setStatus", "updateName", "addLink", "addLinks"])
    span[setter] = () => span;
  const tracer = { startSpan: () => span, startActiveSpan: (...args) => args.at(-1)(span) };
  return { getTracer: () => tracer };
}

/**
 * Records every POST of an activity that leaves this process, with the scheme that signed it: each knock is one entry.
 * Fedify signs inside and calls the global fetch, so that is where the knocks can be seen.
 */
export class DeliveryLog {
  entries = [];

  constructor() {
    const send = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      if (!(input instanceof Request) || input.method !== "POST") return await send(input, init);
      const json = parseJson(await input.clone().text());
      const entry = {
        at: new Date().toISOString(),
        inbox: input.url,
        type: json?.type ?? null,
        id: json?.id ?? null,
        signature: signatureScheme(input.headers),
        status: null,
        error: null,
      };
      this.entries.push(entry);
      try {
        const response = await send(input, init);
        entry.status = response.status;
        return response;
      } catch (error) {
        entry.error = String(error.cause ?? error);
        throw error;
      }
    };
  }

  clear = () => void (this.entries = []);
}
