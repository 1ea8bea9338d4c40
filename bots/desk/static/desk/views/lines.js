// The lines of a transcript: days, the bot's part folded, what is new; each with its parts and what became of it.

import { cls, html, memo, useEffect, useState } from "../ui.js";
import * as desk from "../desk.js";
import { clockTime, dateTime, dayName, moment, shownName, size, t, tOr } from "../i18n.js";
import * as moves from "../moves.js";
import * as store from "../store.js";
import { Icon } from "./icons.js";
import { Button, Menu } from "./parts.js";
import { answer, authorOf, canQuote, Quote } from "./quotes.js";

/** Lines up to the first human one after the bot; fewer than three are not worth folding. */
const FOLD_FROM = 3;

function botPart(messages, dialog) {
  if (dialog.state === "bot" || !dialog.handoff) return 0;
  const at = dialog.handoff.escalated_at;
  const end = messages.findIndex((line) => line.author.kind === "operator" || line.at > at);
  const length = end < 0 ? messages.length : end;
  return length >= FOLD_FROM && messages.slice(0, length).some((line) => line.author.kind === "bot") ? length : 0;
}

/** shown: number of a line that was looked for. */
export function Lines({ id, messages, dialog, newFrom, waiting, shown }) {
  const folded = botPart(messages, dialog);
  const [isOpenByHand, open] = useState(null);
  const isOpen = isOpenByHand ?? messages.slice(0, folded).some((line) => line.n === shown);
  const mayAct = dialog.allowed.includes("resend");
  const numbered = (n) => messages.find((line) => line.n === n);
  const draw = (lines) => {
    const found = [];
    let day = "";
    let before = null;
    for (const line of lines) {
      const named = dayName(line.at);
      if (named !== day) {
        found.push(html`<p class="day" key=${`day ${line.n}`}><span>${named}</span></p>`);
        before = null;
      }
      day = named;
      if (line.n === newFrom) found.push(html`<p class="new-line" key="new"><span>${t("talk.new_since")}</span></p>`);
      const isSame = before && before.kind === line.kind && before.author.kind === line.author.kind && before.author.id === line.author.id;
      found.push(html`<${Line} key=${line.n} id=${id} line=${line} follows=${Boolean(isSame)} mayAct=${mayAct} canEdit=${dialog.caps.edit}
        mayAnswer=${canQuote(line, dialog)} quoted=${line.reply_to ? numbered(Number(line.reply_to)) : undefined} isShown=${line.n === shown} />`);
      before = line;
    }
    return found;
  };
  return html`
    ${folded > 0 && html`<div class="bot-part"><button type="button" class="bot-fold" aria-expanded=${isOpen} aria-label=${t("talk.bot_part")} onClick=${() => open(!isOpen)}>
      <${Icon} name="bot" size=${16} /><span>${t("talk.bot_part")}</span><span class="muted">${t("talk.bot_lines", { n: folded })}</span>
      <${Icon} name="down" size=${14} class="chevron" /></button>${isOpen && html`<div class="bot-lines">${draw(messages.slice(0, folded))}</div>`}</div>`}
    ${draw(messages.slice(folded))}
    ${waiting.filter((entry) => !messages.some((line) => line.client_id === entry.client_id)).map((entry) => html`
      <${Pending} key=${entry.client_id} entry=${entry} quoted=${numbered(entry.quote)} by=${store.session.value.operator.name} />`)}`;
}

