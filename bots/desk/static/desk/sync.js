// Keeps what the desk knows equal to what the server knows: one socket per browser, shared by its tabs.
// The tab that holds a Web Lock owns the socket and repeats its frames on a BroadcastChannel.

import { get, post, query } from "./api.js";
import { apply, quietAfter, sameCounts } from "./frames.js";
import * as store from "./store.js";
import * as threads from "./threads.js";
import { heard } from "./time.js";

const PROTOCOL = "otklik.v1";
const QUIET_MS = 5000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const CHECK_MS = 2000;
/** Rows of the first answer, which is on the screen before the others are asked for, and of the rest. */
const FIRST_PAGE = 100;
const PAGE = 1000;
/** How long the first load waits for the socket, so that nothing happens between the two unheard. */
const SOCKET_FIRST_MS = 300;
const OVER = 4401;
const OLD = 4409;
const BYE = 1001;

const build = () => globalThis.document?.documentElement.dataset.build || "";

/** Everything that depends on the network, in one object: it starts with the session and ends with the page. */
export class Sync {
  /** asks: as frames.apply wants them, without those this class does itself. */
  constructor(asks) {
    this.asks = { ...asks, snapshot: () => this.snapshot(), check: (frame) => this.check(frame) };
    this.channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("otklik-live") : null;
    this.tabId = Math.random().toString(36).slice(2);
    this.socket = null;
    this.isLeader = false;
    this.heardAt = 0;
    this.retryMs = FIRST_RETRY_MS;
    this.buffer = [];
    this.isLoaded = false;
    this.strikes = 0;
    this.loadedSeq = -1;
    this.floor = 0;
    this.subs = new Map();
    this.viewing = null;
  }

  start() {
    if (this.channel) this.channel.onmessage = (event) => this.onPost(event.data);
    setInterval(() => this.watch(), 500);
    addEventListener("online", () => this.reconnectNow());
    this.lead();
    this.loading = setTimeout(() => this.snapshot(), SOCKET_FIRST_MS);
  }

  // -- who owns the socket

  lead() {
    if (!navigator.locks) {
      this.becomeLeader();
      return;
    }
    navigator.locks.request("otklik-live", () => {
      this.becomeLeader();
      return new Promise(() => {}); // as long as the page is there
    });
    this.say({ k: "hello" });
  }

  becomeLeader() {
    this.isLeader = true;
    this.say({ k: "who" });
    this.connect();
  }

  say(message) {
    this.channel?.postMessage({ from: this.tabId, ...message });
  }

  onPost(message) {
    if (message.k === "frames") {
      this.heard(message.frames);
    } else if (message.k === "state") {
      if (!this.isLeader) this.setState(message.state);
    } else if (message.k === "who") {
      for (const one of threads.followed()) this.say({ k: "send", frame: { t: "sub", ...one } });
      if (this.viewing) this.say({ k: "send", frame: { t: "viewing", dialog: this.viewing } });
    } else if (message.k === "over") {
      this.asks.expired();
    } else if (this.isLeader && message.k === "send") {
      this.transmit(message.frame);
    } else if (this.isLeader && message.k === "hello") {
      this.reconnectNow(); // a session that ended here has begun anew there
      this.say({ k: "state", state: store.connection.value });
    }
  }

  // -- the socket

