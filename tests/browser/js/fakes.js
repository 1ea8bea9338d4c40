// What the desk's modules get from a browser, small and under the test's control.

/** localStorage in memory. */
export class Storage {
  constructor() {
    this.kept = new Map();
    return new Proxy(this, {
      ownKeys: (target) => [...target.kept.keys()],
      getOwnPropertyDescriptor: (target, key) => (target.kept.has(key) ? { enumerable: true, configurable: true } : undefined),
    });
  }
  getItem(key) { return this.kept.get(key) ?? null; }
  setItem(key, value) { this.kept.set(key, String(value)); }
  removeItem(key) { this.kept.delete(key); }
}

/** Locks of a browser: who asks second waits for who asked first. */
export class Locks {
  constructor() { this.tails = new Map(); }
  request = (name, work) => {
    const mine = (this.tails.get(name) || Promise.resolve()).then(work);
    this.tails.set(name, mine.catch(() => {}));
    return mine;
  };
}

/** Timers that run when the test says so. */
export class Timers {
  constructor() { this.waiting = new Map(); this.next = 1; }
  later = (work, ms) => { this.waiting.set(this.next, { work, ms }); this.next += 1; return this.next - 1; };
  cancel = (id) => { this.waiting.delete(id); };
  async run() {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const one of all) await one.work();
  }
}

export const row = (id, fields = {}) => ({
  id, version: 1, state_rev: 1, state: "queued", turn: null, channel: { id: "site", kind: "site", name: "site" }, queue_id: "first_line",
  operator: null, customer: { id: `c${id}`, name: id, level: "anonymous" }, topic: "", tags: [], priority: 0,
  preview: { author: "customer", text: "", files: 0, at: null }, unread: 0, waiting_since: "2027-03-01T07:00:00.000Z", deadline: null,
  opened_at: "2027-03-01T07:00:00.000Z", updated_at: "2027-03-01T07:00:00.000Z", reopened: false, facts: [], has_draft: false, last_n: 1, ...fields,
});

export const message = (n, fields = {}) => ({
  id: String(n), dialog: "d", n, author: { kind: "customer", name: "Olga" }, kind: "text", parts: [{ t: "text", v: `line ${n}` }],
  at: "2027-03-01T07:00:00.000Z", ...fields,
});

export const dialog = (id, fields = {}) => ({
  ...row(id), read_n: 0, messages: [message(1)], has_before: false, handoff: null, caps: {}, viewers: [], drafts: [], rating: null,
  result: "", gone: "", allowed: [], ...fields,
});
