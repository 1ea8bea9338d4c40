// Sounds of notices by WebAudio. The browser may hold them back until a click; one tab of all plays.

import { signal } from "../vendor/signals-core.js";

/** on, off, blocked. */
export const soundState = signal("on");

const TUNES = {
  queue: [[660, 0], [880, 0.16]], message: [[740, 0]], mention: [[880, 0], [740, 0.12], [880, 0.24]],
  deadline_soon: [[520, 0], [520, 0.2]], deadline_late: [[440, 0], [330, 0.18]], handed_over: [[590, 0], [780, 0.14]],
};
const NOTE_S = 0.14;
const REPEAT_MS = 15_000;

export class Sound {
  /** volumeOf(kind): 0..1. isMuted: this browser is silent. isQuiet: nothing may sound now. */
  constructor({ volumeOf, isMuted, isQuiet }) {
    Object.assign(this, { volumeOf, isMuted, isQuiet });
    this.context = null;
    this.ringing = new Map();
    this.isMine = !navigator.locks;
    setInterval(() => this.repeat(), REPEAT_MS);
    // the button that says `blocked` unlocks by itself; else the same click would also mute
    const wake = (event) => { if (!event.target.closest?.(".sound-blocked")) this.unlock(); };
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake, { capture: true });
    this.open();
  }

  open() {
    this.context = new AudioContext();
    this.context.onstatechange = () => this.refresh();
    this.refresh();
  }

  refresh() {
    if (!this.context) return;
    const isRunning = this.context.state === "running";
    soundState.value = this.isMuted() ? "off" : isRunning ? "on" : "blocked";
    if (isRunning) this.claim();
  }

  /** Only a tab that may make sounds asks to be the one that does. */
  claim() {
    if (this.isClaiming || !navigator.locks) return;
    this.isClaiming = true;
    navigator.locks.request("otklik-sound", () => {
      this.isMine = true;
      return new Promise(() => {});
    });
  }

  async unlock() {
    if (this.context?.state !== "suspended") return;
    try {
      await this.context.resume();
    } catch { /* still blocked */ }
    this.refresh();
  }

  /** A notice; those of the queue repeat until somebody took the dialog. */
  notice(frame) {
    if (this.ringing.has(frame.id)) return;
    if (frame.kind === "queue") this.ringing.set(frame.id, frame.kind);
    this.play(frame.kind);
  }

  silence(id) {
    this.ringing.delete(id);
  }

  repeat() {
    if (this.ringing.size) this.play("queue");
  }

  /** test: play even when it is muted or somebody has a break; the operator asked for it. */
  play(kind, { test = false } = {}) {
    const volume = this.volumeOf(kind);
    if (!test && (this.isMuted() || this.isQuiet() || !this.isMine || volume === 0)) return;
    if (!this.context || this.context.state !== "running") return;
    const start = this.context.currentTime;
    for (const [pitch, after] of TUNES[kind] || TUNES.message) {
      const tone = this.context.createOscillator();
      const gain = this.context.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0.0001, start + after);
      gain.gain.exponentialRampToValueAtTime(Math.max(0.001, volume * 0.3), start + after + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + after + NOTE_S);
      tone.connect(gain).connect(this.context.destination);
      tone.start(start + after);
      tone.stop(start + after + NOTE_S + 0.02);
    }
  }
}
