// The desk at work: what operators do, carried out, and the parts that need the network started and stopped.

import * as api from "./api.js";
import { Drafts, isEmpty } from "./drafts.js";
import { apply } from "./frames.js";
import { language, t } from "./i18n.js";
import { Outbox } from "./outbox.js";
import { alertOf, isHidden, rowOf } from "./shapes.js";
import * as store from "./store.js";
import { Sync } from "./sync.js";
import * as threads from "./threads.js";
import { heard as heardTime, now } from "./time.js";

/** The running parts; null before sign-in. */
export const parts = { onSettings: null, sync: null, drafts: null, outbox: null, sound: null, notices: null };

api.hooks.language = () => language.value;
api.hooks.onExpired = () => expire();
api.hooks.who = () => store.me.value;

function expire() {
  if (isLeaving) return;
  if (store.session.value) store.expired.value = true;
  else store.session.value = null;
}

/** Starts the desk for who signed in; again after the session was renewed. */
export function begin(session, { sound = null, notices = null } = {}) {
  const isSame = parts.sync && session.operator.id === store.me.value;
  store.session.value = session;
  heardTime(session.server_at);
  store.clock.value = now();
  store.expired.value = false;
  if (isSame) {
    parts.sync.reconnectNow();
    parts.outbox.runAll();
    parts.drafts.flush();
    parts.sync.snapshot();
    return;
  }
  const who = session.operator.id;
  Object.assign(parts, { sound, notices });
  parts.drafts = new Drafts({ storage: localStorage, who });
  parts.drafts.onStale = (dialog) => refresh(dialog);
  parts.outbox = new Outbox({ storage: localStorage, who, onSent: sent, onRefused: refused });
  addEventListener("storage", (event) => parts.outbox?.heard(event.key));
  parts.sync = new Sync({
    thread: refresh, arrived, read: readElsewhere, draft: draftElsewhere,
    operators: loadOperators, channels: loadChannels, canned: loadCanned,
    board: () => { boardRev.value += 1; },
    customer: (frame) => { cardNews.value = frame; }, settings: settingsElsewhere,
    notice: (frame) => parts.notices?.notice(frame), noticeStop: (id) => parts.notices?.stop(id),
    connected: () => { parts.outbox.runAll(); parts.drafts.flush(); }, expired: expire,
  });
  loadHouse();
  parts.sync.start();
  parts.outbox.runAll();
}

let isLeaving = false;
/**
 * Ends the session; drafts go to the server first, so that another machine has them. A new page comes next:
 * nothing of one person is left to the one behind.
 */
export async function signOut() {
  await parts.drafts.flush();
  isLeaving = true;
  try {
    await api.post("/logout");
  } catch (problem) {
    if (problem.status !== 401) {
      isLeaving = false;
      store.toast("bad", words(problem));
      return;
    }
  }
  parts.notices?.close();
  location.assign("/desk/");
}

// -- around the dialogs

export const boardRev = store.signalOf(0);
/** The last word on a customer's card: {id, version}. */
export const cardNews = store.signalOf({ id: "", version: 0 });
const into = (target, path) => async () => {
  try {
    target.value = await api.get(path);
  } catch { /* what is shown stays; the next change asks again */ }
};
export const loadOperators = into(store.operators, "/operators");
export const loadChannels = into(store.channels, "/channels");
export const loadQueues = into(store.queues, "/queues");
export const loadCanned = async () => { if (store.isOperator.value) await into(store.canned, "/canned")(); };
function loadHouse() {
  loadOperators();
  loadChannels();
  loadQueues();
  loadCanned();
}

// -- where we are

/** Shows a page; the address follows. */
export function go(where, { replace = false } = {}) {
  const next = { page: "dialogs", id: "", section: "", ...where };
  const path = next.page === "dialogs"
    ? `/desk/${next.id ? `d/${next.id}` : ""}` : `/desk/${[next.page, next.section].filter(Boolean).join("/")}`;
  if (location.pathname !== path) history[replace ? "replaceState" : "pushState"]({}, "", path);
  store.route.value = next;
}

const PAGES = new Set(["board", "reports", "audit", "settings"]);
/** The page of an address. */
export function placeOf(path) {
  const [first = "", second = ""] = path.replace(/^\/desk\/?/, "").split("/");
  if (first === "d" && second) return { page: "dialogs", id: second, section: "" };
  return PAGES.has(first) ? { page: first, id: "", section: second } : { page: "dialogs", id: "", section: "" };
}

/** Puts a dialog on the screen. What is known of it is there at once; the rest follows. */
export function open(id) {
  go({ page: "dialogs", id });
}

/** Follows a dialog from now on and brings it up to date. */
export async function follow(id) {
  for (const gone of threads.keep(id)) parts.sync?.tell({ t: "unsub", dialog: gone });
  const one = threads.thread(id);
  parts.sync?.tell({ t: "sub", dialog: id, version: one.value.version });
  parts.sync?.tell({ t: "viewing", dialog: id });
  if (one.value.dialog) threads.change(id, { newFrom: 0, alert: null });
  await refresh(id);
}

