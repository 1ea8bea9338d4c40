// The list of dialogs: tabs, filters, and rows of which only those in sight are in the document.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../ui.js";
import * as desk from "../desk.js";
import { t } from "../i18n.js";
import * as moves from "../moves.js";
import * as store from "../store.js";
import { Blank, Button, Select, Skeleton } from "./parts.js";
import { Row, ROW_PX } from "./row.js";
import { QueueToday } from "./blanks.js";

const SPARE = 5;

export function DialogList() {
  const filters = store.filters.value;
  const isFiltered = Object.values(filters).some(Boolean);
  return html`<section class="list" role="region" aria-label=${t("list")}>
    <${Tabs} /><div class="list-tools"><${Filters} filters=${filters} isFiltered=${isFiltered} />
      <${Button} class="take-next" kind="primary" small icon="take" title="Alt N" disabled=${store.counts.value.queue === 0}
        onClick=${() => moves.takeNext()}>${t("take.next")}<//></div>
    <${Rows} isFiltered=${isFiltered} /></section>`;
}

export function pickTab(name) {
  store.held.value = null;
  store.tab.value = name;
  if (name === "closed" && store.loading.value.closed === "idle") desk.loadClosed();
}

function Tabs() {
  const counts = store.counts.value;
  const box = useRef(null);
  const onKey = (event) => {
    const at = store.TABS.indexOf(store.tab.value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: store.TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + store.TABS.length) % store.TABS.length;
    pickTab(store.TABS[next]);
    box.current.children[next].focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${t("tabs")} ref=${box} onKeyDown=${onKey}>${store.TABS.map((name) => {
    const isOn = store.tab.value === name;
    return html`<button type="button" key=${name} role="tab" id=${`tab-${name}`} aria-controls="rows" aria-selected=${isOn} tabIndex=${isOn ? 0 : -1}
      onClick=${() => pickTab(name)}><span>${t(`tab.${name}`)}${name !== "closed" && html`<span class="comma">, </span>
      <span class=${`count ${name === "mine" && counts.unread ? "has" : ""}`}>${counts[name]}</span>`}</span></button>`;
  })}</div>`;
}

function Filters({ filters, isFiltered }) {
  const { channel, topic, tag } = store.choices.value;
  const set = (name) => (value) => {
    store.held.value = null;
    store.filters.value = { ...filters, [name]: value };
  };
  const all = (key, found) => [["", t(key)], ...found];
  return html`<div class="filters">
    <${Select} label=${t("filter.channel")} value=${filters.channel} onChange=${set("channel")}
      options=${all("filter.channel", channel.map((one) => [one.id, one.name]))} />
    <${Select} label=${t("filter.topic")} value=${filters.topic} onChange=${set("topic")} options=${all("filter.topic", topic.map((one) => [one, one]))} />
    <${Select} label=${t("filter.tag")} value=${filters.tag} onChange=${set("tag")} options=${all("filter.tag", tag.map((one) => [one, one]))} />
    ${isFiltered && html`<${Button} kind="quiet" small icon="x" label=${t("filter.clear")}
      onClick=${() => { store.filters.value = store.EMPTY_FILTERS; }} />`}</div>`;
}

function Rows({ isFiltered }) {
  const box = useRef(null);
  const [view, look] = useState({ top: 0, height: 700 });
  const [cursor, point] = useState("");
  const ids = store.shown.value;
  const isClosed = store.tab.value === "closed";
  const state = isClosed ? store.loading.value.closed : store.loading.value.open;
  const openId = store.openId.value;
  const active = ids.includes(cursor) ? cursor : ids.includes(openId) ? openId : "";

  useLayoutEffect(() => {
    const node = box.current;
    const seen = () => look({ top: node.scrollTop, height: node.clientHeight });
    seen();
    const watch = new ResizeObserver(seen);
    watch.observe(node);
    return () => watch.disconnect();
  }, []);
  useEffect(() => { point(openId); }, [openId]);
  useEffect(() => { box.current.scrollTop = 0; }, [store.tab.value]);
  useEffect(() => {
    const at = active ? ids.indexOf(active) : -1;
    const node = box.current;
    if (at < 0) return;
    if (at * ROW_PX < node.scrollTop) node.scrollTop = at * ROW_PX;
    else if ((at + 1) * ROW_PX > node.scrollTop + node.clientHeight) node.scrollTop = (at + 1) * ROW_PX - node.clientHeight;
  }, [active]);

  const hold = () => { if (!store.held.value) store.held.value = store.order.value.slice(); };
  const letGo = () => {
    if (!box.current?.matches(":hover") && !box.current?.contains(document.activeElement)) store.held.value = null;
  };
  const onScroll = (event) => {
    const node = event.currentTarget;
    look({ top: node.scrollTop, height: node.clientHeight });
    if (isClosed && state === "more" && node.scrollTop + node.clientHeight > node.scrollHeight - 400) desk.loadClosed();
  };
  const onKey = (event) => {
    hold();
    const at = ids.indexOf(active);
    const page = Math.max(1, Math.floor(view.height / ROW_PX) - 1);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1, PageDown: at + page, PageUp: at - page }[event.key];
    if (to !== undefined && ids.length) {
      event.preventDefault();
      point(ids[Math.max(0, Math.min(ids.length - 1, to))]);
    } else if ((event.key === "Enter" || event.key === " ") && active) {
      event.preventDefault();
      desk.open(active);
    }
  };

  const first = Math.max(0, Math.floor(view.top / ROW_PX) - SPARE);
  const last = Math.min(ids.length, Math.ceil((view.top + view.height) / ROW_PX) + SPARE);
  const now = store.clock.value;
  return html`${store.newer.value > 0 && html`<button type="button" class="newer" onClick=${() => { store.held.value = null; }}>
      ${t("list.newer", { n: store.newer.value })}</button>`}
    <div class="rows" ref=${box} id="rows" role="listbox" tabIndex="0" aria-label=${t(`tab.${store.tab.value}`)}
      aria-activedescendant=${active ? `row-${active}` : undefined} onScroll=${onScroll} onKeyDown=${onKey}
      onPointerEnter=${hold} onPointerLeave=${() => setTimeout(letGo)} onFocusIn=${hold} onFocusOut=${() => setTimeout(letGo)}>
      ${ids.length > 0 && html`<div class="rows-all" role="presentation" style=${{ height: `${ids.length * ROW_PX}px` }}>
        ${ids.slice(first, last).map((id, n) => html`<${Row} key=${id} row=${store.rows.get(id)} place=${first + n} total=${ids.length}
          isOpen=${id === openId} isActive=${id === active} now=${now} typing=${store.typing.value.get(id)} />`)}</div>`}
    </div>
    ${ids.length === 0 && html`<div class="rows-none"><${Nothing} state=${state} isFiltered=${isFiltered} /></div>`}`;
}

function Nothing({ state, isFiltered }) {
  if (state === "loading" || state === "idle") return html`<${Skeleton} lines=${7} />`;
  if (state === "failed") return html`<${Blank} icon="offline" title=${t("list.failed")} />`;
  if (isFiltered) {
    return html`<${Blank} icon="search" title=${t("list.no_hits")}>
      <${Button} onClick=${() => { store.filters.value = store.EMPTY_FILTERS; }}>${t("filter.clear")}<//><//>`;
  }
  if (store.tab.value === "queue") return html`<${QueueToday} />`;
  return html`<${Blank} title=${t(`list.empty.${store.tab.value}`)} />`;
}
