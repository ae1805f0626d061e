// Sending activities: making their ids, remembering public ones for the outbox, and handing them to Fedify's queue.

import { randomUUID } from "node:crypto";
import { PUBLIC_COLLECTION } from "@fedify/vocab";

/** A fresh id for an object of a person, at a path where it is also served. */
export const newId = (ctx, type, person) =>
  ctx.getObjectUri(type, { identifier: person.name, id: randomUUID() });

/** A new activity of a person, with id and actor filled in. */
export const activityOf = (ctx, type, person, values) =>
  new type({
    id: newId(ctx, type, person),
    actor: ctx.getActorUri(person.name),
    published: Temporal.Now.instant(),
    ...values,
  });

/** The shape that Fedify's sendActivity wants of a recipient. */
export const recipientOf = (actor) => ({
  id: actor.id,
  inboxId: actor.inboxId,
  endpoints: actor.endpoints?.sharedInbox == null ? null : { sharedInbox: actor.endpoints.sharedInbox },
});

/**
 * Queues an activity for a person's followers, for some actors, or both; nobody gets it twice.
 * `about` is the id of the object that it concerns: activities about one object arrive in order.
 */
export async function deliver({ ctx, store }, person, activity, { followers = false, actors = [], about = null }) {
  store.objects.set(activity.id.href, activity);
  if (activity.toIds.concat(activity.ccIds).some((id) => id.href === PUBLIC_COLLECTION.href))
    person.outbox.push(activity);
  const sender = { identifier: person.name };
  const orderingKey = (about ?? activity.id).href;
  if (followers) {
    await ctx.sendActivity(sender, "followers", activity, { preferSharedInbox: true, syncCollection: true, orderingKey });
  }
  const others = actors.filter((actor) => !(followers && person.followers.has(actor.id.href)));
  if (others.length > 0) await ctx.sendActivity(sender, others, activity, { orderingKey });
  return activity.id.href;
}