const fetching = new Map();
/** Brings a thread up to date; asked for several times at once, it asks the server once more, not often. */
export async function refresh(id) {
  const one = threads.known(id);
  if (!one) return;
  if (fetching.has(id)) {
    fetching.set(id, true);
    return;
  }
  fetching.set(id, false);
  try {
    const { version, dialog: has } = one.value;
    // a state may have moved without our having its rights: so the whole is asked for, not `since`
    const dialog = await api.get(`/dialogs/${id}${has ? api.query({ since: Math.max(0, version - 1) }) : ""}`);
    if (dialog) took(dialog);
    // the row that told of a newer version came while there was no thread to bring up to date
    if (dialog?.version > version && store.rows.get(id)?.version > dialog.version) fetching.set(id, true);
  } catch (problem) {
    const status = problem.status === 404 ? "gone" : "failed";
    if (!one.value.dialog || status === "gone") threads.change(id, { status });
  } finally {
    const again = fetching.get(id);
    fetching.delete(id);
    if (again) await refresh(id);
  }
}

/** A whole dialog came, whoever asked for it. */
export function took(dialog) {
  if (isHidden(dialog)) {
    lost(dialog);
    return;
  }
  if (store.isOvertaken(dialog)) {
    threads.change(dialog.id, { status: "gone" });
    return;
  }
  threads.putDialog(dialog);
  store.putRow(rowOf(dialog));
  parts.drafts.merge(dialog.id, dialog.drafts);
  wentOut(dialog.id, dialog.messages);
  store.viewers.value = new Map(store.viewers.value).set(dialog.id, dialog.viewers);
}

/** By one's own move, or by a colleague's: what was known stays on the screen, with whom it is now. */
function lost({ id, version, state, state_rev, operator, queue_id }) {
  apply({ t: "gone", dialog: id, version }, {});
  const known = threads.known(id)?.value.dialog;
  if (known) threads.change(id, { dialog: { ...known, state, state_rev, operator, queue_id } });
}

/** The page before the first line shown. */
export async function loadOlder(id) {
  const one = threads.known(id)?.value;
  if (!one || !one.hasBefore || one.isLoadingOlder) return;
  threads.change(id, { isLoadingOlder: true });
  try {
    const page = await api.get(`/dialogs/${id}/messages${api.query({ before: one.messages[0].n, limit: 50 })}`);
    threads.putOlder(id, page.items, page.has_before);
  } catch (problem) {
    store.toast("bad", words(problem));
  } finally {
    threads.change(id, { isLoadingOlder: false });
  }
}

/** More than a screen of rows. */
const SCREEN = 30;

/** Closed dialogs, a page at a time: they are many, so only what is looked at is loaded. A page may bring few where
 *  most of the archive belongs to others; the next ones are asked for until there is something to scroll. */
export async function loadClosed() {
  if (store.loading.value.closed === "loading") return;
  store.loading.value = { ...store.loading.value, closed: "loading" };
  try {
    let page;
    let loaded = 0;
    do {
      const cursor = store.closedCursor.value || "";
      page = await api.get(`/dialogs${api.query({ tab: "closed", limit: 100, cursor })}`);
      for (const row of page.rows) store.putRow(row);
      store.closedCursor.value = page.next_cursor;
      loaded += page.rows.length;
    } while (page.next_cursor && loaded < SCREEN);
    store.loading.value = { ...store.loading.value, closed: page.next_cursor ? "more" : "ready" };
  } catch {
    store.loading.value = { ...store.loading.value, closed: "failed" };
  }
}

// -- reading and writing

const marked = new Map();
/** The last line is on the screen. */
export function read(id, n) {
  if (!n || (marked.get(id) || 0) >= n) return;
  marked.set(id, n);
  const row = store.rows.get(id);
  if (row?.unread) store.touchRow(id, { unread: 0 });
  api.put(`/dialogs/${id}/read`, { n }).catch(() => marked.delete(id));
}

function readElsewhere(id, n) {
  const one = threads.known(id)?.value;
  if (!one?.dialog) {
    if (store.rows.get(id)?.unread) store.touchRow(id, { unread: 0 });
    return;
  }
  const unread = one.messages.filter((line) => line.author.kind === "customer" && line.n > n).length;
  store.touchRow(id, { unread });
  marked.set(id, Math.max(marked.get(id) || 0, n));
}

/** Drafts have no version of the dialog: one typed on another machine is asked for with all of it. */
function draftElsewhere(frame) {
  store.touchRow(frame.dialog, { has_draft: hasDraft(frame.dialog) });
  if (frame.rev !== parts.drafts.read(frame.dialog, frame.mode).rev) refresh(frame.dialog);
}

export const hasDraft = (id) => ["reply", "note"].some((mode) => !isEmpty(parts.drafts.read(id, mode)));

