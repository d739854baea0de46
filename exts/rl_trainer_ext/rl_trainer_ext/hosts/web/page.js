// SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
// SPDX-License-Identifier: BSD-3-Clause
"use strict";

// Keys by GLFW's numbers, which omni.ui takes.
const KEYS = { Space: 32, Quote: 39, Comma: 44, Minus: 45, Period: 46, Slash: 47, Semicolon: 59, Equal: 61,
  BracketLeft: 91, Backslash: 92, BracketRight: 93, Backquote: 96, Escape: 256, Enter: 257, Tab: 258, Backspace: 259,
  Insert: 260, Delete: 261, ArrowRight: 262, ArrowLeft: 263, ArrowDown: 264, ArrowUp: 265, PageUp: 266, PageDown: 267,
  Home: 268, End: 269, NumpadEnter: 335, ShiftLeft: 340, ControlLeft: 341, AltLeft: 342, ShiftRight: 344,
  ControlRight: 345, AltRight: 346 };
for (let i = 0; i < 26; i++) KEYS["Key" + String.fromCharCode(65 + i)] = 65 + i;
for (let i = 0; i < 10; i++) { KEYS["Digit" + i] = 48 + i; KEYS["Numpad" + i] = 320 + i; }
for (let i = 1; i <= 12; i++) KEYS["F" + i] = 289 + i;

const REASONS = { 4401: "The link's token is not valid: open the link that rl-trainer printed last.",
  4429: "There are as many viewers as may be: close one of them, then reload this page.",
  4400: "The connection was ended because this page sent what the panel does not understand: reload it." };

const screen_ = document.getElementById("screen"), context = screen_.getContext("2d");
const words = document.getElementById("words"), sentence = document.getElementById("sentence");
const take = document.getElementById("take"), downloads = document.getElementById("downloads");
let socket = null, control = false, clipboard = "", waiting = 500, closed = false, state = null;
let moved = null;

function send(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function say(text, offer = false) {
  sentence.textContent = text;
  take.style.display = offer ? "" : "none";
  words.classList.toggle("shown", Boolean(text) || downloads.childNodes.length > 0);
}

function connect() {
  socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/panel");
  socket.binaryType = "blob";
  socket.onopen = () => { waiting = 500; send({ is: "hello", token: location.hash.slice(1) }); size(); };
  socket.onmessage = (event) => typeof event.data === "string" ? told(JSON.parse(event.data)) : show(event.data);
  socket.onclose = (event) => {
    control = false;
    if (REASONS[event.code]) { say(REASONS[event.code]); return; }
    say("The connection is lost: trying again…");
    setTimeout(connect, waiting);
    waiting = Math.min(2 * waiting, 8000);
  };
}

function told(news) {
  if (news.control && !control) { control = true; size(); screen_.focus(); }
  control = news.control;
  downloads.replaceChildren(...news.downloads.map(({ id, name }) => {
    const link = document.createElement("a");
    link.href = "download/" + id;
    link.download = name;
    link.textContent = "Download " + name;
    link.style.marginRight = "12px";
    return link;
  }));
  const others = news.viewers - 1;
  if (!control) say("Another viewer uses the panel: you watch.", true);
  else say("");
  if (news.clipboard && news.clipboard !== clipboard) {
    clipboard = news.clipboard;
    navigator.clipboard?.writeText(clipboard).catch(() => say("Copied by the panel: " + clipboard));
  }
  document.title = others > 0 ? `RL Trainer (${others} more)` : "RL Trainer";
}

async function show(blob) {
  const picture = await createImageBitmap(blob);
  if (screen_.width !== picture.width || screen_.height !== picture.height) {
    screen_.width = picture.width;
    screen_.height = picture.height;
    fit();
  }
  context.drawImage(picture, 0, 0);
  picture.close();
  send({ is: "ack" });
}

// A viewer that only watches sees the picture of the other one, scaled to its window.
function fit() {
  const scale = Math.min(1, innerWidth / screen_.width, innerHeight / screen_.height);
  screen_.style.width = screen_.width * scale + "px";
  screen_.style.height = screen_.height * scale + "px";
}

let resized = 0;
function size() {
  fit();
  clearTimeout(resized);
  resized = setTimeout(() => { if (control) send({ is: "size", width: innerWidth, height: innerHeight }); }, 200);
}

function place(event) {
  const box = screen_.getBoundingClientRect();
  return { is: "move", x: (event.clientX - box.left) * screen_.width / box.width,
    y: (event.clientY - box.top) * screen_.height / box.height };
}

function move(event) {
  // at most one movement for each picture of the browser
  if (moved === null) requestAnimationFrame(() => { send(moved); moved = null; });
  moved = place(event);
}

const BUTTONS = { 0: 0, 1: 2, 2: 1 };
screen_.addEventListener("pointermove", move);
screen_.addEventListener("pointerdown", (event) => {
  screen_.focus();
  screen_.setPointerCapture(event.pointerId);
  send(place(event));
  if (event.button in BUTTONS) send({ is: "button", button: BUTTONS[event.button], down: true });
  event.preventDefault();
});
screen_.addEventListener("pointerup", (event) => {
  send(place(event));
  if (event.button in BUTTONS) send({ is: "button", button: BUTTONS[event.button], down: false });
});
screen_.addEventListener("contextmenu", (event) => event.preventDefault());
screen_.addEventListener("wheel", (event) => {
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 100 : 3;
  send({ is: "wheel", x: -event.deltaX / unit, y: -event.deltaY / unit });
  event.preventDefault();
}, { passive: false });

// Letters are those of the keyboard's layout, so that Ctrl+Z is where it is written; other keys go by their place.
const held = new Map();
function numberOf(event) {
  const letter = event.key.length === 1 ? event.key.toUpperCase() : "";
  return letter >= "A" && letter <= "Z" ? letter.charCodeAt(0) : KEYS[event.code];
}

function key(event, down) {
  const altGr = event.getModifierState("AltGraph"), shortcut = (event.ctrlKey || event.metaKey) && !altGr;
  if (event.isComposing || (shortcut && event.code === "KeyV")) return;
  const number = down ? numberOf(event) : held.get(event.code) ?? numberOf(event);
  if (number !== undefined) send({ is: "key", key: number, down });
  if (down) held.set(event.code, number); else held.delete(event.code);
  if (down && event.key.length === 1 && !shortcut) send({ is: "text", text: event.key });
  if (number !== undefined || event.key.length === 1) event.preventDefault();
}
screen_.addEventListener("keydown", (event) => key(event, true));
screen_.addEventListener("keyup", (event) => key(event, false));
document.addEventListener("paste", (event) => {
  send({ is: "paste", text: event.clipboardData.getData("text") });
  event.preventDefault();
});
// what is held when the window loses the keyboard, or a touch is cancelled, is released elsewhere or never
function release() { held.clear(); send({ is: "release" }); }
addEventListener("blur", release);
screen_.addEventListener("pointercancel", release);
addEventListener("resize", size);
take.addEventListener("click", () => { send({ is: "take" }); screen_.focus(); });
say("Connecting…");
connect();
