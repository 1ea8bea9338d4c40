// Unsent texts, one per dialog and mode: in the browser at every letter, on the server soon after.
// What is newer here than on the server is `dirty` and wins; nothing is ever sent by itself.

import { signal } from "../vendor/signals-core.js";
import { put } from "./api.js";

const SAVE_MS = 2000;

/** storage: getItem, setItem, removeItem; who: the operator's id. later: setTimeout. */
export class Drafts {
  constructor({ storage, who, save = put, later = (work, ms) => setTimeout(work, ms), cancel = (timer) => clearTimeout(timer) }) {
    Object.assign(this, { storage, who, save, later, cancel });
    this.timers = new Map();
    /** Grows with every change from outside (another tab, the server). */
    this.rev = signal(0);
  }

  key(dialog, mode) {
    return `otklik.draft.${this.who}.${dialog}.${mode}`;
  }

  /** {text, files, rev, dirty}; an empty one when there is none. */
  read(dialog, mode) {
    try {
      const found = JSON.parse(this.storage.getItem(this.key(dialog, mode)));
      if (found && typeof found.text === "string") return { files: [], ...found };
    } catch { /* what cannot be read is no draft */ }
    return { text: "", files: [], rev: 0, dirty: false };
  }

  keep(dialog, mode, draft) {
    const isNothing = !draft.text && draft.files.length === 0 && !draft.dirty && !draft.rev;
    try {
      if (isNothing) this.storage.removeItem(this.key(dialog, mode));
      else this.storage.setItem(this.key(dialog, mode), JSON.stringify(draft));
    } catch { /* a full storage must not stop the typing */ }
  }

  /** The operator typed. */
  write(dialog, mode, text, files = []) {
    const before = this.read(dialog, mode);
    if (before.text === text && before.files.length === files.length) return;
    this.keep(dialog, mode, { ...before, text, files, dirty: true });
    this.schedule(dialog, mode, SAVE_MS);
  }

  /** The text was sent: nothing is left here; the server's copy goes when it has the message. */
  clear(dialog, mode) {
    const before = this.read(dialog, mode);
    this.keep(dialog, mode, { text: "", files: [], rev: before.rev, dirty: before.rev > 0 || before.dirty });
    this.rev.value += 1;
    this.schedule(dialog, mode, 0);
  }

  schedule(dialog, mode, ms) {
    const key = this.key(dialog, mode);
    this.cancel(this.timers.get(key));
    this.timers.set(key, this.later(() => this.push(dialog, mode), ms));
  }

  /** Brings the draft to the server; when it fails it stays dirty and is tried at the next occasion. */
  async push(dialog, mode) {
    const sent = this.read(dialog, mode);
    if (!sent.dirty) return;
    try {
      const body = { mode, text: sent.text, attachment_ids: sent.files.map((file) => file.id), rev: sent.rev };
      const { rev } = await this.save(`/dialogs/${dialog}/draft`, body);
      const now = this.read(dialog, mode);
      const isSame = now.text === sent.text && now.files.length === sent.files.length;
      this.keep(dialog, mode, { ...now, rev, dirty: !isSame });
      if (!isSame) this.schedule(dialog, mode, SAVE_MS);
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
      const rev = theirs?.rev ?? 0;
      if (ours.dirty) {
        this.keep(dialog, mode, { ...ours, rev });
        if (rev !== ours.rev || !this.timers.has(this.key(dialog, mode))) this.schedule(dialog, mode, SAVE_MS);
      } else if (ours.rev !== rev || ours.text !== (theirs?.text ?? "")) {
        const files = (theirs?.attachment_ids ?? []).map((id) => ours.files.find((file) => file.id === id) || { id, name: "" });
        this.keep(dialog, mode, { text: theirs?.text ?? "", files, rev, dirty: false });
        this.rev.value += 1;
      }
    }
  }
}

function splitLast(text) {
  const place = text.lastIndexOf(".");
  return [text.slice(0, place), text.slice(place + 1)];
}
