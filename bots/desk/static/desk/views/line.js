// One line of a transcript, with its parts and what became of it.

import { cls, html, memo, useEffect, useState } from "../ui.js";
import * as desk from "../desk.js";
import { clockTime, dateTime, shownName, size, t, tOr } from "../i18n.js";
import * as moves from "../moves.js";
import * as store from "../store.js";
import { Button, Menu } from "./parts.js";
import { Icon } from "./icons.js";

const AUTHOR_ICONS = { bot: "bot", operator: "person", system: "settings", customer: "person" };

function authorOf(line) {
  const { kind, name, id } = line.author;
  if (kind === "operator" && id === store.me.value) return t("author.you");
  return shownName(name) || t(`author.${kind}`);
}

export const Line = memo(({ id, line, follows, mayAct, canEdit }) => {
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
  return html`<article class=${cls("line", kind, isOut ? "out" : "in", follows && "follows")} aria-label=${`${author}, ${time}`}>
    ${!follows && html`<p class="line-author"><${Icon} name=${line.kind === "note" ? "note" : AUTHOR_ICONS[line.author.kind]} size=${14} />
      ${line.kind === "note" ? t("note.by", { name: author }) : author}</p>`}
    ${mayChange && html`<span class="line-menu"><${Menu} label=${t("line.actions", { time })} icon=${html`<${Icon} name="more" size=${16} />`} items=${[
      { key: "edit", label: t("line.edit"), onPick: () => { store.modal.value = { name: "rewrite", id, line: line.id, text: textOf(line) }; } },
      { key: "delete", label: t("line.delete"), onPick: () => takeBack(id, line.id) }]} /></span>`}
    <div class="bubble">${line.deleted_at ? html`<em class="muted">${t("line.deleted")}</em>` : html`<${Parts} parts=${line.parts} />`}
      <span class="line-foot">${line.masked && html`<${Icon} name="lock" size=${13} label=${t("line.masked")} />`}
        ${line.edited_at && html`<span>${t("line.edited")}</span>`}<time title=${dateTime(line.at)}>${time}</time>
        ${line.delivery && isOut && html`<${Delivery} state=${line.delivery.state} />`}</span></div>
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
export function Pending({ entry, by }) {
  return html`<article class=${cls("line out pending", entry.mode === "note" ? "note" : "operator")} aria-label=${`${by}, ${clockTime(entry.at)}`}>
    <div class="bubble">${entry.text && html`<p class="text">${entry.text}</p>`}
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
