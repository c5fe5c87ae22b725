"use strict";
// Everything a stranger wrote is set with textContent: it is never parsed as HTML.

const EVERY = 1000;
const MARKUP = /<(!subteam\^|@)([A-Z0-9]+)>|<(https?:[^<>|]+)(?:\|([^<>]*))?>/g;
// Drawn, not written: many machines that run a demo have no font with these signs.
const MARKS = { "🔴": "red", "🟠": "orange", "🟡": "yellow", "🟢": "green", "🟤": "brown", "🔵": "blue", "⚪": "white" };
let version = -1;

function make(name, kind, text) {
  const node = document.createElement(name);
  if (kind) node.className = kind;
  if (text !== undefined) node.textContent = text;
  return node;
}

function decode(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

function anchor(url, label, kind) {
  const node = make("a", kind, label);
  if (/^https?:/.test(url)) node.href = url;
  node.rel = "noopener noreferrer";
  node.target = "_blank";
  return node;
}

function write(node, text) {
  for (const piece of decode(text).split(/([🔴🟠🟡🟢🟤🔵⚪])/u)) {
    if (!MARKS[piece]) node.append(piece);
    else node.append(make("span", "mark " + MARKS[piece], piece));
  }
}

function markup(node, text, names) {
  let from = 0;
  for (const found of text.matchAll(MARKUP)) {
    write(node, text.slice(from, found.index));
    const [whole, , id, url, label] = found;
    node.append(id ? make("span", "chip", names[id] || "@" + id) : anchor(decode(url), decode(label || url)));
    from = found.index + whole.length;
  }
  write(node, text.slice(from));
  return node;
}

function words(kind, data, names) {
  const node = make("div", kind);
  if (data.type === "mrkdwn") markup(node, data.text, names);
  else write(node, data.text);
  return node;
}

function fields(block) {
  const node = make("div", "block fields");
  for (const field of block.fields) {
    const cell = make("div");
    const [label, ...rest] = decode(field.text).split("\n");
    cell.append(make("div", "label", label), make("div", "", rest.join("\n")));
    node.append(cell);
  }
  return node;
}

// What needs a form cannot be filled in here: only what a click alone does is shown as a button.
const CLICKS = /^(acknowledge|snooze_)/;

function press(text, action, message) {
  const node = make("button", "button", decode(text));
  node.addEventListener("click", async () => {
    node.disabled = true;
    const body = JSON.stringify({ channel: message.channel, ts: message.ts, action });
    await fetch("/page/click", { method: "POST", body }).catch(() => {});
  });
  return node;
}

function buttons(element, message) {
  if (element.url) return [anchor(element.url, decode(element.text.text), "button")];
  const options = element.options
    ? element.options.map((option) => [option.text.text, option.value.split("|")[0]])
    : [[element.text.text, element.action_id.split(":")[0]]];
  return options.filter(([, action]) => CLICKS.test(action)).map(([text, action]) => press(text, action, message));
}

function show(block, names, message) {
  if (block.type === "header") return words("title", block.text, names);
  if (block.type === "actions") {
    const node = make("div", "block");
    for (const element of block.elements) node.append(...buttons(element, message));
    return node;
  }
  if (block.type === "context") {
    const node = make("div", "block context");
    for (const element of block.elements) node.append(words("", element, names));
    return node;
  }
  if (block.fields) return fields(block);
  const node = words("block clipped", block.text, names);
  if (block.accessory) node.append(" ", ...buttons(block.accessory, message));
  return node;
}

function card(message, names) {
  const node = make("article", message.deleted ? "message deleted" : "message");
  const meta = make("div", "meta");
  const marks = [new Date(Number(message.ts) * 1000).toLocaleTimeString()];
  if (message.edits) marks.push(message.edits === 1 ? "edited" : "edited " + message.edits + " times");
  if (message.thread) marks.push(message.broadcast ? "reply, also sent to the channel" : "reply in the thread");
  if (message.deleted) marks.push("deleted");
  meta.append(make("b", "", message.ours ? "slamon" : "another app"), " " + marks.join(" · "));
  node.append(meta);
  if (message.blocks.length) for (const block of message.blocks) node.append(show(block, names, message));
  else node.append(markup(make("div", "block clipped"), message.text, names));
  return node;
}

function column(channel, names) {
  const node = make("section", "channel");
  node.append(make("h2", "", channel.name));
  const roots = channel.messages.filter((message) => !message.thread).reverse();
  if (!roots.length) node.append(make("p", "empty", "No message yet."));
  for (const root of roots) {
    const box = card(root, names);
    for (const reply of channel.messages) if (reply.thread === root.ts) box.append(card(reply, names));
    node.append(box);
  }
  return node;
}

async function refresh() {
  const state = document.getElementById("state");
  try {
    const data = await (await fetch("/page.json?version=" + version)).json();
    if (data.channels) {
      document.getElementById("channels").replaceChildren(...data.channels.map((c) => column(c, data.names)));
      version = data.version;
    }
    state.textContent = "Live: newest message first, refreshed every second.";
  } catch {
    state.textContent = "The practice range has stopped. This is what was sent until then.";
  }
  setTimeout(refresh, EVERY);
}

refresh();
