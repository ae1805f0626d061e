// Requests exactly as a test wants them, right or wrong.

import { signObject, signRequest } from "@fedify/fedify";
import { Activity } from "@fedify/vocab";

/**
 * POSTs { activity } (JSON) or { body } (text, sent byte for byte) to { inbox } and returns what came back.
 * Signed like any other request unless told otherwise:
 *   spec        draft-cavage-http-signatures-12 (default) or rfc9421
 *   unsigned    no HTTP signature at all
 *   keyId       claims another key than the actor's own
 *   signedAt    the time of the signature, RFC 3339 (a stale or future date)
 *   contentType default application/activity+json
 *   headers     set before signing; headersAfter are set after it, bodyAfter replaces the signed body
 *   proof       adds an eddsa-jcs-2022 proof to the activity first
 */
export async function raw(rig, person, request) {
  const keys = await rig.ctx.getActorKeyPairs(person.name);
  const body = request.body ?? JSON.stringify(request.proof ? await proven(rig, keys[1], request.activity) : request.activity);
  const post = new Request(request.inbox, {
    method: "POST",
    headers: { "content-type": request.contentType ?? "application/activity+json", ...request.headers },
    body,
  });
  const signed = request.unsigned ? post : await sign(post, keys[0], request);
  const headers = new Headers(signed.headers);
  for (const [name, value] of Object.entries(request.headersAfter ?? {})) headers.set(name, value);
  const response = await fetch(
    new Request(request.inbox, { method: "POST", headers, body: request.bodyAfter ?? body, redirect: "manual" }),
  );
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
    sent: body,
  };
}

const sign = (post, key, { keyId, spec, signedAt }) =>
  signRequest(post, key.privateKey, keyId == null ? key.keyId : new URL(keyId), {
    spec: spec ?? "draft-cavage-http-signatures-12",
    currentTime: signedAt == null ? undefined : Temporal.Instant.from(signedAt),
  });

async function proven(rig, key, json) {
  const activity = await Activity.fromJsonLd(json, rig.ctx);
  const signed = await signObject(activity, key.privateKey, key.multikey.id, { contextLoader: rig.ctx.contextLoader });
  return await signed.toJsonLd({ format: "compact", contextLoader: rig.ctx.contextLoader });
}
