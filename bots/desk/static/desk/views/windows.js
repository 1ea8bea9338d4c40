// The windows over the desk; one at a time.

import { html, useEffect, useRef, useState } from "../ui.js";
import { get, newId, patch } from "../api.js";
import * as desk from "../desk.js";
import { moment, shownName, t, tOr } from "../i18n.js";
import { ACTIONS } from "../keys.js";
import * as moves from "../moves.js";
import { alertOf } from "../shapes.js";
import * as store from "../store.js";
import * as threads from "../threads.js";
import { Keys } from "./blanks.js";
import { Blank, Button, Choice, Field, Modal, Skeleton } from "./parts.js";
import { alertWords } from "./thread.js";

const WINDOWS = { transfer: Transfer, close: Close, return: ReturnToBot, cheat: Cheat, status: Status, picture: Picture, reason: Reason, rewrite: Rewrite, write: WriteFirst, card: EditCard, history: History };

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

const ownOf = (card) => new Map(card.fields.filter((one) => one.own).map((one) => [one.key, one]));

/** What the server is asked to change; a text that was emptied takes its fact away. */
function changesOf(card, typed) {
  const own = ownOf(card);
  const fields = {};
  for (const [key, text] of Object.entries(typed.fields)) {
    const known = own.get(key);
    const value = text?.trim() || null;
    if (value !== null ? value !== known?.value : known && (text === null || !known.masked)) fields[key] = value;
  }
  const name = typed.name?.trim();
  return { ...(name && name !== card.name && { name }), ...(Object.keys(fields).length > 0 && { fields }) };
}

/** Corrects a customer's name and what people wrote on the card. typed: {name?, fields: {key: text, null for what is to go}}; it stays whatever happens to the card meanwhile. */
function EditCard({ card: first, onChange, onClose }) {
  const [card, show] = useState(first);
  const [typed, type] = useState({ fields: {} });
  const [slots, meet] = useState([]);
  const last = useRef("");
  useEffect(() => { get("/canned/variables").then((found) => meet(found.filter((one) => one.title)), () => {}); }, []);
  const own = ownOf(card);
  const keys = [...new Set([...own.keys(), ...Object.keys(typed.fields)])];
  const titleOf = (key) => shownName(own.get(key)?.title || slots.find((one) => one.name === key)?.title || key);
  const put = (key, text) => type({ ...typed, fields: { ...typed.fields, [key]: text } });
  const changes = changesOf(card, typed);
  const isChanged = Object.keys(changes).length > 0;
  const free = slots.filter((one) => !keys.includes(one.name) && !card.fields.some((field) => field.key === one.name));
  const { run, line } = useWork(onClose, (problem) => {
    if (problem.code !== "stale") return desk.words(problem);
    get(`/customers/${card.id}`).then((found) => { show(found); onChange(found); }, () => {});
    return t("card.edit.stale");
  });
  const save = () => run(async () => {
    if (!isChanged) return;
    onChange(await patch(`/customers/${card.id}`, { version: card.version, ...changes }));
    store.toast("ok", t("saved"));
  });
  /** What a colleague wrote where something was typed here. */
  const theirs = (mine, before, now) => mine !== undefined && before !== now && t("card.edit.theirs", { value: shownName(now) || "—" });
  const before = ownOf(first);
  const add = (key) => {
    last.current = key;
    put(key, "");
  };
  return html`<${Modal} title=${t("card.edit")} stays=${isChanged} onClose=${onClose} onSubmit=${save}
    footer=${footer(t("save"), onClose)}>
    <${Field} label=${t("operators.name")} hint=${theirs(typed.name, first.name, card.name) || t("card.edit.name")}>
      <input class="control" data-first maxLength="200" value=${typed.name ?? card.name} onInput=${(e) => type({ ...typed, name: e.target.value })} /><//>
    ${keys.map((key) => html`<${Fact} key=${key} title=${titleOf(key)} text=${typed.fields[key]} known=${own.get(key)} isNew=${key === last.current}
      hint=${theirs(typed.fields[key], before.get(key)?.value, own.get(key)?.value)} onType=${(text) => put(key, text)} />`)}
    ${free.length > 0 && html`<${Choice} label=${t("card.edit.add")} value="" onChange=${add} options=${[["", "—"], ...free.map((one) => [one.name, shownName(one.title)])]} />`}
    ${line}<//>`;
}

/** A fact that people wrote; its value is hidden where it is masked, so only a new one can be typed. */
function Fact({ title, text, known, isNew, hint, onType }) {
  const input = useRef(null);
  useEffect(() => { if (isNew) input.current.focus(); }, []);
  const isGone = text === null;
  const isMasked = known?.masked;
  return html`<div class="editable"><${Field} label=${title} hint=${hint || (isMasked && t("card.edit.masked"))}>
      <input class="control" ref=${input} maxLength="500" disabled=${isGone} value=${isGone ? "" : text ?? (isMasked ? "" : known.value)}
        placeholder=${isGone ? t("card.edit.gone") : isMasked ? known.value : ""} onInput=${(e) => onType(e.target.value)} /><//>
    <${Button} kind="quiet" icon=${isGone ? "undo" : "x"} label=${t(isGone ? "card.edit.keep" : "card.edit.remove", { field: title })}
      onClick=${() => onType(isGone ? undefined : null)} /></div>`;
}

const nameOf = (id) => store.operators.value.find((one) => one.id === id)?.name || id;

/** The name under which an event has its words; what has none is told by the transcript itself. */
function keyOf({ kind, facts }) {
  if (kind === "escalation_ended" && !facts.first_n) return "history.missed";
  if (kind === "taken" && facts.how === "forced") return "history.taken_over";
  if (kind === "let_go" && facts.ended_why === "closed") return "";
  return `history.${kind}`;
}

const wordsOf = (event) => {
  const { facts } = event;
  const told = t(keyOf(event), {
    queue: shownName(store.queueName(facts.queue)), name: shownName(facts.name || nameOf(facts.operator || facts.first_operator)),
    reason: tOr(`reason.${facts.reason}`, facts.reason), by: tOr(`author.${facts.closed_by}`, t("history.timer")), result: tOr(`result.${facts.result}`, ""),
    n: facts.value,
  });
  return facts.in_hours === false ? `${told} ${t("history.out_of_hours")}` : told;
};

/** What happened to a dialog, moment by moment: it tells why the dialog counts as it does. */
function History({ id, onClose }) {
  const [events, show] = useState(null);
  const [isBroken, broke] = useState(false);
  useEffect(() => { get(`/dialogs/${id}/timeline`).then((found) => show(found.filter((event) => tOr(keyOf(event), ""))), () => broke(true)); }, []);
  return html`<${Modal} title=${t("history")} onClose=${onClose}>
    ${isBroken ? html`<${Blank} icon="offline" title=${t("page.failed")} />` : !events ? html`<${Skeleton} lines=${4} />`
    : html`<ol class="history">${events.map((event, n) => html`<li key=${n}><time>${moment(event.at)}</time><span>${wordsOf(event)}</span></li>`)}</ol>`}<//>`;
}
