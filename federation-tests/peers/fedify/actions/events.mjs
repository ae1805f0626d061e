// Events: planning one, asking for a place at another's, answering who asks.

import { Accept, Event, Join, Leave, Place } from "@fedify/vocab";
import { activityOf, deliver, newId } from "../deliver.mjs";
import { dereference, findActor } from "../remote.mjs";
import { noteParts, publish } from "./posts.mjs";

/** Plans { name, content, startTime, endTime, place } with the audience fields of a post. */
export async function event(rig, person, request) {
  const parts = await noteParts(rig, person, request);
  const planned = new Event({
    id: newId(rig.ctx, Event, person),
    ...parts.values,
    name: request.name,
    startTime: Temporal.Instant.from(request.startTime),
    endTime: Temporal.Instant.from(request.endTime),
    location: new Place({ name: request.place }),
  });
  return await publish(rig, person, planned, parts.recipients);
}

/** Asks the organiser of { event } for a place. */
export const join = asking(Join);
/** Takes it back. */
export const leave = asking(Leave);

function asking(type) {
  return async (rig, person, { event }) => {
    const { object } = await dereference(rig.ctx, person, event);
    const organiser = await findActor(rig.ctx, person, object.attributionId.href);
    const activity = activityOf(rig.ctx, type, person, { object: object.id, to: organiser.id });
    return { id: await deliver(rig, person, activity, { actors: [organiser], about: object.id }) };
  };
}

/** Gives everybody a place who asks for one at an own event. */
export async function giveToWhoAsks(rig, asked, guest) {
  const { identifier } = rig.ctx.parseUri(asked.objectId).values;
  const person = rig.store.person(identifier);
  const answer = activityOf(rig.ctx, Accept, person, { object: asked.id, to: guest.id });
  await deliver(rig, person, answer, { actors: [guest], about: asked.objectId });
}
