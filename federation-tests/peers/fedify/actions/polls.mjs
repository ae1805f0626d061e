// Questions, votes and their counting.

import { Collection, Create, Note, Question } from "@fedify/vocab";
import { activityOf, deliver, newId } from "../deliver.mjs";
import { dereference, findActor } from "../remote.mjs";
import { noteParts, publish, sendUpdate } from "./posts.mjs";

/** Asks { question, options, multiple, endsInSeconds } with the audience fields of a post. */
export async function poll(rig, person, request) {
  const parts = await noteParts(rig, person, { ...request, content: request.question });
  const options = request.options.map(optionNote(() => 0));
  const question = new Question({
    id: newId(rig.ctx, Question, person),
    ...parts.values,
    ...(request.multiple ? { inclusiveOptions: options } : { exclusiveOptions: options }),
    endTime: Temporal.Now.instant().add({ seconds: request.endsInSeconds }),
    voters: 0,
  });
  person.votes.set(question.id.href, {
    multiple: request.multiple ?? false,
    options: new Map(request.options.map((name) => [name, new Set()])),
  });
  setTimeout(() => void closePoll(rig, person, question.id.href), request.endsInSeconds * 1000).unref();
  return await publish(rig, person, question, parts.recipients);
}

const optionNote = (count) => (name) =>
  new Note({ name, replies: new Collection({ totalItems: count(name) }) });

async function closePoll(rig, person, id) {
  const question = rig.store.objects.get(id);
  if (question != null) await sendUpdate(rig, person, question.clone({ closed: question.endTime }));
}

/** Counts one vote for an own question and tells everyone the new figures. A second vote for the same name is no news. */
export async function countVote(rig, vote, question) {
  const { identifier } = rig.ctx.parseUri(question.id).values;
  const person = rig.store.person(identifier);
  const { multiple, options: votes } = person.votes.get(question.id.href);
  const voter = vote.attributionId.href;
  const chosen = votes.get(vote.name.toString());
  if (chosen == null || chosen.has(voter) || question.closed != null) return;
  if (!multiple && [...votes.values()].some((voters) => voters.has(voter))) return;
  chosen.add(voter);
  const options = [...votes.keys()].map(optionNote((name) => votes.get(name).size));
  const everyVoter = new Set([...votes.values()].flatMap((voters) => [...voters]));
  const counted = question.clone({
    ...(multiple ? { inclusiveOptions: options } : { exclusiveOptions: options }),
    voters: everyVoter.size,
  });
  await sendUpdate(rig, person, counted, [await findActor(rig.ctx, person, voter)]);
}

/** Votes { question, choices }: one note with a name and no content for each choice, to the author only. */
export async function vote(rig, person, { question, choices }) {
  const { object } = await dereference(rig.ctx, person, question);
  const author = await findActor(rig.ctx, person, object.attributionId.href);
  const activities = [];
  for (const name of choices) {
    const ballot = new Note({
      id: newId(rig.ctx, Note, person),
      attribution: rig.ctx.getActorUri(person.name),
      name,
      replyTarget: object.id,
      to: author.id,
      published: Temporal.Now.instant(),
    });
    rig.store.objects.set(ballot.id.href, ballot);
    const activity = activityOf(rig.ctx, Create, person, { object: ballot, to: author.id });
    activities.push(await deliver(rig, person, activity, { actors: [author], about: object.id }));
  }
  return { ids: activities };
}
