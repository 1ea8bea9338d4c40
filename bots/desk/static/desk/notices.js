// What calls the operator: sounds, the browser's own notices.

import { open } from "./desk.js";
import { shownName, t } from "./i18n.js";
import * as store from "./store.js";
import { Sound } from "./sound.js";

/** Kinds of events as the settings know them; both kinds of deadlines are one. */
export const EVENTS = ["queue", "message", "mention", "deadline", "handed_over"];
export const eventOf = (kind) => (kind.startsWith("deadline") ? "deadline" : kind);
const DEFAULT = Object.freeze({ scope: "queues", sound: true, notice: true, title: true, volume: 70 });
export const choiceOf = (event) => store.session.value?.settings.sounds?.[event] || DEFAULT;

const QUEUE = "queue:";
const MUTED = "otklik.muted";
/** Whether this browser is silent: a matter of the machine, not of the person. */
export const isMuted = () => localStorage.getItem(MUTED) === "yes";

export class Notices {
  constructor() {
    this.sound = new Sound({
      volumeOf: (kind) => (choiceOf(eventOf(kind)).sound ? choiceOf(eventOf(kind)).volume / 100 : 0),
      isMuted,
      isQuiet: () => store.session.value?.operator.status !== "online",
    });
    this.shown = new Map();
    // a dialog that left the queue or the view while nothing was heard must not ring on; rows come before their notices
    store.rowsRev.subscribe(() => {
      for (const id of [...this.sound.ringing.keys(), ...this.shown.keys()]) {
        if (id.startsWith(QUEUE) && store.rows.get(id.slice(QUEUE.length))?.state !== "queued") this.stop(id);
      }
    });
  }

  close() {
    for (const one of this.shown.values()) one.close();
  }

  mute(isOff) {
    localStorage.setItem(MUTED, isOff ? "yes" : "no");
    this.sound.refresh();
  }

  notice(frame) {
    const choice = choiceOf(eventOf(frame.kind));
    if (choice.scope === "off" || (choice.scope === "mine" && frame.scope === "queue")) return;
    const isHere = document.visibilityState === "visible" && document.hasFocus() && store.openId.value === frame.dialog;
    if (frame.kind === "message" && isHere) return;
    this.sound.notice(frame);
    if (choice.notice) this.show(frame);
  }

  stop(id) {
    this.sound.silence(id);
    this.shown.get(id)?.close();
    this.shown.delete(id);
  }

  /** A notice of the browser, while the page is not looked at. */
  show(frame) {
    const isAllowed = "Notification" in globalThis && Notification.permission === "granted";
    if (!isAllowed || document.visibilityState === "visible") return;
    const row = store.rows.get(frame.dialog);
    const made = new Notification(t(`notice.${frame.kind}`), {
      body: row ? shownName(row.customer.name) : "", tag: frame.id, silent: true,
    });
    made.onclick = () => {
      window.focus();
      open(frame.dialog);
      made.close();
    };
    this.shown.set(frame.id, made);
  }
}
