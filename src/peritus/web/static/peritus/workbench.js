// The workbench with JavaScript: the same forms, one key each, sent without leaving the page.
import { drafts, keysSetting, outbox, times } from "./workbench/store.js";
import { commandOf } from "./workbench/keys.js";
import { Stopwatch } from "./workbench/stopwatch.js";

const PART = "X-Peritus-Desk";
const RETRY = 3000;
const $ = (selector, root = document) => root.querySelector(selector);
const say = (text) => { $("#say").textContent = ""; requestAnimationFrame(() => { $("#say").textContent = text; }); };
const desk = () => $("#desk");
const item = () => $("#desk [data-lease]");
const who = () => $("#say").dataset.who; // another person's answers wait until they sign in again
const mine = () => outbox.all().filter((each) => each.who === who());
const time = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

let busy = false;
let mode = null; // "confidence" after C
let retry = null;
let opener = null;

const watch = new Stopwatch({
  onTick(ms) { const shown = $("[data-timer]"); if (shown) shown.textContent = time(ms); },
  onPause(at, minutes) {
    $("[data-paused-at]").textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    $("[data-idle-minutes]").textContent = minutes;
    $("#cover").showModal();
  },
});

// Show what stands in the desk now: title, time, draft, keys.
function settle() {
  const shown = $("#desk > div");
  document.title = `${shown.dataset.title} · Peritus`;
  mode = null;
  showKeys();
  const held = item();
  if (!held) { watch.stop(); return; }
  watch.start(held.dataset.lease, Number(held.dataset.idle));
  $(".timer", held).hidden = false;
  const note = $("[data-note]", held);
  if (note && !note.value) note.value = drafts.of(held.dataset.lease);
  if (note?.value) note.closest("details")?.setAttribute("open", "");
}

function showKeys() {
  const on = keysSetting.on();
  document.documentElement.classList.toggle("keys-off", !on);
  for (const button of document.querySelectorAll("[data-open=keys]")) button.hidden = false;
  $("#keys-on").checked = on;
}

function swap(html, { quiet = false } = {}) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const next = $("#desk", holder.content);
  if (!next) { location.assign(location.pathname); return; }
  desk().replaceWith(next);
  settle();
  window.scrollTo(0, 0);
  const alert = $("[role=alert]", next);
  if (!quiet) $("h1", next).focus({ preventScroll: true });
  say(alert ? alert.textContent : $("#desk > div").dataset.say);
}

function tell(text) {
  const banner = $("#outbox");
  banner.hidden = !text;
  banner.textContent = text;
}

// Put a form into the outbox first, then send what is in it.
function send(form, button) {
  if (busy) return;
  const held = item();
  const fields = new FormData(form, button);
  fields.delete("csrfmiddlewaretoken");
  if (held && fields.has("seconds")) fields.set("seconds", watch.seconds);
  const entry = {
    key: fields.get("key"), url: button?.getAttribute("formaction") || form.getAttribute("action"),
    body: new URLSearchParams(fields).toString(), lease: held?.dataset.lease, at: Date.now(), who: who(),
  };
  if (!outbox.put(entry)) tell("This browser keeps nothing: the answer is sent, but not saved here first.");
  flush(entry);
}

async function flush(last) {
  clearTimeout(retry);
  if (busy) return;
  const waiting = mine();
  if (last && !waiting.some((each) => each.key === last.key)) waiting.push(last);
  busy = true;
  for (const entry of waiting) if (!await post(entry)) break;
  busy = false;
}

async function post(entry) {
  const token = $("input[name=csrfmiddlewaretoken]").value;
  const response = await fetch(entry.url, {
    method: "POST", body: entry.body, signal: AbortSignal.timeout(15000),
    headers: { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token, [PART]: "1" },
  }).catch(() => null);
  if (!response) { wait("Saved here"); return false; }
  if (response.redirected) { wait("You are signed out. Sign in again: saved here"); return false; }
  if (response.status >= 500) { wait(`The server failed (${response.status}). Saved here`); return false; }
  if (response.status === 403) { wait("Load the page again: saved here"); return false; }
  const html = await response.text().catch(() => null);
  if (html === null) { wait("Saved here"); return false; }
  outbox.remove(entry.key);
  if (response.ok && entry.lease) { drafts.keep(entry.lease, ""); times.drop(entry.lease); }
  tell("");
  if (response.ok || html.includes('id="desk"')) swap(html);
  else { tell(`Refused (${response.status}). Load the page again; what you typed is still here.`); return false; }
  const kept = $("[data-kept]");
  if (kept) kept.hidden = !drafts.of(desk().firstElementChild.dataset.lost);
  return true;
}

function wait(why) {
  const count = mine().length;
  tell(`${why}, ${count} waiting. It is sent as soon as the server answers.`);
  retry = setTimeout(() => flush(), RETRY);
}