/** Sends a reply or note with what else is in its draft; it is on the screen and in the outbox at once. */
export function say(id, mode, text) {
  const entry = parts.outbox.add(id, mode, text, parts.drafts.read(id, mode));
  parts.drafts.clear(id, mode);
  store.touchRow(id, { has_draft: hasDraft(id) });
  return entry;
}

function sent(entry, message) {
  threads.putMessage(entry.dialog, message);
}

function arrived(id, message) {
  if (message.client_id) parts.outbox.drop(message.client_id);
  wentOut(id, [message]);
}

/** What was sent from wherever is attached no longer. */
const wentOut = (id, messages) =>
  parts.drafts.detach(id, messages.flatMap((line) => line.parts.map((part) => part.attachment?.id)));

/** The server will not have it: the text goes back to where it was typed, before whatever is there now. */
function refused(entry, problem) {
  const there = parts.drafts.read(entry.dialog, entry.mode);
  const text = [entry.text, there.text].filter(Boolean).join("\n");
  parts.drafts.write(entry.dialog, entry.mode, text, { files: [...entry.files, ...there.files], quote: there.quote || entry.quote });
  parts.drafts.rev.value += 1;
  denied(entry.dialog, problem);
}

let typedAt = 0;
/** The operator is writing: told at most every three seconds. */
export function types(id) {
  if (Date.now() - typedAt < 3000) return;
  typedAt = Date.now();
  parts.sync.tell({ t: "typing", dialog: id });
}

/** A refusal of a command on a dialog: shown in its thread, with what it is now. */
export function denied(id, problem) {
  const { current } = problem.body;
  if (current && isHidden(current)) lost(current);
  else if (current) {
    store.putRow(current);
    if (threads.reached(id, current.version, { isRow: true, row: current })) refresh(id);
  }
  const alert = alertOf(problem, store.me.value);
  if (alert && threads.known(id)) threads.change(id, { alert });
  else store.toast("bad", words(problem));
  if (problem.status === 409) refresh(id);
}

export const words = (problem) =>
  problem.status === 0 ? t("problem.offline") : problem.body.errors?.[0].pointer === "/reply_to" ? t("quote.refused") : problem.detail || problem.title || t("problem.failed");

/** Opens what stands next to the present dialog in the list; step is 1 or -1. */
export function step(by) {
  const ids = store.shown.value;
  if (!ids.length) return;
  const at = ids.indexOf(store.openId.value);
  const next = at < 0 ? (by > 0 ? 0 : ids.length - 1) : at + by;
  if (ids[next]) open(ids[next]);
}

export function nextUnread() {
  const mine = [...store.rows.values()].filter((row) => store.inTab(row, "mine", store.me.value) && row.unread);
  const next = mine.sort((a, b) => (a.waiting_since || a.updated_at).localeCompare(b.waiting_since || b.updated_at))[0];
  if (!next) return;
  store.tab.value = "mine";
  open(next.id);
}

// -- files

/** Uploads a file for a dialog; its attachment, ready or refused. Throws Problem. */
export async function upload(id, file, name, clientId) {
  const form = new FormData();
  form.append("dialog_id", id);
  form.append("client_id", clientId);
  form.append("file", file, name);
  return api.send("POST", "/attachments", undefined, { form, timeoutMs: 120_000 });
}

const links = new Map();
/** An address of a file's content, asked for anew before it runs out. */
export async function linkOf(attachmentId, as) {
  const key = `${as} ${attachmentId}`;
  const kept = links.get(key);
  if (kept && kept.until > Date.now()) return kept.url;
  const { url } = await api.get(`/attachments/${attachmentId}/link${api.query({ as })}`);
  links.set(key, { url, until: Date.now() + 8 * 60_000 });
  return url;
}

// -- one's own settings

/** Another tab or machine of the same person; who is just changing them here has the newest already. */
export async function settingsElsewhere() {
  await saving;
  const settings = await newestSettings();
  if (settings && store.session.value && settings.version > store.session.value.settings.version) {
    store.session.value = { ...store.session.value, settings };
    parts.onSettings?.(settings);
  }
}

/** As the server has them; null when it cannot be asked: the next change or load brings them. */
const newestSettings = () => api.get("/session").then((found) => found.settings, () => null);

const SETTINGS = ["locale", "theme", "keys", "sounds", "enter_sends", "version"];
let saving = Promise.resolve();

/** Changes settings; they hold at once and go to the server, one change behind the other. */
export function saveSettings(changes) {
  const put = (settings) => { store.session.value = { ...store.session.value, settings }; };
  put({ ...store.session.value.settings, ...changes });
  saving = saving.then(async () => {
    if (!store.session.value) return;
    const all = store.session.value.settings;
    try {
      const { version } = await api.put("/me/settings", Object.fromEntries(SETTINGS.map((name) => [name, all[name]])));
      put({ ...store.session.value.settings, version });
    } catch (problem) {
      if (problem.code !== "stale") {
        store.toast("bad", words(problem));
        return;
      }
      const newest = await newestSettings();
      if (newest && store.session.value) put(newest);
      store.toast("bad", t("settings.stale"));
    }
  });
  return saving;
}
