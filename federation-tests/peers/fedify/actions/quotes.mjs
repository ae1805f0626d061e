// Quotes with consent (FEP-044f): asking, stamping, and taking the stamp back.

import { Accept, Delete, Note, PUBLIC_COLLECTION, QuoteAuthorization, QuoteRequest, Reject } from "@fedify/vocab";
import { activityOf, deliver, newId } from "../deliver.mjs";
import { dereference, findActor } from "../remote.mjs";
import { addressed, noteParts, ownPost, publish, sendUpdate } from "./posts.mjs";

/** Publishes a note that quotes { object } and asks its author for a stamp. */
export async function quote(rig, person, request) {
  const { object: quoted } = await dereference(rig.ctx, person, request.object);
  const author = await findActor(rig.ctx, person, quoted.attributionId.href);
  const parts = await noteParts(rig, person, request);
  const note = new Note({ id: newId(rig.ctx, Note, person), ...parts.values, quote: quoted.id, quoteUrl: quoted.id });
  const published = await publish(rig, person, note, parts.recipients);
  const asked = activityOf(rig.ctx, QuoteRequest, person, { object: quoted.id, instrument: note, to: author.id });
  person.quoteRequests.set(asked.id.href, { quoting: note.id.href, author: author.id.href });
  await deliver(rig, person, asked, { actors: [author], about: note.id });
  return { ...published, request: asked.id.href };
}

/** The quoted author said yes: the stamp is fetched and checked, and the note is sent again with it. */
export async function quoteAccepted(rig, person, quoting, stampId) {
  const { object: stamp } = await dereference(rig.ctx, person, stampId);
  const note = ownPost(rig, person, quoting);
  const fits =
    stamp instanceof QuoteAuthorization &&
    stamp.interactingObjectId?.href === quoting &&
    stamp.interactionTargetId?.href === note.quoteId.href;
  if (!fits) throw new Error(`${stampId.href} is no stamp for ${quoting}`);
  person.stampsReceived.set(stamp.id.href, { quoting, quoted: note.quoteId.href, revoked: false });
  const stamped = note.clone({ quoteAuthorization: stamp.id, updated: Temporal.Now.instant() });
  await sendUpdate(rig, person, stamped, await addressed(rig, person, note));
}

/** The quoted author took the stamp back: the note goes on without it. */
export async function quoteRevoked(rig, person, stampId) {
  const stamp = person.stampsReceived.get(stampId);
  stamp.revoked = true;
  const note = ownPost(rig, person, stamp.quoting);
  const bare = (await withoutStamp(rig.ctx, note)).clone({ updated: Temporal.Now.instant() });
  await sendUpdate(rig, person, bare, await addressed(rig, person, note));
}

/** Fedify's clone can set a property but not clear it, so the term is taken out of the expanded JSON-LD. */
async function withoutStamp(ctx, note) {
  const [expanded] = await note.toJsonLd({ format: "expand", contextLoader: ctx.contextLoader });
  delete expanded["https://w3id.org/fep/044f#quoteAuthorization"];
  return await Note.fromJsonLd(expanded, ctx);
}

/** Answers somebody's QuoteRequest for one of our posts, with a stamp that is served from then on, or with a no. */
export async function answerQuote(rig, asked, actor, accepted) {
  const { ctx, store } = rig;
  const quoted = store.objects.get(asked.objectId?.href);
  if (quoted == null) return;
  const person = store.person(ctx.parseUri(quoted.id).values.identifier);
  if (!accepted) {
    await deliver(rig, person, activityOf(ctx, Reject, person, { object: asked, to: actor.id }), { actors: [actor] });
    return;
  }
  const stamp = new QuoteAuthorization({
    id: newId(ctx, QuoteAuthorization, person),
    attribution: ctx.getActorUri(person.name),
    interactingObject: asked.instrumentId,
    interactionTarget: quoted.id,
  });
  store.objects.set(stamp.id.href, stamp);
  person.stampsIssued.set(stamp.id.href, {
    quoting: asked.instrumentId.href,
    quoted: quoted.id.href,
    recipient: actor,
    revoked: false,
  });
  const answer = activityOf(ctx, Accept, person, { object: asked, result: stamp.id, to: actor.id });
  await deliver(rig, person, answer, { actors: [actor], about: quoted.id });
}

/** Takes back { stamp }: it answers 410 and its holder gets a Delete. */
export async function revokeQuote(rig, person, { stamp }) {
  const issued = person.stampsIssued.get(stamp);
  if (issued == null) throw new Error(`${person.name} never gave ${stamp}`);
  issued.revoked = true;
  rig.store.objects.delete(stamp);
  rig.store.gone.add(stamp);
  const activity = activityOf(rig.ctx, Delete, person, {
    object: new URL(stamp),
    tos: [PUBLIC_COLLECTION, issued.recipient.id],
  });
  return { id: await deliver(rig, person, activity, { followers: true, actors: [issued.recipient] }) };
}
