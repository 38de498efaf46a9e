// The page: two texts, a worker that asks the library about them, and what it says. Everything is shown as text.
"use strict";

const by = (id) => document.getElementById(id);
const MOST = 1 << 20; // characters that a link may unpack to
const SEEN = "settlement.playground"; // what was loaded before, in this browser
let worker, waiting = new Map(), asked = 0, ready = false, latest = 0;

// ---------------------------------------------------------------- words

const locale = () => by("locale").value;

function say(word, facts = {}) {
  return Object.entries(facts).reduce((text, [name, value]) => text.replace(`{${name}}`, value), WORDS[locale()][word]);
}

function speak() {
  document.documentElement.lang = locale().replace("_", "-");
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  const told = by("told");
  if (told.dataset.word) told.textContent = say(told.dataset.word, JSON.parse(told.dataset.facts));
}

function tell(word, facts = {}) {
  by("told").dataset.word = word;
  by("told").dataset.facts = JSON.stringify(facts);
  by("told").textContent = say(word, facts);
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

// ---------------------------------------------------------------- the library

function ask(what, more = {}) {
  return new Promise((resolve, reject) => {
    const id = ++asked;
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, ask: what, ...more });
  });
}

function failed(error) {
  worker?.terminate(); // what else arrives is of no use
  if (worker) worker.onmessage = null;
  by("progress").hidden = true;
  tell("broken", { error: String(error.message ?? error) });
}

async function start(files) {
  by("start").hidden = true;
  by("progress").hidden = false;
  const size = megabytes(files.bytes);
  tell("loading", { done: "0.0", size });
  worker = new Worker("worker.js", { type: "module" });
  worker.onerror = (event) => failed(event);
  worker.onmessage = ({ data }) => {
    if (data.done !== undefined) {
      by("progress").value = Math.min(data.done / files.bytes, 1);
      if (!ready) tell("loading", { done: megabytes(Math.min(data.done, files.bytes)), size });
    } else if (data.lost !== undefined) {
      failed(new Error(data.lost));
    } else if (data.starting) {
      by("progress").removeAttribute("value");
      tell("starting");
    } else {
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error === undefined) resolve(data.made);
      else reject(new Error(data.error));
    }
  };
  try {
    await ask("start");
  } catch (error) {
    return failed(error);
  }
  ready = true;
  keep(SEEN, `${files.pyodide} ${files.bytes}`);
  by("loading").hidden = true;
  by("settle").disabled = by("link").disabled = false;
  await settle();
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch { /* a browser that keeps nothing asks again */ }
}

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

// ---------------------------------------------------------------- what it says

async function settle() {
  if (!ready) return;
  const mine = ++latest;
  const begun = performance.now();
  let found;
  try {
    const texts = { checkout: by("checkout").value, rulebook: by("rulebook").value, locale: locale() };
    found = JSON.parse(await ask("answer", texts));
  } catch (error) {
    if (mine === latest) by("facts").textContent = error.message;
    return;
  }
  if (mine !== latest) return; // typed on since
  const facts = { ...found, ms: Math.round(performance.now() - begun) };
  const wrong = found.problems.length > 0;
  for (const name of ["receipt", "explanation", "json"]) write(by(name).firstElementChild, found[name] ?? say("first_problems"));
  list("problems", found.problems.map((each) => [each.place, `${each.message} [${each.code}]`, "", "error"]));
  list("findings", found.findings.map((each) => [each.place, `${each.message} [${each.code}]`, each.mend, each.severity]));
  by("facts").textContent = wrong ? say("wrong", facts) : say("facts", facts);
  by("answer").dataset.digest = found.digest ?? "";
  if (wrong) show("problems");
  else if (by("tab-problems").getAttribute("aria-selected") === "true") show("receipt");
}

// Chinese characters are two columns wide in what the library prints: the style sheet makes them so in any font.
const WIDE = /([\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]+)/;

function write(into, text) {
  const parts = text.split(WIDE).map((part, at) => {
    if (at % 2 === 0) return part;
    const wide = document.createElement("span");
    wide.className = "wide";
    wide.textContent = part;
    return wide;
  });
  into.replaceChildren(...parts);
}

