// Like, boost, emoji reaction, and taking them back.

import { Announce, EmojiReact, Like, PUBLIC_COLLECTION, Undo } from "@fedify/vocab";
import { activityOf, deliver } from "../deliver.mjs";
import { dereference, findActor } from "../remote.mjs";

async function authorOf(rig, person, object) {
  const { object: post } = await dereference(rig.ctx, person, object);
  return await findActor(rig.ctx, person, post.attributionId.href);
}

const reaction = (type, values, followers) => async (rig, person, request) => {
  const author = await authorOf(rig, person, request.object);
  const object = new URL(request.object);
  const activity = activityOf(rig.ctx, type, person, { object, ...values(rig.ctx, person, author, request) });
  person.undoable.set(`${type.name} ${object.href}`, { activity, author });
  return { id: await deliver(rig, person, activity, { followers, actors: [author], about: object }) };
};

const undo = (type, followers) => async (rig, person, { object }) => {
  const done = person.undoable.get(`${type.name} ${object}`);
  if (done == null) throw new Error(`${person.name} has no ${type.name} of ${object}`);
  person.undoable.delete(`${type.name} ${object}`);
  const values = { object: done.activity, tos: done.activity.toIds, ccs: done.activity.ccIds };
  const activity = activityOf(rig.ctx, Undo, person, values);
  return { id: await deliver(rig, person, activity, { followers, actors: [done.author], about: new URL(object) }) };
};

const toAuthor = (_, __, author) => ({ to: author.id });
const toEveryone = (ctx, person, author) => ({
  to: PUBLIC_COLLECTION,
  ccs: [ctx.getFollowersUri(person.name), author.id],
});

export const like = reaction(Like, toAuthor, false);
export const emojiReact = reaction(
  EmojiReact,
  (ctx, person, author, { emoji }) => ({ ...toAuthor(ctx, person, author), content: emoji }),
  false,
);
export const boost = reaction(Announce, toEveryone, true);
export const unlike = undo(Like, false);
export const unreact = undo(EmojiReact, false);
export const unboost = undo(Announce, true);
