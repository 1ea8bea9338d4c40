// One dialog: who it is with, what may be done, what was said, and where to answer.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../ui.js";
import { Announcer } from "../announcer.js";
import * as desk from "../desk.js";
import { moment, span, t } from "../i18n.js";
import * as moves from "../moves.js";
import { dueOf, stateOf } from "../shapes.js";
import * as store from "../store.js";
import * as threads from "../threads.js";
import { Composer } from "./composer.js";
import { channelIcon, Icon, STATE_ICONS } from "./icons.js";
import { Handoff, Lines } from "./lines.js";
import { Blank, Button, Face, Skeleton } from "./parts.js";
import { nameOf } from "./row.js";
import { closeAndNext, take } from "./shortcuts.js";

export function Thread({ id }) {
  useEffect(() => {
    if (id) desk.follow(id);
    return () => { if (id) desk.parts.sync?.tell({ t: "viewing", dialog: null }); };
  }, [id]);
  const one = threads.thread(id).value;
  return html`<section class="thread" role="region" aria-label=${t("thread")}>${one.dialog
    ? html`<${Opened} id=${id} one=${one} />` : html`<${NotYet} id=${id} status=${one.status} />`}</section>`;
}

function NotYet({ id, status }) {
  if (status === "gone") return html`<${Blank} icon="lock" title=${t("thread.gone")}><${Back} /><//>`;
  if (status === "failed") {
    return html`<${Blank} icon="offline" title=${t("thread.failed")}><${Button} onClick=${() => desk.refresh(id)}>${t("again")}<//><//>`;
  }
  return html`<div class="thread-loading"><${Skeleton} lines=${6} /></div>`;
}

function Back() {
  return html`<${Button} icon="left" kind="quiet" class="back" label=${t("back")} onClick=${() => desk.open("")} />`;
}

function Opened({ id, one }) {
  const isGone = one.status === "gone";
  const dialog = isGone ? { ...one.dialog, allowed: [], waiting_since: null } : one.dialog;
  return html`<${Head} id=${id} dialog=${dialog} isGone=${isGone} />
    ${isGone && html`<p class="banner warn">${t("thread.left")}</p>`}
    <${Alert} id=${id} alert=${one.alert} />
    <${Talk} id=${id} one=${one} dialog=${dialog} />
    <${Composer} id=${id} dialog=${dialog} isGone=${isGone} key=${id} />`;
}

function Head({ id, dialog, isGone }) {
  const name = nameOf(dialog.customer);
  const state = isGone ? "gone" : stateOf(dialog);
  const holder = dialog.state === "with_operator" ? dialog.operator : null;
  const isMine = holder?.id === store.me.value;
  // of what one gave away the new holder is known; of what was taken away nothing is
  const who = !holder || (isGone && isMine) ? t(`state.${state}`) : isMine ? t("state.with_you") : t("state.with", { name: holder.name });
  const others = (store.viewers.value.get(id) || []).filter((one) => one.id !== store.me.value);
  return html`<header class="thread-head"><${Back} />
    <${Face} name=${name} id=${dialog.customer.id} size=${40} />
    <div class="thread-who"><h1>${name}</h1>
      <p class="thread-facts"><span class=${`state ${state}`}><${Icon} name=${isGone ? "lock" : STATE_ICONS[dialog.state]} size=${14} />${who}</span>
        <span><${Icon} name=${channelIcon(dialog.channel.kind)} size=${14} />${dialog.channel.name}</span>
        ${dialog.queue_id && html`<span>${store.queueName(dialog.queue_id)}</span>`}
        ${dialog.waiting_since && html`<span class=${`wait ${dueOf(dialog, store.clock.value)}`}><${Icon} name="clock" size=${14} />
          ${t("thread.waits", { t: span((store.clock.value - Date.parse(dialog.waiting_since)) / 1000) })}</span>`}
        ${dialog.gone && html`<span class="bad"><${Icon} name="cancelled" size=${14} />${t("thread.unreachable")}</span>`}
        ${others.length > 0 && html`<span><${Icon} name="eye" size=${14} />${t("thread.viewers", { names: others.map((one) => one.name).join(", ") })}</span>`}</p></div>
    <${Actions} id=${id} dialog=${dialog} /></header>`;
}

