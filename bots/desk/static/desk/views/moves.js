// Windows of commands that move a dialog: transfer, close with options, return to the bot.

import { html, useEffect, useState } from "../ui.js";
import { get } from "../api.js";
import * as desk from "../desk.js";
import { t } from "../i18n.js";
import * as moves from "../moves.js";
import * as store from "../store.js";
import { Button, Field, Modal } from "./parts.js";

const footer = (word, onClose, isOff = false) =>
  html`<${Button} onClick=${onClose}>${t("cancel")}<//><button class="button primary" disabled=${isOff}>${word}</button>`;

/** Options of a choice inside a labelled field. */
function Choice({ label, value, onChange, options, first }) {
  return html`<${Field} label=${label}><select class="control" value=${value} data-first=${first} onChange=${(event) => onChange(event.target.value)}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}</select><//>`;
}

export function Transfer({ id, onClose }) {
  const row = store.rows.get(id);
  const queues = store.queues.value.filter((one) => !one.archived && one.id !== row?.queue_id || one.id === row?.queue_id && row?.state !== "queued");
  const people = store.operators.value.filter((one) => one.id !== row?.operator?.id);
  const [kind, pick] = useState(queues.length || !people.length ? "queue" : "operator");
  const [queue, pickQueue] = useState(queues.find((one) => one.id !== row?.queue_id)?.id || queues[0]?.id || "");
  const [operator, pickOperator] = useState(people.find((one) => one.status === "online" && one.in_hand < one.limit)?.id || people[0]?.id || "");
  const [comment, write] = useState("");
  useEffect(() => { desk.loadOperators(); }, []);
  const target = kind === "queue" ? queue : operator;
  const submit = async () => {
    if (!target) return;
    const to = kind === "queue" ? { queue_id: queue } : { operator_id: operator };
    onClose();
    await moves.transfer(id, to, comment.trim());
  };
  const radio = (name) => html`<label class="radio"><input type="radio" name="to" checked=${kind === name} onChange=${() => pick(name)} />
    <span>${t(`transfer.to_${name}`)}</span></label>`;
  const described = (one) => t("transfer.person", { name: one.name, status: t(`status.${one.status}`), n: one.in_hand, limit: one.limit });
  return html`<${Modal} title=${t("transfer.title")} onClose=${onClose} onSubmit=${submit} footer=${footer(t("action.transfer"), onClose, !target)}>
    <div class="radios">${radio("queue")}${radio("operator")}</div>
    ${kind === "queue"
      ? html`<${Choice} label=${t("queue")} value=${queue} onChange=${pickQueue} first options=${queues.map((one) => [one.id, one.open_now ? one.name : t("transfer.closed", { name: one.name })])} />`
      : html`<${Choice} label=${t("operator")} value=${operator} onChange=${pickOperator} first options=${people.map((one) => [one.id, described(one)])} />`}
    <${Field} label=${t("transfer.comment")}><textarea class="control" rows="3" maxLength="2000" value=${comment} onInput=${(e) => write(e.target.value)}></textarea><//><//>`;
}

const RESULTS = ["solved", "unsolved", "sale", "no_answer", "spam"];
const WHY_NOT = ["no_answer", "duplicate", "spam", "other"];

export function Close({ id, onClose }) {
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

export function ReturnToBot({ id, onClose }) {
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
