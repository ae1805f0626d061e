// Follow, unfollow, answering follow requests, block.

import { Accept, Block, Follow, Reject, Undo } from "@fedify/vocab";
import { activityOf, deliver, recipientOf } from "../deliver.mjs";
import { findActor } from "../remote.mjs";

export async function follow(rig, person, { target }) {
  const actor = await findActor(rig.ctx, person, target);
  const activity = activityOf(rig.ctx, Follow, person, { object: actor.id, to: actor.id });
  person.following.set(actor.id.href, { state: "pending", follow: activity, recipient: recipientOf(actor) });
  return { id: await deliver(rig, person, activity, { actors: [actor] }), target: actor.id.href };
}

export async function unfollow(rig, person, { target }) {
  const { id } = /^https?:/.test(target) ? { id: new URL(target) } : await findActor(rig.ctx, person, target);
  const relation = person.following.get(id.href);
  if (relation == null) throw new Error(`${person.name} does not follow ${id.href}`);
  person.following.delete(id.href);
  const activity = activityOf(rig.ctx, Undo, person, { object: relation.follow, to: id });
  return { id: await deliver(rig, person, activity, { actors: [relation.recipient] }) };
}

/** Accepts or rejects the waiting request of `follower`; rejecting an accepted follower removes it. */
export async function answerFollow(rig, person, follower, accepted) {
  const request = person.followRequests.get(follower);
  if (request == null) throw new Error(`${follower} never asked to follow ${person.name}`);
  const { actor } = request;
  // The plain Follow, as most servers embed it; Fedify would embed all that it has learnt about the follower, too.
  const { id, actorId, objectId } = request.activity;
  const asked = new Follow({ id, actor: actorId, object: objectId });
  if (accepted) person.followers.set(follower, recipientOf(actor));
  else person.followers.delete(follower);
  const answer = activityOf(rig.ctx, accepted ? Accept : Reject, person, { object: asked, to: actor.id });
  return { id: await deliver(rig, person, answer, { actors: [actor] }) };
}

export async function block(rig, person, { target }) {
  const actor = await findActor(rig.ctx, person, target);
  person.blocks.add(actor.id.href);
  person.followers.delete(actor.id.href);
  person.following.delete(actor.id.href);
  const activity = activityOf(rig.ctx, Block, person, { object: actor.id, to: actor.id });
  person.undoable.set(`Block ${actor.id.href}`, activity);
  return { id: await deliver(rig, person, activity, { actors: [actor] }) };
}

export async function unblock(rig, person, { target }) {
  const actor = await findActor(rig.ctx, person, target);
  const done = person.undoable.get(`Block ${actor.id.href}`);
  if (done == null) throw new Error(`${person.name} does not block ${actor.id.href}`);
  person.blocks.delete(actor.id.href);
  person.undoable.delete(`Block ${actor.id.href}`);
  const activity = activityOf(rig.ctx, Undo, person, { object: done, to: actor.id });
  return { id: await deliver(rig, person, activity, { actors: [actor] }) };
}

export const acceptFollow = (rig, person, { follower }) => answerFollow(rig, person, follower, true);
export const rejectFollow = (rig, person, { follower }) => answerFollow(rig, person, follower, false);
