// The windows over the desk; one at a time.

import { html, useEffect, useRef, useState } from "../ui.js";
import { get, newId } from "../api.js";
import * as desk from "../desk.js";
import { shownName, t } from "../i18n.js";
import { ACTIONS } from "../keys.js";
import * as moves from "../moves.js";
import { alertOf } from "../shapes.js";
import * as store from "../store.js";
import * as threads from "../threads.js";
import { Keys } from "./blanks.js";
import { EditCard } from "./edit.js";
import { Button, Choice, Field, Modal } from "./parts.js";
import { alertWords } from "./thread.js";

const WINDOWS = { transfer: Transfer, close: Close, return: ReturnToBot, cheat: Cheat, status: Status, picture: Picture, reason: Reason, rewrite: Rewrite, write: WriteFirst, card: EditCard };

export function Windows({ name, ...rest }) {
  const Window = WINDOWS[name];
  return html`<${Window} ...${rest} />`;
}

/** What a window says that was refused, and a `run` that closes it once its work is done. */
function useWork(onClose, words = desk.words) {
  const [error, setError] = useState("");
  const run = async (work) => {
    try {
      await work();
      onClose();
    } catch (problem) {
      setError(words(problem));
    }
  };
  return { run, line: error && html`<p class="form-error" role="alert">${error}</p>` };
}

const footer = (word, onClose, isOff = false) =>
  html`<${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary" disabled=${isOff}>${word}</button>`;

/** Keys that are no actions; which of them sends is a setting. */
const more = () => [
  ...(store.session.value.settings.enter_sends === false ? [["send", "Ctrl Enter"], ["line", "Enter"]] : [["send", "Enter"], ["line", "Shift Enter"]]),
  ["quote", "Alt ↑ ↓"], ["slash", "/"], ["escape", "Esc"],
];

function Cheat({ onClose }) {
  return html`<${Modal} title=${t("cheat.title")} wide onClose=${onClose} footer=${html`<${Button} onClick=${() => { onClose(); desk.go({ page: "settings", section: "keys" }); }}>${t("cheat.change")}<//>`}>
    <dl class="cheat">${ACTIONS.map((name) => html`<div key=${name}><dt>${t(`key.${name}`)}</dt><dd><${Keys} name=${name} /></dd></div>`)}
      ${more().map(([name, keys]) => html`<div key=${name}><dt>${t(`key.${name}`)}</dt><dd><span class="keys">${keys.split(" ").map((key) => html`<kbd key=${key}>${key}</kbd>`)}</span></dd></div>`)}</dl><//>`;
}

/** A break wants a reason; leaving with dialogs in hand must say what becomes of them. */
function Status({ status, onClose }) {
  const { in_hand: inHand } = store.session.value.operator;
  const [reason, write] = useState("");
  const { run, line } = useWork(onClose);
  const set = (handBack) => run(() => moves.setStatus(status, reason, handBack));
  const isOff = status === "offline";
  const buttons = isOff && inHand > 0
    ? html`<${Button} onClick=${() => set(false)}>${t("status.keep")}<//><button class="button primary">${t("status.hand_back")}</button>`
    : footer(t(`status.${status}`), onClose);
  return html`<${Modal} title=${t(`status.${status}.title`)} onClose=${onClose} onSubmit=${() => set(isOff ? true : undefined)} footer=${buttons}>
    ${isOff && html`<p>${t("status.in_hand", { n: inHand })}</p>`}
    <${Field} label=${t("status.reason")}><input class="control" data-first value=${reason} maxLength="200" onInput=${(e) => write(e.target.value)} /><//>
    ${line}<//>`;
}

function Picture({ url, title, download, onClose }) {
  return html`<${Modal} title=${title} wide onClose=${onClose} footer=${html`<${Button} icon="take" onClick=${download}>${t("file.download")}<//>`}>
    <img class="picture-whole" src=${url} alt=${title} /><//>`;
}

function Rewrite({ id, lineId, text, onClose }) {
  const [words, write] = useState(text);
  const { run, line } = useWork(onClose);
  return html`<${Modal} title=${t("line.edit")} onClose=${onClose} onSubmit=${() => run(() => moves.rewrite(id, lineId, words))}
    footer=${footer(t("save"), onClose, !words.trim())}>
    <${Field} label=${t("line.text")}><textarea class="control" rows="4" data-first value=${words} onInput=${(e) => write(e.target.value)}></textarea><//>
    ${line}<//>`;
}

/** Asks why before something that is written into the log. */
function Reason({ title, text, word, act, onClose }) {
  const [reason, write] = useState("");
  const { run, line } = useWork(onClose);
  return html`<${Modal} title=${title} onClose=${onClose} onSubmit=${() => reason.trim() && run(() => act(reason.trim()))}
    footer=${footer(word, onClose, !reason.trim())}>
    <p>${text}</p><${Field} label=${t("reason")}><input class="control" data-first value=${reason} maxLength="200" onInput=${(e) => write(e.target.value)} /><//>
    ${line}<//>`;
}

