// Where the operator writes: reply or note, each with its own draft, files, ready texts.

import { cls, html, useEffect, useLayoutEffect, useRef, useState } from "../ui.js";
import * as desk from "../desk.js";
import { gaps } from "../drafts.js";
import { moment, t } from "../i18n.js";
import * as store from "../store.js";
import * as threads from "../threads.js";
import { Files, useFiles } from "./files.js";
import { Canned, Emoji, People } from "./inserts.js";
import { Button, keepFocus } from "./parts.js";
import { Icon } from "./icons.js";
import { answer, Answered, answerNext } from "./quotes.js";

const TALLEST_PX = 220;

export function Composer({ id, dialog, isGone }) {
  const canReply = dialog.allowed.includes("reply");
  const canNote = dialog.allowed.includes("note");
  const [wanted, want] = useState("reply");
  // a note that was begun stays in sight when the dialog is lost
  const isNote = wanted === "note" && (canNote || Boolean(desk.parts.drafts.read(id, "note").text));
  const mode = isNote ? "note" : "reply";
  const isDrawn = useRef(false);
  useLayoutEffect(() => {
    if (isDrawn.current) keepFocus();
    isDrawn.current = true;
  }, [mode, canReply, canNote]);
  return html`<${Box} key=${mode} id=${id} dialog=${dialog} mode=${mode} canReply=${canReply} canNote=${canNote} want=${want} isGone=${isGone} />`;
}

