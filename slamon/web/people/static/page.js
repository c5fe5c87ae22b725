// Reading needs none of this. It counts on from what the server said, by the server's clock, and asks for what is new.
"use strict";
(() => {
  const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR, LONGEST = 30 * SECOND;
  const UNITS = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [SECOND, "s"]];
  const body = document.body, byId = (id) => document.getElementById(id);
  const every = Number(body.dataset.live || 0);
  let tag = body.dataset.tag, ahead = Number(body.dataset.now) - performance.now();
  let paused = false, timer = 0, failures = 0, asking = false;
  const now = () => performance.now() + ahead;

  // As slamon/notifiers/text.py says spans: the two largest units, rounded down, seconds only below five minutes.
  function span(millis) {
    let rest = Math.max(0, Math.floor(millis));
    const whole = rest, parts = [];
    for (const [size, unit] of UNITS.slice(whole >= 2 * DAY ? 0 : 1)) {
      const count = Math.floor(rest / size);
      rest %= size;
      if (count && (unit !== "s" || whole < 5 * MINUTE)) parts.push(`${count} ${unit}`);
    }
    return parts.slice(0, 2).join(" ") || "0 s";
  }

  function due(at, late) {
    const left = at - now();
    return left >= 0 ? `in ${span(left)}` : late ? `${span(-left)} late` : "due, being checked";
  }

  function tick() {
    for (const one of document.querySelectorAll("time[data-due], time[data-since]")) {
      const at = Number(one.dataset.due || one.dataset.since);
      const words = one.dataset.due ? due(at, "late" in one.dataset) : span(now() - at);
      if (one.textContent !== words) one.textContent = words;
    }
  }

  // --- what is new

  // Changes `old` into `fresh`, and touches nothing that is the same: focus, selection and half-filled forms stay.
  function change(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeName !== fresh.nodeName || old.nodeType !== Node.ELEMENT_NODE) return old.replaceWith(fresh.cloneNode(true));
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const { name } of [...old.attributes])
      if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
    const kept = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
    let at = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const known = wanted.id ? kept.get(wanted.id) : at && !at.id && at.nodeName === wanted.nodeName ? at : null;
      if (!known) {
        old.insertBefore(wanted.cloneNode(true), at);
        continue;
      }
      if (known === at) at = at.nextSibling;
      else old.insertBefore(known, at);
      change(known, wanted);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  const REGIONS = ["blind", "counts", "queue", "paging"];
  const late = () => new Set([...document.querySelectorAll('tr[data-status="breached"]')].map((row) => row.id));

  function take(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!page.body.dataset.tag) return location.reload(); // signed out, or something else stands there
    const before = late(), focused = document.activeElement, from = focused && focused.closest("tr");
    const regions = REGIONS.filter((id) => byId(id) && page.getElementById(id));
    const articles = [...document.querySelectorAll("article[id]")].map((one) => one.id).filter((id) => page.getElementById(id));
    for (const id of [...regions, ...articles]) change(byId(id), page.getElementById(id));
    document.title = page.title;
    tag = page.body.dataset.tag;
    tick();
    if (focused && focused !== document.activeElement) {
      if (focused.isConnected) focused.focus({ preventScroll: true });
      else if (from) byId("main").focus({ preventScroll: true });
    }
    announce(before);
  }

  function announce(before) {
    const rows = [...late()].filter((id) => !before.has(id)).map(byId);
    for (const row of rows) row.classList.add("fresh");
    if (!rows.length || !byId("news")) return;
    const [first] = rows, who = first.querySelector(".customer").textContent;
    const where = first.querySelector(".c-promise").firstChild.textContent;
    byId("news").textContent = rows.length > 1 ? `${rows.length} promises were just broken.` : `Just broken: the promise to ${who} on ${where}.`;
  }

  async function ask() {
    if (asking || paused || document.hidden) return;
    asking = true;
    clearTimeout(timer);
    try {
      const answer = await fetch(location.href, { cache: "no-store", redirect: "error", headers: { "If-None-Match": `"${tag}"` } });
      const said = Number(answer.headers.get("Slamon-Now"));
      if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
      const text = answer.status === 304 ? null : await answer.text();
      if (said) ahead = said - performance.now();
      if (text !== null) take(text);
      failures = 0;
      read();
    } catch {
      failures += 1;
      gone();
    }
    asking = false;
    timer = setTimeout(ask, Math.min(LONGEST, every * 2 ** Math.min(failures, 6)));
  }

  const zone = document.querySelector("footer").dataset.zone;
  let clock = null;
  try {
    clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "medium" });
  } catch { /* a zone that this browser does not know: the server's words stay */ }
  let readAt = now();
  function read() {
    readAt = now();
    if (clock) byId("read").textContent = clock.format(readAt);
    say("");
  }
  const say = (words) => {
    if (byId("link").textContent !== words) byId("link").textContent = words;
  };
  function gone() {
    if (failures > 1) say("slamon does not answer: what you see is from then. Trying again.");
    body.classList.toggle("stale", failures > 1);
  }

  // --- begin

  tick();
  setInterval(tick, SECOND);
  const url = new URL(location.href);
  if (url.searchParams.has("did")) {
    url.searchParams.delete("did"); // said once: a bookmark or a reload does not say it again
    history.replaceState(null, "", url);
    if (byId("told")) byId("told").focus();
  }
  function unfold() {
    const chosen = location.hash && byId(location.hash.slice(1));
    if (chosen && chosen.nodeName === "DETAILS") {
      chosen.open = true;
      chosen.querySelector("input:not([type=hidden])").focus();
    }
  }
  unfold();
  addEventListener("hashchange", unfold);
  // A menu closes by Escape, or when one turns elsewhere.
  addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.activeElement.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  if (!every) return;
  const pause = byId("pause");
  if (pause) {
    pause.hidden = false;
    pause.addEventListener("click", () => {
      paused = !paused;
      pause.setAttribute("aria-pressed", String(paused));
      pause.textContent = paused ? "Go on" : "Pause";
      say(paused ? "Paused: new waits are not shown." : "");
      ask();
    });
  }
  function anew() {
    failures = 0; // it may take a moment more until the network is there
    ask();
  }
  document.addEventListener("visibilitychange", anew);
  addEventListener("online", anew);
  timer = setTimeout(ask, every);
})();
