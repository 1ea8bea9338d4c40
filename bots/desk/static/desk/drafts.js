// Unsent texts, one per dialog and mode: in the browser at every letter, on the server soon after.
// What is newer here than on the server is `dirty` and wins; nothing is ever sent by itself.

import { signal } from "../vendor/signals-core.js";
import { put } from "./api.js";

const SAVE_MS = 2000;

const EMPTY = Object.freeze({ text: "", files: [], missing: [], quote: 0, rev: 0, dirty: false });
/** Names of variables that still stand in a draft where their values should. */
export function gaps({ text, missing }) {
  const there = new Set([...text.matchAll(/\{\s*([^{}]*?)\s*\}/g)].map((found) => found[1]));
  return missing.filter((name) => there.has(name));
}

/** What the server keeps of a draft. */
const bodyOf = (draft) => ({
  text: draft.text, attachment_ids: draft.files.map((file) => file.id), missing: gaps(draft),
  ...(draft.quote && { reply_to: String(draft.quote) }),
});
const isSame = (one, other) => JSON.stringify(bodyOf(one)) === JSON.stringify(bodyOf(other));
export const isEmpty = (draft) => !draft.text && draft.files.length === 0 && !draft.quote;

/** storage: getItem, setItem, removeItem; who: the operator's id. later: setTimeout. */
export class Drafts {
  constructor({ storage, who, save = put, later = (work, ms) => setTimeout(work, ms), cancel = (timer) => clearTimeout(timer) }) {
    Object.assign(this, { storage, who, save, later, cancel });
    this.timers = new Map();
    /** Drafts on their way to the server: one at a time, each on top of the last. */
    this.saving = new Map();
    /** What found no room in the storage. */
    this.loose = new Map();
    /** Grows with every change from outside (another tab, the server). */
    this.rev = signal(0);
  }

  key(dialog, mode) {
    return `otklik.draft.${this.who}.${dialog}.${mode}`;
  }

  /** {text, files: [{id, name, size}], missing, quote: number of the line it answers, rev, dirty, tried}; an empty one when there is none. */
  read(dialog, mode) {
    const key = this.key(dialog, mode);
    try {
      const found = this.loose.get(key) || JSON.parse(this.storage.getItem(key));
      if (found && typeof found.text === "string") return { ...EMPTY, ...found };
    } catch { /* what cannot be read is no draft */ }
    return EMPTY;
  }

  keep(dialog, mode, draft) {
    const key = this.key(dialog, mode);
    this.loose.delete(key);
    try {
      if (isEmpty(draft) && !draft.dirty && !draft.rev) this.storage.removeItem(key);
      else this.storage.setItem(key, JSON.stringify(draft));
    } catch {
      this.loose.set(key, draft); // a full storage must not stop the typing
    }
  }

  /** The operator typed. missing: variables without values that came with it. */
  write(dialog, mode, text, { files, missing = [], quote } = {}) {
    const before = this.read(dialog, mode);
    const now = {
      ...before, text, files: files || before.files, missing: [...new Set([...before.missing, ...missing])], quote: quote ?? before.quote,
    };
    if (isSame(before, now)) return;
    this.keep(dialog, mode, { ...now, dirty: true });
    this.schedule(dialog, mode, SAVE_MS);
  }

  attach(dialog, file) {
    const { text, files } = this.read(dialog, "reply");
    this.write(dialog, "reply", text, { files: [...files, file] });
    this.rev.value += 1;
  }

  /** Files that were removed, or sent from wherever. */
  detach(dialog, ids) {
    const { text, files } = this.read(dialog, "reply");
    const rest = files.filter((file) => !ids.includes(file.id));
    if (rest.length === files.length) return;
    this.write(dialog, "reply", text, { files: rest });
    this.rev.value += 1;
  }

  /** The reply answers this line; 0 for none. */
  quote(dialog, n) {
    this.write(dialog, "reply", this.read(dialog, "reply").text, { quote: n });
    this.rev.value += 1;
  }

  /** The text was sent: nothing is left here; the server's copy goes when it has the message. */
  clear(dialog, mode) {
    const before = this.read(dialog, mode);
    this.keep(dialog, mode, { ...before, text: "", files: [], missing: [], quote: 0, dirty: before.rev > 0 || before.dirty });
    this.rev.value += 1;
    this.schedule(dialog, mode, 0);
  }

  schedule(dialog, mode, ms) {
    const key = this.key(dialog, mode);
    this.cancel(this.timers.get(key));
    this.timers.set(key, this.later(() => {
      this.timers.delete(key);
      return this.push(dialog, mode);
    }, ms));
  }

  /** Brings the draft to the server; when it fails it stays dirty and is tried at the next occasion. */
  async push(dialog, mode) {
    const key = this.key(dialog, mode);
    while (this.saving.has(key)) await this.saving.get(key);
    const sent = this.read(dialog, mode);
    if (!sent.dirty) return;
    const saving = this.bring(dialog, mode, sent);
    this.saving.set(key, saving);
    await saving;
    this.saving.delete(key);
  }

  async bring(dialog, mode, sent) {
    this.keep(dialog, mode, { ...sent, tried: sent.text });
    try {
      const { rev } = await this.save(`/dialogs/${dialog}/draft`, { mode, ...bodyOf(sent), rev: sent.rev });
      const now = this.read(dialog, mode);
      const dirty = !isSame(now, sent);
      this.keep(dialog, mode, { ...now, rev, dirty });
      if (dirty) this.schedule(dialog, mode, isEmpty(now) ? 0 : SAVE_MS);
    } catch (problem) {
      if (problem.code === "stale") this.onStale?.(dialog);
    }
  }

  /** Everything that did not reach the server yet, tried again: after a reconnection, before signing out. */
  async flush() {
    const start = `otklik.draft.${this.who}.`;
    const keys = Object.keys(this.storage).filter((key) => key.startsWith(start));
    await Promise.all(keys.map((key) => {
      const [dialog, mode] = splitLast(key.slice(start.length));
      return this.push(dialog, mode);
    }));
  }

  /** The server's drafts of a dialog that was loaded. Ours, if newer, goes there instead. */
  merge(dialog, found) {
    for (const mode of ["reply", "note"]) {
      const theirs = found.find((one) => one.mode === mode);
      const ours = this.read(dialog, mode);
      const text = theirs?.text ?? "";
      const rev = theirs?.rev ?? 0;
      // a text sent here takes away its own draft, not what was typed on another machine meanwhile
      const isForeign = text && rev !== ours.rev && text !== ours.tried;
      if (ours.dirty && !(isEmpty(ours) && isForeign)) {
        this.keep(dialog, mode, { ...ours, rev });
        if (rev !== ours.rev || !this.timers.has(this.key(dialog, mode))) this.schedule(dialog, mode, SAVE_MS);
      } else if (ours.rev !== rev || ours.text !== text) {
        const { attachments: files = [], missing = [], reply_to: quote } = theirs || {};
        this.keep(dialog, mode, { text, files, missing, quote: Number(quote || 0), rev, dirty: false });
        this.rev.value += 1;
      }
    }
  }
}

function splitLast(text) {
  const place = text.lastIndexOf(".");
  return [text.slice(0, place), text.slice(place + 1)];
}