function Box({ id, dialog, mode, canReply, canNote, want, isGone }) {
  const { drafts } = desk.parts;
  const isNote = mode === "note";
  const isOff = isNote ? !canNote : !canReply;
  const [text, setText] = useState(() => drafts.read(id, mode).text);
  const [popover, pop] = useState("");
  const input = useRef(null);
  const now = useRef(text);
  const files = useFiles(id, mode);
  const outside = drafts.rev.value;
  const { missing: lacking, quote } = drafts.read(id, mode);
  const missing = gaps({ text, missing: lacking });

  const change = (value, lacks) => {
    now.current = value;
    setText(value);
    drafts.write(id, mode, value, { missing: lacks });
    const has = desk.hasDraft(id);
    if (Boolean(store.rows.get(id)?.has_draft) !== has) store.touchRow(id, { has_draft: has });
  };
  useEffect(() => { // another tab or machine wrote, or a refused text came back
    const draft = drafts.read(id, mode);
    if (draft.text !== now.current) {
      now.current = draft.text;
      setText(draft.text);
    }
    files.take(draft.files);
  }, [outside]);
  useEffect(() => {
    const elsewhere = (event) => { if (event.key === drafts.key(id, mode)) drafts.rev.value += 1; };
    addEventListener("storage", elsewhere);
    return () => removeEventListener("storage", elsewhere);
  }, []);
  useLayoutEffect(() => {
    if (!isOff && matchMedia("(min-width: 700px)").matches && !store.modal.value) input.current?.focus({ preventScroll: true });
  }, [isOff]);
  useLayoutEffect(() => {
    const node = input.current;
    if (!node) return; // left in the same moment
    node.style.height = "auto";
    node.style.height = `${Math.min(node.scrollHeight, TALLEST_PX)}px`;
  }, [text]);
  useLayoutEffect(() => { // before it is painted: its keys work as soon as it is seen
    store.composer.value = {
      toggleNote: () => want(isNote ? "reply" : "note"), attach: files.pick, openCanned: () => pop("canned"),
      focus: () => input.current?.focus(), toReply: () => { want("reply"); input.current?.focus(); }, drop: isNote || isOff || !dialog.caps.files ? null : files.addAll,
    };
    return () => { store.composer.value = null; };
  }, [isNote, isOff]);

  const most = dialog.caps.max_text;
  const isTooLong = !isNote && most && text.length > most;
  const isEmpty = !text.trim() && (isNote || files.list.length === 0);
  const isBlocked = isOff || isEmpty || isTooLong || missing.length > 0 || (!isNote && files.isBusy);
  const send = () => {
    if (isBlocked || drafts.read(id, mode).text !== text) return; // just sent or changed by another tab
    desk.say(id, mode, text);
    now.current = "";
    setText("");
    files.clear();
    if (isNote) want("reply");
    input.current?.focus();
  };
  const onKey = (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      const byEnter = store.session.value.settings.enter_sends !== false;
      const isSend = byEnter ? !event.shiftKey && !event.altKey : event.ctrlKey || event.metaKey;
      if (!isSend) return;
      event.preventDefault();
      send();
    } else if (event.key === "/" && !text && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      pop("canned");
    } else if (event.key === "@" && isNote && /(^|\s)$/.test(text.slice(0, event.target.selectionStart))) {
      event.preventDefault();
      pop("named");
    } else if (event.altKey && !isNote && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      answerNext(id, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Escape" && quote) {
      answer(id, 0);
    } else if (event.key === "Escape") {
      document.getElementById("rows")?.focus();
    }
  };
  const insert = (piece, lacks) => {
    const node = input.current;
    if (!node) return; // another dialog is here by now
    const { selectionStart: from, selectionEnd: to } = node;
    change(now.current.slice(0, from) + piece + now.current.slice(to), lacks);
    requestAnimationFrame(() => {
      node.focus();
      node.setSelectionRange(from + piece.length, from + piece.length);
    });
  };
  const onInput = (event) => {
    change(event.target.value);
    if (!isNote) desk.types(id);
  };
  const label = t(isNote ? "composer.note" : "composer.reply");
  return html`<div class=${cls("composer", isNote && "note", isOff && "off")}>
    ${isNote && html`<p class="composer-mode"><${Icon} name="note" size=${14} />${t("composer.note")}</p>`}
    ${!isNote && html`<${Answered} id=${id} n=${quote} messages=${threads.known(id)?.value.messages || []} onRemove=${() => answer(id, 0)} /><${Files} files=${files} />`}
    <textarea class="composer-input" ref=${input} rows="1" aria-label=${label} placeholder=${isOff ? offText(dialog, isGone) : label} value=${text} disabled=${isOff && !isNote} readOnly=${isOff}
      onInput=${onInput} onKeyDown=${onKey} onPaste=${isNote ? undefined : files.onPaste} aria-invalid=${isTooLong}></textarea>
    <div class="composer-tools">
      ${popover === "canned" && html`<${Canned} dialog=${dialog} onClose=${() => { pop(""); input.current?.focus(); }}
        onPick=${({ text: found, missing: lacks }) => { pop(""); insert(found, lacks); }} />`}
      ${(popover === "people" || popover === "named") && html`<${People} queue=${dialog.queue_id} onPick=${(name) => { pop(""); insert(`@${name} `); }}
        onClose=${() => { pop(""); if (popover === "named") insert("@"); else input.current?.focus(); }} />`}
      ${popover === "emoji" && html`<${Emoji} onClose=${() => { pop(""); input.current?.focus(); }} onPick=${(found) => { pop(""); insert(found); }} />`}
      <${Button} kind="quiet" icon="note" label=${t("composer.note_mode")} title=${`${t("composer.note_mode")} (Alt P)`} aria-pressed=${isNote} disabled=${!canNote && !isNote} onClick=${() => want(isNote ? "reply" : "note")} />
      ${!isNote && dialog.caps.files && html`<${Button} kind="quiet" icon="attach" label=${t("composer.attach")} disabled=${isOff} onClick=${files.pick} />`}
      ${isNote && html`<${Button} kind="quiet" icon="person" label=${t("mention")} disabled=${isOff} aria-expanded=${popover === "people"} onClick=${() => pop(popover === "people" ? "" : "people")} />`}
      <${Button} kind="quiet" icon="emoji" label=${t("composer.emoji")} disabled=${isOff} aria-expanded=${popover === "emoji"} onClick=${() => pop(popover === "emoji" ? "" : "emoji")} />
      <${Button} kind="quiet" icon="canned" label=${t("canned")} disabled=${isOff} aria-expanded=${popover === "canned"} onClick=${() => pop(popover === "canned" ? "" : "canned")} />
      <span class="composer-state" aria-live="polite">${missing.length > 0 && html`<span class="bad">${t("composer.missing", { names: missing.join(", ") })}</span>`}
        ${isTooLong && html`<span class="bad">${t("composer.too_long", { n: text.length - most })}</span>`}
        ${!isNote && !isOff && dialog.caps.window_until && html`<${Window} until=${dialog.caps.window_until} />`}
        ${!isTooLong && !isNote && most && text.length > most * 0.8 && html`<span>${most - text.length}</span>`}</span>
      <${Button} kind="primary" icon="send" disabled=${isBlocked} onClick=${send}>${t("composer.send")}<//></div></div>`;
}

const SOON_MS = 86_400_000;
/** Until when the platform takes an answer, once that is near. */
function Window({ until }) {
  const left = Date.parse(until) - store.clock.value;
  if (left > SOON_MS) return null;
  return html`<span class=${left > 0 ? "" : "bad"}>${left > 0 ? t("composer.window", { at: moment(until) }) : t("composer.window_over")}</span>`;
}

function offText(dialog, isGone) {
  if (isGone) return t("state.gone");
  if (dialog.state === "queued") return t("composer.take_first");
  if (dialog.state === "bot") return t("composer.bot_has_it");
  if (dialog.operator && dialog.state === "with_operator") return t("alert.taken", { name: dialog.operator.name });
  return t("composer.closed");
}
