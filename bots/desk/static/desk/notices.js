// What calls the operator: sounds, the browser's own notices, the counter in title and icon.

import { open } from "./desk.js";
import { shownName, t } from "./i18n.js";
import * as store from "./store.js";
import { Sound } from "./sound.js";

/** Kinds that may come as a notice of the browser, unless the operator said otherwise. */
export const DEFAULTS = Object.freeze({ muted: false, browser: true, scope: "queues", volumes: {} });

export const soundSettings = () => ({ ...DEFAULTS, ...(store.session.value?.settings.sounds || {}) });

export class Notices {
  constructor() {
    this.sound = new Sound({
      settings: soundSettings,
      isQuiet: () => store.session.value?.operator.status !== "online",
    });
    this.shown = new Map();
  }

  close() {
    this.sound.stop();
    for (const one of this.shown.values()) one.close();
  }

  notice(frame) {
    const { scope } = soundSettings();
    if (frame.scope === "queue" && scope === "mine") return;
    const isHere = document.visibilityState === "visible" && document.hasFocus() && store.openId.value === frame.dialog;
    if (frame.kind === "message" && isHere) return;
    this.sound.notice(frame);
    this.show(frame);
  }

  stop(id) {
    this.sound.silence(id);
    this.shown.get(id)?.close();
    this.shown.delete(id);
  }

  /** A notice of the browser, while the page is not looked at. */
  show(frame) {
    const isAllowed = "Notification" in globalThis && Notification.permission === "granted";
    if (!isAllowed || !soundSettings().browser || document.visibilityState === "visible") return;
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
