// The account as a whole: profile, move, deletion, and reports to other servers.

import { Delete, Flag, Move, PUBLIC_COLLECTION, Update } from "@fedify/vocab";
import { activityOf, deliver } from "../deliver.mjs";
import { actorDocument, INSTANCE } from "../federation.mjs";
import { findActor } from "../remote.mjs";

const toFollowers = (ctx, person) => ({ tos: [PUBLIC_COLLECTION], ccs: [ctx.getFollowersUri(person.name)] });

async function announceProfile(rig, person) {
  const object = await actorDocument(rig.ctx, person);
  const activity = activityOf(rig.ctx, Update, person, { object, ...toFollowers(rig.ctx, person) });
  return await deliver(rig, person, activity, { followers: true, about: object.id });
}

export async function updateProfile(rig, person, { name, summary }) {
  person.displayName = name ?? person.displayName;
  person.summary = summary ?? person.summary;
  return { id: await announceProfile(rig, person) };
}

/** Names { aliases } as other accounts of this person, which lets them move here. */
export async function setAlsoKnownAs(rig, person, { aliases }) {
  const actors = await Promise.all(aliases.map((alias) => findActor(rig.ctx, person, alias)));
  person.alsoKnownAs = actors.map(({ id }) => id.href);
  return { id: await announceProfile(rig, person), alsoKnownAs: person.alsoKnownAs };
}

/** Moves to { target }: the profile says so, and every follower is told. */
export async function move(rig, person, { target }) {
  const actor = await findActor(rig.ctx, person, target);
  person.movedTo = actor.id.href;
  await announceProfile(rig, person);
  const self = rig.ctx.getActorUri(person.name);
  const activity = activityOf(rig.ctx, Move, person, {
    object: self,
    target: actor.id,
    ...toFollowers(rig.ctx, person),
  });
  return { id: await deliver(rig, person, activity, { followers: true, about: self }) };
}

/** Deletes the account: the actor answers 410 from now on; everyone related is told. */
export async function deleteActor(rig, person) {
  const self = rig.ctx.getActorUri(person.name);
  const activity = activityOf(rig.ctx, Delete, person, { object: self, tos: [PUBLIC_COLLECTION] });
  const followed = [...person.following.values()].map(({ recipient }) => recipient);
  const id = await deliver(rig, person, activity, { followers: true, actors: followed, about: self });
  person.deletedAt = Temporal.Now.instant();
  for (const post of person.posts) rig.store.gone.add(post);
  return { id };
}

/** Reports { target, objects, content } to the server of the target; signed by the instance actor, as Mastodon does. */
export async function flag(rig, person, { target, objects, content }) {
  const actor = await findActor(rig.ctx, person, target);
  const reporter = rig.store.person(INSTANCE);
  const activity = activityOf(rig.ctx, Flag, reporter, {
    objects: [actor.id, ...(objects ?? []).map((id) => new URL(id))],
    content,
    to: actor.id,
  });
  return { id: await deliver(rig, reporter, activity, { actors: [actor] }) };
}
