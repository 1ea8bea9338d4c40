// The present for supervisors: queues, operators, channels, and the day so far.

import { html, useEffect, useState } from "../ui.js";
import { get, put } from "../api.js";
import * as desk from "../desk.js";
import { moment, span, t, tOr } from "../i18n.js";
import * as store from "../store.js";
import { Icon } from "./icons.js";
import { Blank, Menu, Skeleton } from "./parts.js";
import { Table } from "./table.js";

const EVERY_MS = 15_000;
const AT_MOST_MS = 1000;

export function Board() {
  const [board, show] = useState(null);
  const [isBroken, broke] = useState(false);
  useEffect(() => {
    let isHere = true;
    let timer = 0;
    const load = () => get("/board").then((found) => { if (isHere) { show(found); broke(false); } }, () => isHere && broke(true));
    const soon = () => { if (!timer) timer = setTimeout(() => { timer = 0; load(); }, AT_MOST_MS); };
    load();
    const stop = [desk.boardRev.subscribe(soon), store.rowsRev.subscribe(soon)];
    const every = setInterval(load, EVERY_MS);
    return () => {
      isHere = false;
      clearTimeout(timer);
      clearInterval(every);
      stop.forEach((one) => one());
    };
  }, []);
  if (!board) return isBroken ? html`<${Blank} icon="offline" title=${t("page.failed")} />` : html`<${Skeleton} />`;
  return html`<h1>${t("menu.board")}</h1><${Today} today=${board.today} queues=${board.queues} />
    <section class="panel"><h2>${t("board.queues")}</h2><${Queues} queues=${board.queues} /></section>
    <section class="panel"><h2>${t("board.operators")}</h2><${People} people=${board.operators} /></section>
    <section class="panel"><h2>${t("board.channels")}</h2><${Channels} channels=${board.channels} /></section>`;
}

function Today({ today, queues }) {
  const late = queues.reduce((sum, one) => sum + one.late, 0);
  const numbers = [
    ["waiting", queues.reduce((sum, one) => sum + one.waiting, 0)], ["late", late],
    ["opened", today.opened], ["answered", today.answered], ["closed", today.closed], ["missed", today.missed],
  ];
  return html`<dl class="tiles">${numbers.map(([name, n]) => html`<div key=${name} class=${(name === "late" || name === "missed") && n ? "bad" : ""}>
    <dt>${t(`today.${name}`)}</dt><dd>${n}</dd></div>`)}</dl>`;
}

function Queues({ queues }) {
  const columns = [
    { key: "name", title: t("queue"), cell: (one) => html`<strong>${one.name}</strong>` },
    { key: "waiting", title: t("board.waiting"), number: true },
    { key: "oldest", title: t("board.oldest"), number: true, cell: (one) => (one.oldest_s === null ? "—" : span(one.oldest_s)) },
    { key: "late", title: t("board.late"), number: true, cell: (one) => (one.late ? html`<span class="wait late"><${Icon} name="late" size=${14} />${one.late}</span>` : "0") },
    { key: "in_hand", title: t("board.in_hand"), number: true },
    { key: "online", title: t("board.online"), number: true },
    { key: "free", title: t("board.free"), number: true },
  ];
  return html`<${Table} label=${t("board.queues")} columns=${columns} items=${queues} />`;
}

function People({ people }) {
  const set = async (one, status) => {
    try {
      store.putOperator(await put(`/operators/${one.id}/status`, { status, ...(status === "offline" && one.in_hand ? { hand_back: true } : {}) }));
    } catch (problem) {
      store.toast("bad", desk.words(problem));
    }
  };
  const columns = [
    { key: "name", title: t("operator"), cell: (one) => html`<strong>${one.name}</strong>` },
    { key: "status", title: t("board.status"), cell: (one) => html`<span class="cell"><span class=${`dot ${one.status}`} aria-hidden="true"></span>
      ${t(`status.${one.status}`)}${one.reason && html` <span class="muted">${tOr(`reason.${one.reason}`, one.reason)}</span>`}</span>` },
    { key: "since", title: t("board.since"), cell: (one) => (one.status_since ? moment(one.status_since) : "—") },
    { key: "load", title: t("board.load"), cell: (one) => html`<span class="cell"><meter min="0" max=${one.limit} value=${one.in_hand} aria-label=${t("board.load_of", { name: one.name })}></meter>${one.in_hand} / ${one.limit}</span>` },
    { key: "act", title: "", cell: (one) => html`<${Menu} label=${t("board.set_status", { name: one.name })} icon=${html`<${Icon} name="settings" />`}
      items=${["online", "break", "offline"].map((name) => ({ key: name, label: t(`status.${name}`), checked: one.status === name, onPick: () => set(one, name) }))} />` },
  ];
  return html`<${Table} label=${t("board.operators")} columns=${columns} items=${people} />`;
}

export function Channels({ channels }) {
  const columns = [
    { key: "name", title: t("channel"), cell: (one) => html`<strong>${one.name}</strong> <span class="muted">${one.kind}</span>` },
    { key: "state", title: t("board.state"), cell: (one) => html`<span class=${`health ${one.state}`}><${Icon} name=${one.state === "ok" ? "check" : "late"} size=${14} />${t(`health.${one.state}`)}</span>
      ${one.problem && html` <span class="muted">${one.problem}</span>`}` },
    { key: "in", title: t("board.last_in"), cell: (one) => (one.last_in_at ? moment(one.last_in_at) : "—") },
    { key: "out", title: t("board.last_out"), cell: (one) => (one.last_out_at ? moment(one.last_out_at) : "—") },
    { key: "backlog", title: t("board.backlog"), number: true },
    { key: "blocked", title: t("board.blocked"), number: true, cell: (one) => one.blocked_24h },
  ];
  return html`<${Table} label=${t("board.channels")} columns=${columns} items=${channels} />`;
}
