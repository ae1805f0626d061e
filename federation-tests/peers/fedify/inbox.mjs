// What the peer does with the activities that arrive. Fedify calls these only when the signature verified and the
// JSON-LD parsed.

import {
  Accept, Activity, Block, Create, Delete, Event, Follow, isActor, Join, Leave, Move, Note, Question, QuoteRequest, Reject, Undo,
} from "@fedify/vocab";
import { giveToWhoAsks } from "./actions/events.mjs";
import { answerFollow, follow, unfollow } from "./actions/follows.mjs";
import { countVote } from "./actions/polls.mjs";
import { answerQuote, quoteAccepted, quoteRevoked } from "./actions/quotes.mjs";
import { INSTANCE } from "./federation.mjs";
import { currentEntry } from "./observe.mjs";
import { dereference } from "./remote.mjs";

export function listen(rig) {
  const { federation, store } = rig;
  const setters = federation
    .setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .setSharedKeyDispatcher(() => ({ identifier: INSTANCE }))
    .onError((_, error) => {
      const entry = currentEntry();
      if (entry != null) entry.error = String(error);
    });
  const on = (type, handle) =>
    setters.on(type, async (ctx, activity) => {
      // Fedify's own reading of the activity, with every term that it did not understand left out.
      currentEntry().understood = await activity.toJsonLd({ format: "expand", contextLoader: ctx.contextLoader });
      await handle(ctx, activity);
    });
  const localPerson = (ctx, url) => {
    const parsed = ctx.parseUri(url);
    return parsed?.type === "actor" ? (store.people.get(parsed.identifier) ?? null) : null;
  };
  const everyone = () => [...store.people.values()];

  on(Activity, () => {});
  on(Follow, async (ctx, activity) => {
    const person = localPerson(ctx, activity.objectId);
    if (person == null || person.deletedAt != null) return;
    person.followRequests.set(activity.actorId.href, { activity, actor: await activity.getActor(ctx) });
    if (store.policy.follow === "manual") return;
    await answerFollow(rig, person, activity.actorId.href, store.policy.follow === "accept");
  });
  on(Accept, async (ctx, activity) => {
    const answered = activity.objectId?.href;
    for (const person of everyone()) {
      settleFollow(person, activity, "accepted");
      const asked = person.quoteRequests.get(answered);
      if (asked?.author === activity.actorId.href) await quoteAccepted(rig, person, asked.quoting, activity.resultId);
    }
  });
  on(Reject, (_, activity) => {
    for (const person of everyone()) settleFollow(person, activity, "rejected");
  });
  on(Undo, async (ctx, activity) => {
    const undone = await activity.getObject(ctx);
    if (undone == null || undone.actorId?.href !== activity.actorId.href) return;
    const person = localPerson(ctx, undone.objectId);
    if (undone instanceof Follow) person?.followers.delete(activity.actorId.href);
    if (undone instanceof Block) person?.blockedBy.delete(activity.actorId.href);
  });
  on(Block, (ctx, activity) => {
    const person = localPerson(ctx, activity.objectId);
    if (person == null) return;
    person.blockedBy.add(activity.actorId.href);
    person.followers.delete(activity.actorId.href);
    person.following.delete(activity.actorId.href);
  });
  on(Create, async (ctx, activity) => {
    const note = await activity.getObject(ctx);
    const question = store.objects.get(note?.replyTargetId?.href);
    if (note instanceof Note && note.name != null && question instanceof Question) await countVote(rig, note, question);
  });
  on(Delete, async (ctx, activity) => {
    const deleted = activity.objectId?.href;
    for (const person of everyone()) {
      if (person.stampsReceived.has(deleted)) await quoteRevoked(rig, person, deleted);
      if (deleted !== activity.actorId.href) continue;
      person.followers.delete(deleted);
      person.following.delete(deleted);
    }
  });
  on(Move, async (ctx, activity) => {
    if (activity.objectId?.href !== activity.actorId.href) return;
    for (const person of everyone().filter(({ following }) => following.has(activity.objectId.href))) {
      const { object: target } = await dereference(ctx, person, activity.targetId);
      if (!isActor(target) || !target.aliasIds.some(({ href }) => href === activity.objectId.href)) continue;
      await follow(rig, person, { target: target.id.href });
      await unfollow(rig, person, { target: activity.objectId.href });
    }
  });
  on(Join, async (ctx, activity) => {
    if (store.objects.get(activity.objectId?.href) instanceof Event)
      await giveToWhoAsks(rig, activity, await activity.getActor(ctx));
  });
  on(Leave, () => {});
  on(QuoteRequest, async (ctx, activity) => {
    if (store.policy.quote === "ignore") return;
    await answerQuote(rig, activity, await activity.getActor(ctx), store.policy.quote === "accept");
  });
}

/** Finds the follow that an Accept or Reject answers, by the id of the Follow and nothing else. */
function settleFollow(person, answer, state) {
  const relation = person.following.get(answer.actorId.href);
  if (relation != null && relation.follow.id.href === answer.objectId?.href) relation.state = state;
}
