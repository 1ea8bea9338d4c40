// What is read to who cannot see the transcript: new lines of the customer, merged to one sentence. No DOM.

import { t } from "./i18n.js";

const AFTER_MS = 2000;

export class Announcer {
  /** say(text): puts a sentence where screen readers hear it. told: number of the last line that needs no telling. */
  constructor({ say, told = 0, later = (work, ms) => setTimeout(work, ms), cancel = (timer) => clearTimeout(timer) }) {
    Object.assign(this, { say, told, later, cancel, lines: [], timer: 0 });
  }

  /** The lines there are now. */
  heard(lines) {
    this.lines = lines;
    if (this.timer || !this.fresh().length) return;
    this.say(""); // the same words again are news too
    this.timer = this.later(() => this.tell(), AFTER_MS);
  }

  fresh() {
    return this.lines.filter((line) => line.n > this.told && line.author.kind === "customer");
  }

  tell() {
    const fresh = this.fresh();
    this.timer = 0;
    this.told = this.lines.at(-1)?.n || this.told;
    if (fresh.length) this.say(fresh.length === 1 ? t("talk.new_one", { text: textOf(fresh[0]) }) : t("talk.new", { n: fresh.length }));
  }

  stop() {
    this.cancel(this.timer);
  }
}

const textOf = (line) => line.parts.filter((part) => part.t === "text").map((part) => part.v).join("");
