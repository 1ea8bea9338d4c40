// What the desk knows: who sits here, the rows of all lists, and what is on the screen. No DOM.

import { batch, computed, signal } from "../vendor/signals-core.js";

/** Session of who is signed in; null before that; undefined until we asked. */
export const session = signal(undefined);
export const me = computed(() => (session.value ? session.value.operator.id : ""));
/** The session ended while the desk was open: sign-in comes as a dialog over it. */
export const expired = signal(false);
/** connected, reconnecting, restarting (the server said so), offline; what the live socket says. */
export const connection = signal("reconnecting");
/** Another build is served than the one that runs here. */
export const newBuild = signal(false);
/** Ticks twice a minute, so that waits grow on the screen. Milliseconds of the server's clock. */
export const clock = signal(Date.now());

export const TABS = ["queue", "mine", "all", "closed"];
export const tab = signal("queue");
export const EMPTY_FILTERS = Object.freeze({ channel: "", topic: "", tag: "", queue: "" });
export const filters = signal(EMPTY_FILTERS);
/** Page on the screen: {page, id?, section?}. */
export const route = signal({ page: "dialogs", id: "", section: "" });
export const openId = computed(() => (route.value.page === "dialogs" ? route.value.id : ""));

/** loading, ready or failed: the lists of open dialogs, and the list of closed ones. */
export const loading = signal({ open: "loading", closed: "idle" });
export const closedCursor = signal(null);

const OPEN = new Set(["bot", "queued", "with_operator"]);
/** Dialog id -> Row, open ones and those closed ones that were loaded. */
export const rows = new Map();
/** Grows whenever `rows` changed; read it to depend on them. */
export const rowsRev = signal(0);
/** Highest position of the feed that was applied. */
export const position = { seq: 0 };

const touched = () => { rowsRev.value += 1; };

/** Dialog id -> the version at which it left this person's view. */
const left = new Map();
/** Whether this is older than the news that the dialog left. */
export const isOvertaken = ({ id, version }) => left.get(id) > version;

/** Takes a row unless something newer is known; whether it was taken. */
export function putRow(row) {
  const known = rows.get(row.id);
  if (known?.version > row.version || isOvertaken(row)) return false;
  rows.set(row.id, row);
  touched();
  return true;
}

/** Changes fields of a row that have no version, such as unread. */
export function touchRow(id, fields) {
  const known = rows.get(id);
  if (!known) return;
  rows.set(id, { ...known, ...fields });
  touched();
}

/** The dialog left this person's view. */
export function dropRow(id, version) {
  left.set(id, Math.max(version, left.get(id) || 0));
  const known = rows.get(id);
  if (!known || known.version > version) return;
  rows.delete(id);
  touched();
}

/** A fresh load of all open dialogs: what it does not hold is gone, unless it is newer than that. */
export function replaceOpen(found, isNewer = () => false) {
  batch(() => {
    const ids = new Set(found.map((row) => row.id));
    for (const [id, row] of rows) {
      if (OPEN.has(row.state) && !ids.has(id) && !isNewer(id)) rows.delete(id);
    }
    for (const row of found) {
      left.delete(row.id);
      const known = rows.get(row.id);
      if (!known || known.version <= row.version) rows.set(row.id, row);
    }
    touched();
  });
}

export function forgetAll() {
  rows.clear();
  left.clear();
  touched();
}

/** Whether a row stands under a tab. */
export function inTab(row, name, who) {
  switch (name) {
    case "queue": return row.state === "queued";
    case "mine": return row.state === "with_operator" && row.operator?.id === who;
    case "all": return OPEN.has(row.state);
    default: return !OPEN.has(row.state);
  }
}

/** Numbers on the tabs, by the rule the server counts by. */
export const counts = computed(() => {
  rowsRev.value;
  const found = { queue: 0, mine: 0, all: 0, unread: 0 };
  for (const row of rows.values()) {
    if (!OPEN.has(row.state)) continue;
    found.all += 1;
    if (row.state === "queued") found.queue += 1;
    else if (inTab(row, "mine", me.value)) {
      found.mine += 1;
      found.unread += row.unread;
    }
  }
  return found;
});

/** Moment since which the longest wait of the queue lasts; empty when nobody waits. */
export const longestSince = computed(() => {
  rowsRev.value;
  let oldest = "";
  for (const row of rows.values()) {
    if (row.state !== "queued") continue;
    const since = row.waiting_since || row.opened_at;
    if (!oldest || since < oldest) oldest = since;
  }
  return oldest;
});

