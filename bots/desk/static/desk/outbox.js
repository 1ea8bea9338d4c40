// What was sent and not yet taken by the server: kept over a reload, in order per dialog, each text once.

import { signal } from "../vendor/signals-core.js";
import { newId, post } from "./api.js";
import { mentionsIn } from "./mentions.js";

const FIRST_MS = 1000;
const LAST_MS = 15_000;

/**
 * storage: getItem, setItem. who: the operator's id. onSent(entry, message) and onRefused(entry, problem) tell how it ended.
 * An entry: {client_id, dialog, mode, text, files: [{id, name}], at}.
 */
export class Outbox {
  constructor({ storage, who, onSent, onRefused, send = post, later = (work, ms) => setTimeout(work, ms) }) {
    Object.assign(this, { storage, who, onSent, onRefused, send, later });
    this.entries = signal(this.load());
    this.busy = new Set();
    this.waits = new Map();
  }

  get key() {
    return `otklik.outbox.${this.who}`;
  }

  load() {
    try {
      const found = JSON.parse(this.storage.getItem(this.key));
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  }

  set(entries) {
    this.entries.value = entries;
    try {
      this.storage.setItem(this.key, JSON.stringify(entries));
    } catch { /* a full storage: this tab still sends it */ }
  }

  /** Takes a text; it is shown at once and sent as soon as that works. */
  add(dialog, mode, text, files = [], at = new Date().toISOString()) {
    const entry = { client_id: newId(), dialog, mode, text, files, at };
    this.set([...this.entries.value, entry]);
    this.run(dialog);
    return entry;
  }

  drop(clientId) {
    if (this.entries.value.some((one) => one.client_id === clientId)) {
      this.set(this.entries.value.filter((one) => one.client_id !== clientId));
    }
  }

  /** Tries everything again: after a start, a reconnection, a new sign-in. */
  runAll() {
    this.waits.clear();
    for (const dialog of new Set(this.entries.value.map((one) => one.dialog))) this.run(dialog);
  }

  /** Sends the texts of one dialog, one behind the other. */
  async run(dialog) {
    if (this.busy.has(dialog)) return;
    this.busy.add(dialog);
    try {
      for (;;) {
        const entry = this.entries.value.find((one) => one.dialog === dialog);
        if (!entry || !(await this.sent(entry))) return;
      }
    } finally {
      this.busy.delete(dialog);
    }
  }

  async sent(entry) {
    try {
      const message = await this.send(`/dialogs/${entry.dialog}/${entry.mode}`, bodyOf(entry));
      this.waits.delete(entry.dialog);
      this.onSent(entry, message);
      this.drop(entry.client_id);
      return true;
    } catch (problem) {
      if (problem.code === "session_expired") return false; // the new sign-in runs it again
      if (problem.isPassing) {
        const wait = this.waits.get(entry.dialog) || FIRST_MS;
        this.waits.set(entry.dialog, Math.min(wait * 2, LAST_MS));
        this.later(() => this.run(entry.dialog), problem.retryAfterMs || wait);
        return false;
      }
      this.drop(entry.client_id);
      this.onRefused(entry, problem);
      return true;
    }
  }
}

function bodyOf(entry) {
  if (entry.mode === "note") return { client_id: entry.client_id, text: entry.text, mentions: mentionsIn(entry.text) };
  const parts = entry.text.trim() ? [{ t: "text", v: entry.text }] : [];
  return { client_id: entry.client_id, parts, attachment_ids: entry.files.map((file) => file.id) };
}
