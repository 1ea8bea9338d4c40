// The phone panel: asks every two seconds what the billing has sent, and shows what is new.
"use strict";

const EVERY = 2000;
const phone = document.getElementById("phone");
const list = document.getElementById("sms");
const empty = document.getElementById("empty");
const state = document.getElementById("state");
const words = phone.dataset;
const clock = new Intl.DateTimeFormat(words.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const shown = new Map();

function part(name, className, ...content) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

// Texts come from the billing: they only ever become text nodes.
function bubble(sms) {
  const [before, after] = sms.text.split(sms.secret, 2);
  const secret = part("b", `secret ${sms.kind}`, sms.secret);
  const sent = clock.format(new Date(sms.sent_at));
  const until = clock.format(new Date(sms.until));
  return part("li", "sms",
    part("p", "sms-to", `${words.to} ${sms.to}`, part("time", "", sent)),
    part("p", "sms-text", before, secret, after ?? ""),
    part("p", "sms-until", `${words.until} ${until}`));
}

function show(messages) {
  const present = new Set();
  let place = null;
  // From the oldest to the newest, so that each new one lands before those already there.
  for (const sms of [...messages].reverse()) {
    const key = `${sms.sent_at} ${sms.kind} ${sms.to} ${sms.secret}`;
    present.add(key);
    if (!shown.has(key)) {
      shown.set(key, bubble(sms));
      list.insertBefore(shown.get(key), place ?? list.firstChild);
    }
    place = shown.get(key);
  }
  for (const [key, item] of shown) {
    if (!present.has(key)) {
      item.remove();
      shown.delete(key);
    }
  }
  empty.hidden = messages.length > 0;
}

function tell(text, isLost) {
  if (state.textContent !== text) state.textContent = text;
  phone.classList.toggle("lost", isLost);
}

async function refresh() {
  try {
    const answer = await fetch(`/demo/sms?lang=${words.lang}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    show((await answer.json()).messages);
    tell(words.live, false);
  } catch {
    tell(words.lost, true);
  }
}

async function run() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
run();