const passes = (row, by) =>
  (!by.channel || row.channel.id === by.channel) && (!by.topic || row.topic === by.topic) &&
  (!by.tag || row.tags.includes(by.tag)) && (!by.queue || row.queue_id === by.queue);

/** A signal, for modules that keep one of their own. */
export const signalOf = (value) => signal(value);

const text = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const byWait = (a, b) =>
  b.priority - a.priority ||
  text(a.waiting_since || a.opened_at, b.waiting_since || b.opened_at) || text(a.id, b.id);
const byActivity = (a, b) => text(b.updated_at, a.updated_at) || text(b.id, a.id);

let sorted = [];
let sortedFor = "";
/** Ids of the present tab in their order. The last order is sorted again: that is nearly no work. */
export const order = computed(() => {
  rowsRev.value;
  const name = tab.value;
  const by = filters.value;
  const kept = sortedFor === name ? sorted : [];
  const had = new Set(kept);
  const found = [];
  const take = (row) => { if (row && inTab(row, name, me.value) && passes(row, by)) found.push(row); };
  for (const id of kept) take(rows.get(id));
  for (const row of rows.values()) if (!had.has(row.id)) take(row);
  found.sort(name === "queue" ? byWait : byActivity);
  sorted = found.map((row) => row.id);
  sortedFor = name;
  return sorted;
});

/** Ids that stay where they are while pointer or focus is in the list; null when it flows. */
export const held = signal(null);
/** Ids as the list shows them. */
export const shown = computed(() => {
  const now = order.value;
  const kept = held.value;
  if (!kept || kept.length === 0) return now;
  rowsRev.value;
  return kept.filter((id) => rows.has(id));
});
/** How many dialogs came while the list was held. */
export const newer = computed(() => {
  const kept = held.value;
  if (!kept || kept.length === 0) return 0;
  const known = new Set(kept);
  return order.value.reduce((sum, id) => sum + (known.has(id) ? 0 : 1), 0);
});

/** What filters can be set to, from the rows there are. */
export const choices = computed(() => {
  rowsRev.value;
  const found = { channel: new Map(), topic: new Set(), tag: new Set() };
  for (const row of rows.values()) {
    found.channel.set(row.channel.id, row.channel);
    if (row.topic) found.topic.add(row.topic);
    for (const one of row.tags) found.tag.add(one);
  }
  return { channel: [...found.channel.values()], topic: [...found.topic].sort(), tag: [...found.tag].sort() };
});

// -- around the dialogs

export const queues = signal([]);
export const operators = signal([]);
export const channels = signal([]);
export const canned = signal([]);
/** Dialog id -> {name, draft, until} of who writes there now. */
export const typing = signal(new Map());
/** Dialog id -> people who have it on their screens. */
export const viewers = signal(new Map());

export const roles = computed(() => new Set(session.value?.roles || []));
export const isOperator = computed(() => roles.value.has("operator") || roles.value.has("supervisor"));
export const isSupervisor = computed(() => roles.value.has("supervisor"));
export const isAdmin = computed(() => roles.value.has("admin"));

/** Takes a colleague's new state; one's own goes into the session too. */
export function putOperator(one) {
  operators.value = operators.value.some((known) => known.id === one.id)
    ? operators.value.map((known) => (known.id === one.id ? { ...known, ...one } : known))
    : [...operators.value, one];
  if (session.value && one.id === me.value) {
    session.value = { ...session.value, operator: { ...session.value.operator, ...one } };
  }
}

export const queueName = (id) => queues.value.find((one) => one.id === id)?.name || id;

// -- short words to the operator

/** {id, kind: ok|bad|undo, text, undo?}: at most a few at a time. */
export const toasts = signal([]);
let toastId = 0;
export function toast(kind, words, more = {}) {
  toastId += 1;
  const made = { id: toastId, kind, text: words, ...more };
  toasts.value = [...toasts.value.slice(-3), made];
  return made.id;
}
export function dropToast(id) {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}
/** The customer's card is on the screen, where there is room for it. */
export const cardIsOpen = signal(true);
/** The line to be shown of a dialog that is opened for it. */
export const NOWHERE = Object.freeze({ id: "", n: 0 });
export const goal = signal(NOWHERE);
/** What the keyboard may ask of the composer on the screen; null when there is none. */
export const composer = signal(null);
/** Which dialog window is open: {name, ...}. */
export const modal = signal(null);