function list(name, rows) {
  const made = document.createElement("ul");
  for (const [place, told, mend, kind] of rows) {
    const row = document.createElement("li");
    row.className = kind;
    for (const [tag, text] of [["code", place], ["p", told], ["p", mend]]) {
      if (!text) continue;
      const part = document.createElement(tag);
      part.textContent = text;
      row.append(part);
    }
    made.append(row);
  }
  if (rows.length === 0) {
    const none = document.createElement("p");
    none.textContent = say("none");
    by(name).replaceChildren(none);
  } else {
    by(name).replaceChildren(made);
  }
  by(`tab-${name}`).textContent = rows.length ? `${say(name)} (${rows.length})` : say(name);
}

const tabs = () => [...document.querySelectorAll("[role=tab]")];

function show(name) {
  for (const tab of tabs()) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    by(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
}

// ---------------------------------------------------------------- examples and links

async function take(name) {
  const request = await (await fetch(`examples/${name}.json`)).json();
  fill(request);
}

function fill(request) {
  for (const name of ["checkout", "rulebook"]) by(name).value = JSON.stringify(request[name], null, 2);
}

async function through(bytes, stream) {
  const parts = [];
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST) throw new RangeError("too large");
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function packed(text) {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unpacked(fragment) {
  const bytes = Uint8Array.from(atob(fragment.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  const request = JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))));
  for (const name of ["checkout", "rulebook"]) if (typeof request[name] !== "object") throw new TypeError(name);
  return request;
}

async function link() {
  let text;
  try {
    text = await ask("shared", { checkout: by("checkout").value, rulebook: by("rulebook").value });
  } catch {
    by("linked").textContent = say("unlinked");
    return;
  }
  let fragment;
  try {
    fragment = await packed(text);
  } catch {
    by("linked").textContent = say("toolong");
    return;
  }
  history.replaceState(null, "", `#${fragment}`);
  try {
    await navigator.clipboard.writeText(location.href);
    by("linked").textContent = say("linked");
  } catch { // no clipboard here: the address bar has it
    by("linked").textContent = say("address");
  }
}

async function open() {
  const fragment = location.hash.slice(1);
  if (fragment) {
    try {
      return fill(await unpacked(fragment));
    } catch {} // said once the example stands there
  }
  by("example").value = "mall-cart";
  await take("mall-cart");
  if (fragment) by("linked").textContent = say("badlink");
}

// ---------------------------------------------------------------- the page

async function main() {
  const wanted = kept("settlement.locale") ?? navigator.language.replace("-", "_");
  by("locale").value = wanted.startsWith("zh") ? (/TW|HK|MO|Hant/.test(wanted) ? "zh_TW" : "zh_CN") : "en";
  speak();
  by("locale").addEventListener("change", () => {
    keep("settlement.locale", locale());
    by("linked").textContent = "";
    speak();
    settle();
  });
  if (location.protocol === "file:") return tell("file");
  let typing;
  for (const name of ["checkout", "rulebook"]) {
    by(name).addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(settle, 600);
    });
  }
  by("settle").addEventListener("click", settle);
  by("link").addEventListener("click", link);
  by("example").addEventListener("change", async () => {
    await take(by("example").value);
    await settle();
  });
  by("tabs").addEventListener("click", (event) => {
    if (event.target.role === "tab") show(event.target.getAttribute("aria-controls"));
  });
  by("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = tabs();
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    show(next.getAttribute("aria-controls"));
    next.focus();
  });
  window.addEventListener("hashchange", async () => {
    await open();
    await settle();
  });
  await open();
  const response = await fetch("files.json");
  if (!response.ok) return tell("missing");
  const files = await response.json();
  if (kept(SEEN) === `${files.pyodide} ${files.bytes}`) return start(files);
  tell("first", { size: megabytes(files.bytes) });
  by("start").hidden = false;
  by("start").addEventListener("click", () => start(files), { once: true });
}

main().catch(failed);