/** What the bot knew when it asked for people. */
export function Handoff({ handoff }) {
  const facts = [
    [t("handoff.scenario"), handoff.scenario_title], [t("handoff.intent"), handoff.intent !== handoff.scenario && handoff.intent_title],
    [t("handoff.tries"), handoff.tries || ""],
    ...handoff.slots.map((slot) => [shownName(slot.title), shownName(slot.value)]),
  ].filter(([, value]) => value);
  return html`<aside class="handoff" aria-label=${t("handoff")}>
    <header><span class="handoff-icon"><${Icon} name="bot" size=${18} /></span>
      <div><h2>${tOr(`reason.${handoff.reason}`, handoff.reason ? t("handoff.reason", { reason: handoff.reason }) : t("handoff"))}</h2>
        <p class="muted">${t("handoff.at", { at: moment(handoff.escalated_at) })}</p></div></header>
    ${handoff.summary && html`<p class="handoff-summary">${shownName(handoff.summary)}</p>`}
    ${facts.length > 0 && html`<dl>${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}</aside>`;
}

const AUTHOR_ICONS = { bot: "bot", operator: "person", system: "settings", customer: "person" };

const Line = memo(({ id, line, follows, mayAct, canEdit, mayAnswer, quoted, isShown }) => {
  const time = clockTime(line.at);
  const author = authorOf(line);
  if (line.kind === "service") {
    return html`<article class="service" aria-label=${`${author}, ${time}`}><span>${tOr(`service.${line.code}`, "") || textOf(line) || line.code}</span>
      <time title=${dateTime(line.at)}>${time}</time></article>`;
  }
  const mayChange = !line.deleted_at && line.author.kind === "operator" && line.author.id === store.me.value
    && mayAct && (line.kind === "note" || canEdit);
  const isOut = line.author.kind !== "customer";
  const kind = line.kind === "note" ? "note" : line.author.kind;
  return html`<article class=${cls("line", kind, isOut ? "out" : "in", follows && "follows", isShown && "sought")} aria-label=${`${author}, ${time}`} aria-current=${isShown || undefined}>
    ${!follows && html`<p class="line-author"><${Icon} name=${line.kind === "note" ? "note" : AUTHOR_ICONS[line.author.kind]} size=${14} />
      ${line.kind === "note" ? t("note.by", { name: author }) : author}</p>`}
    <div class="bubble">${line.reply_to && !line.deleted_at && html`<${Quote} id=${id} n=${Number(line.reply_to)} line=${quoted} />`}
      ${line.deleted_at ? html`<em class="muted">${t("line.deleted")}</em>` : html`<${Parts} parts=${line.parts} />`}
      <span class="line-foot">${line.masked && html`<${Icon} name="lock" size=${13} label=${t("line.masked")} />`}
        ${line.edited_at && html`<span>${t("line.edited")}</span>`}<time title=${dateTime(line.at)}>${time}</time>
        ${line.delivery && isOut && html`<${Delivery} state=${line.delivery.state} />`}</span>
      ${(mayAnswer || mayChange) && html`<span class="line-tools">
        ${mayAnswer && html`<${Button} small icon="quote" label=${t("quote.do", { name: author, time })} title=${t("quote")} onClick=${() => answer(id, line.n)} />`}
        ${mayChange && html`<${Menu} label=${t("line.actions", { time })} icon=${html`<${Icon} name="more" size=${16} />`} items=${[
          { key: "edit", label: t("line.edit"), onPick: () => { store.modal.value = { name: "rewrite", id, lineId: line.id, text: textOf(line) }; } },
          { key: "delete", label: t("line.delete"), onPick: () => takeBack(id, line.id) }]} />`}</span>`}</div>
    ${line.delivery && (line.delivery.state === "failed" || line.delivery.state === "unknown") && html`<${Undelivered} id=${id} line=${line} mayAct=${mayAct} />`}
  </article>`;
});

async function takeBack(id, lineId) {
  try {
    await moves.rewrite(id, lineId, null);
  } catch (problem) {
    store.toast("bad", desk.words(problem));
  }
}

const textOf = (line) => line.parts.filter((part) => part.t === "text").map((part) => part.v).join(" ");

const DELIVERY_ICONS = {
  new: "hourglass", sending: "hourglass", sent: "check", delivered: "checks", seen: "seen",
  unknown: "unknown", failed: "failed", cancelled: "cancelled",
};
const DELIVERY_WORDS = { sending: "new" };

function Delivery({ state }) {
  return html`<${Icon} name=${DELIVERY_ICONS[state]} size=${14} class=${`delivery ${state}`} label=${t(`delivery.${DELIVERY_WORDS[state] || state}`)} />`;
}

function Undelivered({ id, line, mayAct }) {
  const { state, code } = line.delivery;
  return html`<div class="undelivered"><p>${t(state === "failed" ? "delivery.failed.text" : "delivery.unknown.text")}
    ${code && html` <span class="muted">${tOr(`code.${code}`, code)}</span>`}</p>
    ${mayAct && html`<${Button} small icon="undo" onClick=${() => moves.settle(id, line.id, "resend")}>${t("action.resend")}<//>`}
    ${mayAct && state === "unknown" && html`<${Button} small icon="check" onClick=${() => moves.settle(id, line.id, "arrived")}>${t("action.arrived")}<//>`}</div>`;
}

/** A text that is not on the server yet. */
function Pending({ entry, quoted, by }) {
  return html`<article class=${cls("line out pending", entry.mode === "note" ? "note" : "operator")} aria-label=${`${by}, ${clockTime(entry.at)}`}>
    <div class="bubble">${entry.quote > 0 && html`<${Quote} id=${entry.dialog} n=${entry.quote} line=${quoted} />`}${entry.text && html`<p class="text">${entry.text}</p>`}
      ${entry.files.map((file) => html`<p class="file-name" key=${file.id}><${Icon} name="file" size=${14} />${shownName(file.name)}</p>`)}
      <span class="line-foot"><time>${clockTime(entry.at)}</time><${Delivery} state="new" /></span></div></article>`;
}

function Parts({ parts }) {
  const flow = [];
  const blocks = [];
  parts.forEach((part, n) => {
    if (part.t === "text") flow.push(html`<span key=${n}>${part.v}</span>`);
    else if (part.t === "link") flow.push(html`<${Link} key=${n} part=${part} />`);
    else if (part.t === "button") blocks.push(html`<span class="offered" key=${n}>${shownName(part.label)}</span>`);
    else if (part.t === "place") blocks.push(html`<${Place} key=${n} part=${part} />`);
    else blocks.push(html`<${FilePart} key=${n} attachment=${part.attachment} isImage=${part.t === "image"} />`);
  });
  return html`${flow.length > 0 && html`<p class="text">${flow}</p>`}${blocks.length > 0 && html`<div class="blocks">${blocks}</div>`}`;
}

const WEB = /^https?:\/\//i;

/** A link says where it really leads, whatever it is called. */
function Link({ part }) {
  if (!WEB.test(part.href)) return html`<span>${part.title || part.href}</span>`;
  const called = part.title && part.title !== part.href ? shownName(part.title) : "";
  const isPlain = !called && part.href.toLowerCase().split("/")[2] === part.host;
  return html`<a href=${part.href} target="_blank" rel="noopener noreferrer nofollow">${called || part.href}</a>${!isPlain && html`<span class="host">${part.host}</span>`}`;
}

function Place({ part }) {
  const href = `https://www.openstreetmap.org/?mlat=${part.latitude}&mlon=${part.longitude}`;
  return html`<a class="place" href=${href} target="_blank" rel="noopener noreferrer nofollow"><${Icon} name="place" size=${16} />
    ${part.latitude.toFixed(5)}, ${part.longitude.toFixed(5)}<span class="host">openstreetmap.org</span></a>`;
}

