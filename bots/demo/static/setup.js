// Shows the call that makes the first admin when the address brings its key: …/desk/#setup=KEY
"use strict";

const panel = document.getElementById("setup");
const call = document.getElementById("call");

// Inside single quotes of a shell and of JSON: anything else than a key of ours is not shown.
const KEY = /^#setup=([A-Za-z0-9_-]{8,200})$/;

function show() {
  const key = KEY.exec(location.hash)?.[1];
  panel.hidden = key === undefined;
  for (const link of document.querySelectorAll("#langs a")) link.hash = location.hash;
  if (key === undefined) return;
  const { login, name, password } = panel.dataset;
  const body = JSON.stringify({ token: key, login, name, password }, null, 2);
  call.textContent = [
    `curl -X POST ${location.origin}/api/v1/setup \\`,
    `  -H 'Origin: ${location.origin}' -H 'X-Otklik: 1' \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${body}'`,
  ].join("\n");
}

addEventListener("hashchange", show);
show();
