// Notes: writing, editing, deleting, pinning.

import { LanguageString } from "@fedify/vocab-runtime";
import {
  Add, Create, Delete, Document, Hashtag, InteractionPolicy, InteractionRule, Mention, Note, PUBLIC_COLLECTION, Remove,
  Tombstone, Update,
} from "@fedify/vocab";
import { activityOf, deliver, newId } from "../deliver.mjs";
import { dereference, findActor, handleOf } from "../remote.mjs";

/** Publishes a note. Returns the ids of the note and of its Create. */
export async function post(rig, person, request) {
  const parts = await noteParts(rig, person, request);
  const note = new Note({ id: newId(rig.ctx, Note, person), ...parts.values });
  return await publish(rig, person, note, parts.recipients);
}

/** What notes and questions have in common, and the actors they must reach besides the followers. */
export async function noteParts(rig, person, request) {
  const { ctx } = rig;
  const mentioned = await Promise.all((request.mentions ?? []).map((target) => findActor(ctx, person, target)));
  const parent = request.inReplyTo == null ? null : (await dereference(ctx, person, request.inReplyTo)).object;
  const author = parent == null ? null : await findActor(ctx, person, parent.attributionId.href);
  if (author != null && author.id.href !== ctx.getActorUri(person.name).href) addOnce(mentioned, author);
  const tags = request.tags ?? [];
  const content = request.content.startsWith("<") ? request.content : plainToHtml(ctx, request.content, mentioned, tags);
  const localized = (text) => (request.language == null ? text : new LanguageString(text, request.language));
  const values = {
    attribution: ctx.getActorUri(person.name),
    ...audience(ctx, person, request.to ?? "public", mentioned),
    content: localized(content),
    summary: request.summary == null ? null : localized(request.summary),
    sensitive: request.sensitive ?? request.summary != null,
    published: Temporal.Now.instant(),
    replyTarget: parent?.id ?? null,
    tags: [
      ...mentioned.map((actor) => new Mention({ href: actor.id, name: handleOf(actor) })),
      ...tags.map((tag) => new Hashtag({ href: hashtagUrl(ctx, tag), name: `#${tag}` })),
    ],
    attachments: [request.attachment ?? []].flat().map((file) => document(ctx, file)),
    interactionPolicy: quotePolicy(ctx, person, request.quotePolicy ?? "public"),
  };
  return { values, recipients: mentioned };
}

const addOnce = (actors, actor) => {
  if (!actors.some(({ id }) => id.href === actor.id.href)) actors.push(actor);
};

function audience(ctx, person, visibility, mentioned) {
  const followers = ctx.getFollowersUri(person.name);
  const named = mentioned.map(({ id }) => id);
  switch (visibility) {
    case "public":
      return { tos: [PUBLIC_COLLECTION], ccs: [followers, ...named] };
    case "unlisted":
      return { tos: [followers], ccs: [PUBLIC_COLLECTION, ...named] };
    case "followers":
      return { tos: [followers], ccs: named };
    case "direct":
      return { tos: named, ccs: [] };
    default:
      throw new Error(`no such audience: ${visibility}`);
  }
}

const escapeHtml = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

const hashtagUrl = (ctx, tag) => new URL(`/tags/${encodeURIComponent(tag)}`, ctx.canonicalOrigin);

function plainToHtml(ctx, text, mentioned, tags) {
  const links = mentioned.map(
    (actor) =>
      `<span class="h-card"><a href="${actor.id.href}" class="u-url mention">@<span>${actor.preferredUsername}</span></a></span>`,
  );
  const marks = tags.map(
    (tag) => `<a href="${hashtagUrl(ctx, tag).href}" class="mention hashtag" rel="tag">#<span>${escapeHtml(tag)}</span></a>`,
  );
  return `<p>${[...links, escapeHtml(text), ...marks].join(" ")}</p>`;
}

/** `file` is a URL, or { url, mediaType, name, width, height }; a relative URL means a picture of this peer. */
function document(ctx, file) {
  const { url, mediaType = "image/png", name = null, width = null, height = null } =
    typeof file === "string" ? { url: file } : file;
  return new Document({ url: new URL(url, ctx.canonicalOrigin), mediaType, name, width, height });
}

