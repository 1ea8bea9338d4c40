// What was sent and not yet taken by the server: kept over a reload, in order per dialog, each text once.
// Each text has a place of its own in the storage, so tabs never write over each other's; all of them know all texts.

import { signal } from "../vendor/signals-core.js";
import { newId, post } from "./api.js";
import { mentionsIn } from "./mentions.js";

const FIRST_MS = 1000;
const LAST_MS = 15_000;
/** Letters of an id that say its moment. */
const MOMENT = 13;

/** One tab at a time. */
const inTurn = (name, work) => (globalThis.navigator?.locks ? navigator.locks.request(name, work) : work());

/**
 * storage: localStorage or the like. who: the operator's id. onSent(entry, message) and onRefused(entry, problem) tell how it ended.
 * An entry: {client_id, dialog, mode, text, files: [{id, name}], quote, at}.
 */
export class Outbox {
  constructor({ storage, who, onSent, onRefused, send = post, later = (work, ms) => setTimeout(work, ms), lock = inTurn }) {
    Object.assign(this, { storage, onSent, onRefused, send, later, lock });
    this.start = `otklik.outbox.${who}.`;
    /** Ids of what found no room in the storage: only this tab has them. */
    this.loose = new Set();
    this.entries = signal([]);
    this.busy = new Set();
    this.waits = new Map();
    this.due = new Set();
    this.look();
  }

  has(clientId) {
    return this.loose.has(clientId) || this.storage.getItem(this.start + clientId) !== null;
  }

  /** Learns what the tabs wrote and brought away meanwhile. */
  look() {
    const found = new Map(this.entries.value.filter((one) => this.has(one.client_id)).map((one) => [one.client_id, one]));
    for (const key of Object.keys(this.storage)) {
      if (!key.startsWith(this.start)) continue;
      try {
        const one = JSON.parse(this.storage.getItem(key));
        if (!found.has(one.client_id) && key === this.start + one.client_id) found.set(one.client_id, one);
      } catch { /* what cannot be read is no text */ }
    }
    const moment = (one) => one.client_id.slice(0, MOMENT);
    this.entries.value = [...found.values()].sort((a, b) => moment(a).localeCompare(moment(b)));
  }

  /** Another tab changed the storage. What it wrote is its to send; should it be closed, it is ours. */
  heard(key) {
    if (!key?.startsWith(this.start)) return;
    const before = this.entries.value;
    this.look();
    for (const one of this.entries.value) if (!before.includes(one)) this.retry(one.dialog, LAST_MS);
  }

  retry(dialog, ms) {
    if (this.due.has(dialog)) return;
    this.due.add(dialog);
    this.later(() => {
      this.due.delete(dialog);
      return this.run(dialog);
    }, ms);
  }

  /** Takes a text; it is shown at once and sent as soon as that works. */
  add(dialog, mode, text, { files = [], quote = 0 } = {}) {
    const entry = { client_id: newId(), dialog, mode, text, files, quote, at: new Date().toISOString() };
    try {
      this.storage.setItem(this.start + entry.client_id, JSON.stringify(entry));
    } catch {
      this.loose.add(entry.client_id);
    }
    this.entries.value = [...this.entries.value, entry];
    this.run(dialog);
    return entry;
  }

  drop(clientId) {
    if (!this.has(clientId)) return;
    this.loose.delete(clientId);
    this.storage.removeItem(this.start + clientId);
    this.entries.value = this.entries.value.filter((one) => one.client_id !== clientId);
  }

  /** Tries everything again: after a start, a reconnection, a new sign-in. */
  runAll() {
    this.waits.clear();
    for (const dialog of new Set(this.entries.value.map((one) => one.dialog))) this.run(dialog);
  }

  /** Sends the texts of one dialog, one behind the other; of two tabs only one does. */
  async run(dialog) {
    if (this.busy.has(dialog)) return;
    this.busy.add(dialog);
    const next = () => this.entries.value.find((one) => one.dialog === dialog);
    try {
      let goesOn = true;
      while (goesOn && next()) {
        goesOn = await this.lock(this.start + dialog, async () => {
          this.look(); // the tab before us may have brought it away
          return !next() || this.sent(next());
        });
      }
    } finally {
      this.busy.delete(dialog);
    }
  }

  /** Whether the next one may be tried. */
  async sent(entry) {
    let message;
    try {
      message = await this.send(`/dialogs/${entry.dialog}/${entry.mode}`, bodyOf(entry));
    } catch (problem) {
      if (problem.code === "session_expired") return false; // the new sign-in runs it again
      if (problem.isPassing) {
        const wait = this.waits.get(entry.dialog) || FIRST_MS;
        this.waits.set(entry.dialog, Math.min(wait * 2, LAST_MS));
        this.retry(entry.dialog, problem.retryAfterMs || wait);
        return false;
      }
      if (this.has(entry.client_id)) { // else it arrived after all, or another tab gave it back
        this.onRefused(entry, problem);
        this.drop(entry.client_id);
      }
      return true;
    }
    this.waits.delete(entry.dialog);
    this.drop(entry.client_id);
    this.onSent(entry, message);
    return true;
  }
}

function bodyOf(entry) {
  if (entry.mode === "note") return { client_id: entry.client_id, text: entry.text, mentions: mentionsIn(entry.text) };
  const parts = entry.text.trim() ? [{ t: "text", v: entry.text }] : [];
  const quote = entry.quote && { reply_to: String(entry.quote) };
  return { client_id: entry.client_id, parts, attachment_ids: entry.files.map((file) => file.id), ...quote };
}