  connect() {
    if (!this.isLeader) return;
    clearTimeout(this.retrying);
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`;
    const socket = new WebSocket(address, PROTOCOL);
    this.socket = socket;
    this.byeMs = 0;
    let isOpened = false;
    socket.onopen = () => {
      isOpened = true;
      const open = this.wanted();
      socket.send(JSON.stringify({ t: "hello", since: store.position.seq || null, build: build(), open }));
    };
    socket.onmessage = (event) => this.onFrame(JSON.parse(event.data));
    socket.onclose = (event) => this.onClose(socket, event.code, isOpened);
  }

  /** Dialogs of every tab, each with the version it has. */
  wanted() {
    const found = new Map([...this.subs].map(([dialog, version]) => [dialog, { dialog, version }]));
    for (const one of threads.followed()) found.set(one.dialog, one);
    return [...found.values()].slice(-200);
  }

  onClose(socket, code, isOpened) {
    if (this.socket !== socket) return;
    this.socket = null;
    const state = store.connection.value;
    if (state !== "restarting") this.setState(state === "offline" || !isOpened ? "offline" : "reconnecting");
    if (code === OVER) {
      this.say({ k: "over" });
      this.asks.expired();
      return;
    }
    if (code === OLD) {
      store.newBuild.value = true;
      return;
    }
    if (!isOpened) get("/session").catch(() => {}); // a refused upgrade says nothing; 401 shows the dialog
    const spread = this.byeMs && code === BYE ? Math.random() * this.byeMs : this.retryMs * (0.75 + Math.random() / 2);
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    this.retrying = setTimeout(() => this.connect(), spread);
  }

  reconnectNow() {
    this.retryMs = FIRST_RETRY_MS;
    if (this.isLeader && !this.socket) this.connect();
  }

  onFrame(frame) {
    if (frame.t === "bye") {
      this.byeMs = frame.retry_ms;
      this.setState("restarting");
      return;
    }
    if (frame.t === "welcome") this.retryMs = FIRST_RETRY_MS;
    this.heard([frame]);
    this.say({ k: "frames", frames: [frame] });
  }

  /** Frames, from the socket or from the tab that has it. */
  heard(frames) {
    this.heardAt = Date.now();
    this.setState("connected");
    for (const frame of frames) {
      if (frame.t === "welcome") this.welcomed(frame);
      else if (frame.t !== "beat") this.take(frame);
    }
  }

  welcomed(frame) {
    heard(frame.server_at);
    if (this.isLeader && this.viewing) this.transmit({ t: "viewing", dialog: this.viewing });
    this.asks.connected();
    if (frame.resumed) return;
    // what happened up to here came over no socket: only a load that began later holds it
    this.floor = frame.seq;
    // one that is under way may hold it, and looks when it ends
    if (!this.isLoading && this.loadedSeq < this.floor) this.snapshot();
  }

  take(frame) {
    if (!this.isLoaded) this.buffer.push(frame);
    else apply(frame, this.asks);
  }

  transmit(frame) {
    this.remember(frame);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** What a new socket must be told again. */
  remember(frame) {
    if (frame.t === "sub") this.subs.set(frame.dialog, frame.version);
    if (frame.t === "unsub") this.subs.delete(frame.dialog);
    if (frame.t === "viewing") this.viewing = frame.dialog;
  }

  /** sub, unsub, typing, viewing: over whichever tab has the socket. */
  tell(frame) {
    this.remember(frame);
    if (this.isLeader) this.transmit(frame);
    else this.say({ k: "send", frame });
  }

  // -- alive or not

  setState(state) {
    if (store.connection.value === state) return;
    store.connection.value = state;
    if (this.isLeader) this.say({ k: "state", state });
  }

  watch() {
    quietAfter();
    if (this.heardAt && Date.now() - this.heardAt > QUIET_MS) {
      this.setState("offline");
      if (this.isLeader && this.socket?.readyState === WebSocket.OPEN && Date.now() - this.heardAt > 4 * QUIET_MS) {
        this.socket.close(4000); // a line that died silently never closes by itself
      }
    }
    if (!this.heardAt) this.heardAt = Date.now();
  }

  // -- fresh loads

  /** Loads all open dialogs; frames that come meanwhile are applied behind it. */
  async snapshot() {
    clearTimeout(this.loading);
    if (this.isLoading) {
      this.isStale = true;
      return;
    }
    if (!store.isOperator.value) {
      this.isLoaded = true;
      store.loading.value = { ...store.loading.value, open: "ready" };
      return;
    }
    this.isLoading = true;
    try {
      do {
        this.isStale = false;
        await this.loadOpen();
      } while (this.isStale || this.loadedSeq < this.floor);
      store.loading.value = { ...store.loading.value, open: "ready" };
      for (const { dialog } of threads.followed()) this.asks.thread(dialog);
    } catch (problem) {
      if (store.rows.size === 0) store.loading.value = { ...store.loading.value, open: "failed" };
      if (problem.status !== 401) setTimeout(() => this.snapshot(), 2000);
    } finally {
      this.isLoading = false;
    }
  }

  async loadOpen() {
    const found = [];
    let cursor = "";
    let seq = 0;
    this.isLoaded = false;
    do {
      const page = await get(`/dialogs${query({ tab: "all", sort: "wait", limit: cursor ? PAGE : FIRST_PAGE, cursor })}`);
      seq = seq || page.seq;
      found.push(...page.rows);
      if (store.rows.size < found.length) store.replaceOpen(found, () => true);
      cursor = page.next_cursor;
    } while (cursor);
    store.replaceOpen(found);
    store.position.seq = Math.max(store.position.seq, seq);
    this.loadedSeq = seq;
    this.isLoaded = true;
    const waiting = this.buffer.splice(0);
    for (const frame of waiting) apply(frame, this.asks);
  }

  /** Numbers that the server counted at a position; two differences running mean a lost update. */
  check(frame) {
    if (sameCounts(frame.counts, store.counts.value)) {
      this.strikes = 0;
      return;
    }
    setTimeout(() => {
      if (this.isLoading || sameCounts(frame.counts, store.counts.value)) return;
      this.strikes += 1;
      if (this.strikes < 2) return;
      this.strikes = 0;
      const ours = store.counts.value;
      const detail = Object.keys(ours).map((name) => `${name}:${frame.counts[name]}/${ours[name]}`).join(" ");
      post("/client-errors", { kind: "lost_update", seq: frame.seq, detail, build: build() }).catch(() => {});
      this.snapshot();
    }, CHECK_MS);
  }
}