function quotePolicy(ctx, person, who) {
  const approved = {
    public: PUBLIC_COLLECTION,
    followers: ctx.getFollowersUri(person.name),
    nobody: ctx.getActorUri(person.name),
  }[who];
  if (approved == null) throw new Error(`no such quote policy: ${who}`);
  return new InteractionPolicy({ canQuote: new InteractionRule({ automaticApproval: approved }) });
}

/** Stores a new note or question, adds it to the profile and sends its Create. */
export async function publish(rig, person, object, recipients) {
  rig.store.objects.set(object.id.href, object);
  person.posts.push(object.id.href);
  const activity = activityOf(rig.ctx, Create, person, { object, tos: object.toIds, ccs: object.ccIds });
  await deliver(rig, person, activity, reach(rig, person, object, recipients));
  return { id: object.id.href, activity: activity.id.href };
}

/** Sends the current state of an object to everyone whom it reached. */
export async function sendUpdate(rig, person, object, recipients = []) {
  rig.store.objects.set(object.id.href, object);
  const activity = activityOf(rig.ctx, Update, person, { object, tos: object.toIds, ccs: object.ccIds });
  await deliver(rig, person, activity, reach(rig, person, object, recipients));
  return { id: object.id.href, activity: activity.id.href };
}

function reach(rig, person, object, actors) {
  const followersUri = rig.ctx.getFollowersUri(person.name).href;
  const followers = [...object.toIds, ...object.ccIds].some(({ href }) => href === followersUri);
  return { followers, actors, about: object.id };
}

/** An own object by id, as it is now. */
export function ownPost(rig, person, id) {
  if (!person.posts.includes(id)) throw new Error(`${person.name} never wrote ${id}`);
  return rig.store.objects.get(id);
}

/** The actors other than followers to whom a post is addressed. */
export async function addressed(rig, person, object) {
  const isCollection = (href) =>
    href === PUBLIC_COLLECTION.href || href === rig.ctx.getFollowersUri(person.name).href;
  const ids = [...object.toIds, ...object.ccIds].map(({ href }) => href).filter((href) => !isCollection(href));
  return await Promise.all(ids.map((id) => findActor(rig.ctx, person, id)));
}

export async function edit(rig, person, { id, content }) {
  const old = ownPost(rig, person, id);
  const html = content.startsWith("<") ? content : `<p>${escapeHtml(content)}</p>`;
  const language = old.content instanceof LanguageString ? old.content.locale : null;
  const edited = old.clone({
    content: language == null ? html : new LanguageString(html, language),
    updated: Temporal.Now.instant(),
  });
  return await sendUpdate(rig, person, edited, await addressed(rig, person, old));
}

/** Deletes a post for good: its id answers 410 from now on. */
export async function remove(rig, person, { id }) {
  const object = ownPost(rig, person, id);
  const recipients = await addressed(rig, person, object);
  person.posts = person.posts.filter((other) => other !== id);
  person.featured.delete(id);
  rig.store.objects.delete(id);
  rig.store.gone.add(id);
  const tombstone = new Tombstone({ id: object.id, deleted: Temporal.Now.instant() });
  const activity = activityOf(rig.ctx, Delete, person, { object: tombstone, tos: object.toIds, ccs: object.ccIds });
  return { id: await deliver(rig, person, activity, reach(rig, person, object, recipients)) };
}

const featuring = (type, change) => async (rig, person, { id }) => {
  const object = ownPost(rig, person, id);
  change(person.featured, id);
  const activity = activityOf(rig.ctx, type, person, {
    object: object.id,
    target: rig.ctx.getFeaturedUri(person.name),
    tos: [PUBLIC_COLLECTION],
    ccs: [rig.ctx.getFollowersUri(person.name)],
  });
  return { id: await deliver(rig, person, activity, { followers: true, about: object.id }) };
};

export const pin = featuring(Add, (featured, id) => featured.add(id));
export const unpin = featuring(Remove, (featured, id) => featured.delete(id));