/** What may be done is the server's word (`allowed`); the desk derives no rights. */
function Actions({ id, dialog }) {
  const may = (name) => dialog.allowed.includes(name);
  const show = (name) => () => { store.modal.value = { name, id }; };
  return html`<div class="actions" role="toolbar" aria-label=${t("actions")}>
    ${(may("take") || may("force_take")) && html`<${Button} small kind="primary" icon="take" title="Alt T" onClick=${() => take(id)}>
      ${t(may("take") ? "action.take" : "action.take_over")}<//>`}
    ${may("transfer") && html`<${Button} small icon="transfer" title="Alt R" onClick=${show("transfer")}>${t("action.transfer")}<//>`}
    ${may("return_to_bot") && html`<${Button} small icon="bot" title="Alt B" onClick=${show("return")}>${t("action.return")}<//>`}
    ${may("close") && html`<span class="split"><${Button} small icon="closed" title="Alt E" onClick=${() => moves.close(id)}>${t("action.close")}<//>
      <${Button} small icon="right" label=${t("action.close_next")} title=${`${t("action.close_next")} (Alt W)`} onClick=${() => closeAndNext(id)} />
      <${Button} small icon="more" label=${t("action.close_options")} onClick=${show("close")} /></span>`}
    <${Button} small kind="quiet" icon="person" label=${t("card.toggle")} title=${`${t("card.toggle")} (Alt I)`} aria-pressed=${store.cardIsOpen.value}
      onClick=${() => { store.cardIsOpen.value = !store.cardIsOpen.value; }} /></div>`;
}

/** What a refused command means, in a sentence. */
export function alertWords(alert) {
  const key = alert.code === "taken" && !alert.name ? "alert.not_owner" : alert.code === "stale" && !alert.name ? "alert.stale.nobody" : `alert.${alert.code}`;
  return t(key, { name: alert.name });
}

function Alert({ id, alert }) {
  if (!alert) return null;
  const text = alertWords(alert);
  return html`<p class="banner bad" role="alert" aria-label=${text}><${Icon} name="late" /><span>${text}${alert.detail && html` <span class="muted">${alert.detail}</span>`}</span>
    <${Button} kind="quiet" small icon="x" label=${t("dismiss")} onClick=${() => threads.change(id, { alert: null })} /></p>`;
}

const NEAR_PX = 60;

/** The transcript: stays at its end while one is there, keeps its place while older pages come. */
function Talk({ id, one, dialog }) {
  const box = useRef(null);
  const sought = store.goal.value.id === id ? store.goal.value.n : 0;
  const kept = useRef({ isAtEnd: !sought, height: 0, first: 0 });
  const [isAtEnd, atEnd] = useState(true);
  const [shown, point] = useState(0);
  const waiting = desk.parts.outbox.entries.value.filter((entry) => entry.dialog === id);
  const first = one.messages[0]?.n || 0;
  const last = one.messages.at(-1)?.n || 0;

  const look = (node) => {
    const near = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR_PX;
    kept.current.isAtEnd = near;
    if (near !== isAtEnd) atEnd(near);
  };
  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return; // left in the same moment
    if (kept.current.isAtEnd) node.scrollTop = node.scrollHeight;
    else if (first < kept.current.first) node.scrollTop += node.scrollHeight - kept.current.height;
    kept.current.height = node.scrollHeight;
    kept.current.first = first;
  }, [first, last, waiting.length]);
  useLayoutEffect(() => { // page by page back to the line that is sought
    if (!sought) return;
    kept.current.isAtEnd = false;
    if (first > sought && one.hasBefore) {
      desk.loadOlder(id);
      return;
    }
    if (shown !== sought) { // drawn first, out of the fold if it is there
      point(sought);
      return;
    }
    box.current.querySelector(".sought")?.scrollIntoView({ block: "center" });
    look(box.current);
    store.goal.value = store.NOWHERE;
  }, [sought, shown, first]);
  useEffect(() => {
    const node = box.current;
    const watch = new ResizeObserver(() => { if (kept.current.isAtEnd) node.scrollTop = node.scrollHeight; });
    for (const child of node.children) watch.observe(child);
    watch.observe(node);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const see = () => { if (document.visibilityState === "visible" && kept.current.isAtEnd) desk.read(id, last); };
    see();
    document.addEventListener("visibilitychange", see);
    return () => document.removeEventListener("visibilitychange", see);
  }, [id, last, isAtEnd]);

  const onScroll = ({ currentTarget: node }) => { // it may come when the dialog was left already
    look(node);
    if (node.scrollTop < 200 && one.hasBefore) desk.loadOlder(id);
  };
  const toEnd = () => {
    kept.current.isAtEnd = true;
    box.current.scrollTop = box.current.scrollHeight;
  };
  const writes = store.typing.value.get(id);
  return html`<div class="talk"><div class="talk-scroll" ref=${box} onScroll=${onScroll} tabIndex="0" role="group" aria-label=${t("talk.scroll")}>
      <div class="talk-inner">
        ${one.dialog.handoff && html`<${Handoff} handoff=${one.dialog.handoff} />`}
        ${one.hasBefore && html`<${Button} kind="quiet" small class="older" onClick=${() => desk.loadOlder(id)}>${t("talk.older")}<//>`}
        <div class="lines" role="log" aria-label=${t("talk")} aria-live="off">
          <${Lines} id=${id} messages=${one.messages} dialog=${dialog} newFrom=${one.newFrom} waiting=${waiting} shown=${shown} /></div>
        ${writes && html`<p class="writes"><span class="writes-dots" aria-hidden="true"></span>${writes.kind === "operator"
          ? t("talk.colleague_writes", { name: writes.name }) : t("talk.customer_writes")}${writes.draft && html` <q>${writes.draft}</q>`}</p>`}
        ${one.dialog.rating?.answered_at && html`<p class="rated"><${Icon} name="star" size=${16} />${t("talk.rated", {
          n: one.dialog.rating.value, max: one.dialog.rating.scale[1], at: moment(one.dialog.rating.answered_at) })}
          ${one.dialog.rating.comment && html` <q>${one.dialog.rating.comment}</q>`}</p>`}
      </div></div>
    <${Announced} messages=${one.messages} />
    ${!isAtEnd && html`<${Button} class="to-end" icon="down" onClick=${toEnd}>${t("talk.to_end")}<//>`}</div>`;
}

function Announced({ messages }) {
  const [text, say] = useState("");
  const one = useRef(null);
  one.current ||= new Announcer({ say, told: messages.at(-1)?.n });
  useEffect(() => one.current.heard(messages), [messages]);
  useEffect(() => () => one.current.stop(), []);
  return html`<p class="unseen" aria-live="polite">${text}</p>`;
}
