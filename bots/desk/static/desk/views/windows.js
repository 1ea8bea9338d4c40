// The windows over the desk; one at a time.

import { html, useState } from "../ui.js";
import * as desk from "../desk.js";
import { t } from "../i18n.js";
import { ACTIONS } from "../keys.js";
import * as moves from "../moves.js";
import * as store from "../store.js";
import { Keys } from "./blanks.js";
import { Close, ReturnToBot, Transfer } from "./moves.js";
import { Button, Field, Modal } from "./parts.js";

const WINDOWS = { transfer: Transfer, close: Close, return: ReturnToBot, cheat: Cheat, status: Status, picture: Picture, reason: Reason, rewrite: Rewrite };

export function Windows({ name, ...rest }) {
  const Window = WINDOWS[name];
  return html`<${Window} ...${rest} />`;
}

const MORE = [["send", "Enter"], ["line", "Shift Enter"], ["slash", "/"], ["escape", "Esc"]];

function Cheat({ onClose }) {
  return html`<${Modal} title=${t("cheat.title")} wide onClose=${onClose} footer=${html`<${Button} onClick=${() => { onClose(); desk.go({ page: "settings", section: "keys" }); }}>${t("cheat.change")}<//>`}>
    <dl class="cheat">${ACTIONS.map((name) => html`<div key=${name}><dt>${t(`key.${name}`)}</dt><dd><${Keys} name=${name} /></dd></div>`)}
      ${MORE.map(([name, keys]) => html`<div key=${name}><dt>${t(`key.${name}`)}</dt><dd><span class="keys">${keys.split(" ").map((key) => html`<kbd key=${key}>${key}</kbd>`)}</span></dd></div>`)}</dl><//>`;
}

/** A break wants a reason; leaving with dialogs in hand must say what becomes of them. */
function Status({ status, onClose }) {
  const { in_hand: inHand } = store.session.value.operator;
  const [reason, write] = useState("");
  const [error, setError] = useState("");
  const set = async (handBack) => {
    try {
      await moves.setStatus(status, reason, handBack);
      onClose();
    } catch (problem) {
      setError(desk.words(problem));
    }
  };
  const isOff = status === "offline";
  const footer = isOff && inHand > 0
    ? html`<${Button} onClick=${() => set(false)}>${t("status.keep")}<//><button class="button primary">${t("status.hand_back")}</button>`
    : html`<${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary">${t(`status.${status}`)}</button>`;
  return html`<${Modal} title=${t(`status.${status}.title`)} onClose=${onClose} onSubmit=${() => set(isOff ? true : undefined)} footer=${footer}>
    ${isOff && html`<p>${t("status.in_hand", { n: inHand })}</p>`}
    <${Field} label=${t("status.reason")}><input class="control" data-first value=${reason} maxLength="200" onInput=${(e) => write(e.target.value)} /><//>
    ${error && html`<p class="form-error" role="alert">${error}</p>`}<//>`;
}

function Picture({ url, title, download, onClose }) {
  return html`<${Modal} title=${title} wide onClose=${onClose} footer=${html`<${Button} icon="take" onClick=${download}>${t("file.download")}<//>`}>
    <img class="picture-whole" src=${url} alt=${title} /><//>`;
}

function Rewrite({ id, line, text, onClose }) {
  const [words, write] = useState(text);
  const [error, setError] = useState("");
  const submit = async () => {
    try {
      await moves.rewrite(id, line, words);
      onClose();
    } catch (problem) {
      setError(desk.words(problem));
    }
  };
  return html`<${Modal} title=${t("line.edit")} onClose=${onClose} onSubmit=${submit}
    footer=${html`<${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary" disabled=${!words.trim()}>${t("save")}</button>`}>
    <${Field} label=${t("line.text")}><textarea class="control" rows="4" data-first value=${words} onInput=${(e) => write(e.target.value)}></textarea><//>
    ${error && html`<p class="form-error" role="alert">${error}</p>`}<//>`;
}

/** Asks why before something that is written into the log. */
function Reason({ title, text, word, act, onClose }) {
  const [reason, write] = useState("");
  const [error, setError] = useState("");
  const submit = async () => {
    if (!reason.trim()) return;
    try {
      await act(reason.trim());
      onClose();
    } catch (problem) {
      setError(desk.words(problem));
    }
  };
  return html`<${Modal} title=${title} onClose=${onClose} onSubmit=${submit}
    footer=${html`<${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary" disabled=${!reason.trim()}>${word}</button>`}>
    <p>${text}</p><${Field} label=${t("reason")}><input class="control" data-first value=${reason} maxLength="200" onInput=${(e) => write(e.target.value)} /><//>
    ${error && html`<p class="form-error" role="alert">${error}</p>`}<//>`;
}