// What keys ask for.
function digit({ digit: figure, key }) {
  const held = item();
  if (!held) return false;
  if ($("details.skip-item", held)?.open) return press($(`.reasons button:nth-of-type(${Number(figure)})`, held));
  if (mode === "confidence") return confide(held, figure);
  const option = [...held.querySelectorAll(`[data-key="${key}"]`)];
  if (!option.length) return false;
  if (held.dataset.oneKey === "yes") return press(option[0]);
  return choose(held, option);
}

function press(button) { if (!button || busy) return false; button.form.requestSubmit(button); return true; }

function choose(held, options) {
  const here = document.activeElement?.closest?.("[data-question]");
  const open = options.find((each) => !held.querySelector(`[name="${each.name}"]:checked`));
  const chosen = options.find((each) => here?.contains(each)) || open || options[0];
  chosen.checked = true;
  const rest = [...held.querySelectorAll("[data-question]")].find((each) => !$(":checked", each));
  (rest ? $("input", rest) : $("textarea[data-note][required]", held) || $("[data-submit]", held)).focus();
  return true;
}

function confide(held, figure) {
  mode = null;
  const radio = $(`input[name=confidence][value="${figure}"]`, held);
  if (!radio) return false;
  radio.checked = true;
  say(`Confidence ${figure} of 5.`);
  return true;
}

function openGuideline(anchor) {
  const shown = $("#guideline");
  if (!shown) return false;
  if (!shown.open) { opener = document.activeElement; shown.show(); }
  $("#guideline-h").focus({ preventScroll: true });
  const section = anchor && document.getElementById(anchor);
  if (section) { shown.scrollTop = section.offsetTop - $(".guideline-head", shown).offsetHeight - 8; }
  return true;
}

function close() {
  const shown = $("#guideline"), skip = $("details.skip-item[open]");
  if (shown?.open) { shown.close(); back(opener); return true; }
  if (skip) { skip.open = false; back(); return true; }
  mode = null;
  if (document.activeElement?.matches("textarea, input")) { back(); return true; }
  return false;
}

function back(to) { (to?.isConnected ? to : $("#desk h1")).focus({ preventScroll: true }); }

function turn(step) {
  const pane = $(".desk-texts"), heads = pane ? [...pane.querySelectorAll("h2")] : [];
  if (!heads.length) return false;
  const top = pane.getBoundingClientRect().top;
  const here = heads.findLastIndex((each) => each.parentElement.getBoundingClientRect().top <= top + 40);
  heads[Math.min(Math.max(here + step, 0), heads.length - 1)].parentElement.scrollIntoView({ block: "start" });
  return true;
}

function openPart(selector, focus) {
  const details = $(selector);
  if (details) details.open = !details.open || selector !== "details.skip-item";
  const field = $(focus);
  if (field && (!details || details.open)) field.focus();
  return Boolean(field);
}

const COMMANDS = {
  digit, close,
  submit: () => press($("[data-submit]")),
  undo: () => press($("[data-undo] button")),
  skip: () => { mode = null; return openPart("details.skip-item", ".reasons button"); },
  note: () => openPart("details.note", "[data-note]"),
  confidence: () => { mode = item() ? "confidence" : null; if (mode) say("Confidence: press 1 to 5."); return Boolean(mode); },
  guideline: () => openGuideline($("[data-guideline]")?.dataset.guideline),
  keys: () => { $("#keys").showModal(); return true; },
  previous: () => turn(-1),
  next: () => turn(1),
};

document.addEventListener("keydown", (event) => {
  const command = commandOf(event);
  if (!command) return;
  if (!["digit", "confidence"].includes(command.name)) mode = null;
  if (COMMANDS[command.name](command)) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-outbox]")) { event.preventDefault(); send(event.target, event.submitter); }
  if (event.target.matches("[data-extend]")) { event.preventDefault(); extend(event.target); }
});

// Only the time changes: what is typed stays.
async function extend(form) {
  const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { [PART]: "1" } }).catch(() => null);
  if (!response?.ok) { tell("The lease could not be extended; answer, or load the page again."); return; }
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  $("[data-expiry]").replaceWith($("[data-expiry]", holder.content));
  form.key.value = $("[data-extend] [name=key]", holder.content).value;
  say(`Yours until ${$("[data-expiry]").textContent}.`);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-guideline]");
  if (link && !event.ctrlKey && !event.metaKey && openGuideline(link.dataset.guideline)) event.preventDefault();
  if (event.target.closest("[data-open=keys]")) $("#keys").showModal();
  if (event.target.closest("#keys [data-close]")) $("#keys").close();
  if (event.target.closest("#guideline [data-close]")) close();
  const answer = event.target.closest("[data-time]");
  if (answer) { $("#cover").close(); watch.answer(answer.dataset.time === "keep"); back(); }
});
$("#cover").addEventListener("cancel", () => watch.answer(false));
$("#keys-on").addEventListener("change", (event) => { keysSetting.set(event.target.checked); showKeys(); });
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-note]") && item()) drafts.keep(item().dataset.lease, event.target.value);
});
window.addEventListener("online", () => flush());

drafts.dropOld();
settle();
if (mine().length) flush();