/** A picture or file; its content is behind an address that lives ten minutes, so it is asked for when seen. */
function FilePart({ attachment, isImage }) {
  const [url, show] = useState("");
  const [isBroken, broke] = useState(false);
  const name = shownName(attachment.name);
  const canShow = isImage && (attachment.state === "ready" || attachment.state === "remote");
  useEffect(() => {
    let isHere = true;
    if (canShow) desk.linkOf(attachment.id, "inline").then((found) => isHere && show(found), () => isHere && broke(true));
    return () => { isHere = false; };
  }, [attachment.id, canShow]);
  const download = async () => {
    try {
      const link = document.createElement("a");
      link.href = await desk.linkOf(attachment.id, "download");
      link.rel = "noopener";
      link.click();
    } catch (problem) {
      store.toast("bad", desk.words(problem));
    }
  };
  if (url && !isBroken) {
    return html`<button type="button" class="picture" aria-label=${t("file.open", { name })} onClick=${() => { store.modal.value = { name: "picture", url, title: name, download }; }}>
      <img src=${url} alt=${name} onError=${() => broke(true)} loading="lazy" /></button>`;
  }
  const state = { checking: t("file.checking"), refused: t("file.refused") }[attachment.state];
  return html`<button type="button" class="file" onClick=${download} disabled=${attachment.state === "refused"}>
    <${Icon} name="file" size=${22} /><span class="file-text"><span class="file-name">${name}</span>
    <span class="muted">${[attachment.size > 0 && size(attachment.size), state, isBroken && t("file.broken")].filter(Boolean).join(" · ")}</span></span></button>`;
}
