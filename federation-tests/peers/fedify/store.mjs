// What the peer remembers: its people, their relations and their objects. Memory only; a restart forgets everything.

/** One local actor and everything that belongs to it. Every map and set is keyed by the full id of the other side. */
export class Person {
  constructor(name, keyPairs) {
    this.name = name;
    this.keyPairs = keyPairs;
    this.displayName = name;
    this.summary = null;
    this.alsoKnownAs = [];
    this.movedTo = null;
    this.deletedAt = null;
    this.created = Temporal.Now.instant();
    /** actor id → the recipient shape that Fedify's sendActivity wants */
    this.followers = new Map();
    /** actor id → Follow activity that waits for a decision */
    this.followRequests = new Map();
    /** actor id → { state: pending|accepted|rejected, follow, recipient } */
    this.following = new Map();
    this.blocks = new Set();
    this.blockedBy = new Set();
    this.featured = new Set();
    /** ids of posts, oldest first */
    this.posts = [];
    /** public activities for the outbox, oldest first */
    this.outbox = [];
    /** `${type} ${object id}` → the activity to undo */
    this.undoable = new Map();
    /** question id → { multiple, options: Map(option name → Set(voter id)) } */
    this.votes = new Map();
    /** QuoteRequest id → { quoting: note id, author: id of the quoted author } */
    this.quoteRequests = new Map();
    /** stamp id → { quoting, quoted, revoked }; given to others and got from others */
    this.stampsIssued = new Map();
    this.stampsReceived = new Map();
  }
}

export class Store {
  people = new Map();
  /** id → Fedify object (notes, questions, stamps, activities) that this server serves */
  objects = new Map();
  /** ids that answer 410 */
  gone = new Set();
  /** How the peer answers what it gets. */
  policy = { follow: "accept", quote: "accept" };
  /** When true, actors and objects are only given to requests with a valid signature. */
  authorizedFetch = false;

  person(name) {
    const person = this.people.get(name);
    if (person == null) throw new Error(`no such actor: ${name}`);
    return person;
  }
}