function Transfer({ id, onClose }) {
  const row = store.rows.get(id);
  const queues = store.queues.value.filter((one) => !one.archived && one.id !== row?.queue_id || one.id === row?.queue_id && row?.state !== "queued");
  const people = store.operators.value.filter((one) => one.id !== row?.operator?.id);
  const [kind, pick] = useState(queues.length || !people.length ? "queue" : "operator");
  const [queue, pickQueue] = useState(queues.find((one) => one.id !== row?.queue_id)?.id || queues[0]?.id || "");
  const [operator, pickOperator] = useState(people.find((one) => one.status === "online" && one.in_hand < one.limit)?.id || "");
  const [comment, write] = useState("");
  const [refusal, refuse] = useState("");
  const isBusy = useRef(false);
  useEffect(() => { desk.loadOperators(); }, []);
  const target = kind === "queue" ? queue : operator;
  const submit = async () => {
    if (!target || isBusy.current) return;
    const to = kind === "queue" ? { queue_id: queue } : { operator_id: operator };
    isBusy.current = true;
    const answer = await moves.transfer(id, to, comment.trim());
    isBusy.current = false;
    const alert = threads.known(id)?.value.alert;
    if (answer) onClose(); // only now: a refused comment is not lost
    else refuse(alert ? alertWords(alert) : t("problem.failed"));
  };
  const radio = (name) => html`<label class="radio"><input type="radio" name="to" checked=${kind === name} onChange=${() => pick(name)} />
    <span>${t(`transfer.to_${name}`)}</span></label>`;
  const described = (one) => t("transfer.person", { name: one.name, status: t(`status.${one.status}`), n: one.in_hand, limit: one.limit });
  return html`<${Modal} title=${t("transfer.title")} onClose=${onClose} onSubmit=${submit} footer=${footer(t("action.transfer"), onClose, !target)}>
    <div class="radios">${radio("queue")}${radio("operator")}</div>
    ${kind === "queue"
      ? html`<${Choice} label=${t("queue")} value=${queue} onChange=${pickQueue} first options=${queues.map((one) => [one.id, one.open_now ? one.name : t("transfer.closed", { name: one.name })])} />`
      : html`<${Choice} label=${t("operator")} value=${operator} onChange=${pickOperator} first options=${[...(operator ? [] : [["", "—"]]), ...people.map((one) => [one.id, described(one)])]} />`}
    <${Field} label=${t("transfer.comment")}><textarea class="control" rows="3" maxLength="2000" value=${comment} onInput=${(e) => write(e.target.value)}></textarea><//>
    ${refusal && html`<p class="form-error" role="alert">${refusal}</p>`}<//>`;
}

const RESULTS = ["solved", "unsolved", "sale", "no_answer", "spam"];
const WHY_NOT = ["no_answer", "duplicate", "spam", "other"];

function Close({ id, onClose }) {
  const [result, pick] = useState("solved");
  const [isAsked, ask] = useState(true);
  const [why, pickWhy] = useState(WHY_NOT[0]);
  const submit = async () => {
    onClose();
    await moves.close(id, { result, ask_rating: isAsked, ...(isAsked ? {} : { skip_reason: why }) });
  };
  return html`<${Modal} title=${t("close.title")} onClose=${onClose} onSubmit=${submit} footer=${footer(t("action.close"), onClose)}>
    <${Choice} label=${t("close.result")} value=${result} onChange=${pick} first options=${RESULTS.map((name) => [name, t(`result.${name}`)])} />
    <label class="check"><input type="checkbox" checked=${isAsked} onChange=${(event) => ask(event.target.checked)} /><span>${t("close.ask")}</span></label>
    ${!isAsked && html`<${Choice} label=${t("close.why_not")} value=${why} onChange=${pickWhy} options=${WHY_NOT.map((name) => [name, t(`why_not.${name}`)])} />`}<//>`;
}

function ReturnToBot({ id, onClose }) {
  const [scenarios, show] = useState([]);
  const [scenario, pick] = useState("");
  const [step, pickStep] = useState("");
  useEffect(() => { get("/scenarios").then((found) => show(found.filter((one) => one.entries.length)), () => {}); }, []);
  const entries = scenarios.find((one) => one.id === scenario)?.entries || [];
  const submit = async () => {
    onClose();
    await moves.returnToBot(id, scenario, step);
  };
  return html`<${Modal} title=${t("return.title")} onClose=${onClose} onSubmit=${submit} footer=${footer(t("return.do"), onClose)}>
    <${Choice} label=${t("return.scenario")} value=${scenario} first onChange=${(value) => { pick(value); pickStep(scenarios.find((one) => one.id === value)?.entries[0]?.step || ""); }}
      options=${[["", t("return.any")], ...scenarios.map((one) => [one.id, one.title])]} />
    ${entries.length > 0 && html`<${Choice} label=${t("return.step")} value=${step} onChange=${pickStep} options=${entries.map((one) => [one.step, one.title])} />`}
    <p class="muted">${t("return.text")}</p><//>`;
}

/** Writes first to a customer, at one of their accounts; what was typed stays until it was taken. */
function WriteFirst({ customer, accounts, onClose }) {
  const [channel, pick] = useState(accounts[0].channel);
  const [text, write] = useState("");
  const [clientId] = useState(newId);
  const { run, line } = useWork(onClose, (problem) => {
    // a customer whose dialog the bot has again does not exist for operators
    if (problem.code !== "taken" && problem.code !== "not_found") return desk.words(problem);
    const name = alertOf(problem, store.me.value)?.name;
    return name ? t("alert.taken", { name }) : t("write.busy");
  });
  const submit = () => run(() => moves.writeFirst({ customer_id: customer, channel_id: channel, client_id: clientId, text: text.trim() }));
  return html`<${Modal} title=${t("write")} onClose=${onClose} onSubmit=${submit} footer=${footer(t("composer.send"), onClose, !text.trim())}>
    <${Choice} label=${t("write.where")} value=${channel} onChange=${pick} options=${accounts.map((one) => [one.channel, [one.channel, shownName(one.handle)].filter(Boolean).join(": ")])} />
    <${Field} label=${t("line.text")}><textarea class="control" rows="4" data-first maxLength="4000" value=${text} onInput=${(e) => write(e.target.value)}></textarea><//>
    ${line}<//>`;
}
