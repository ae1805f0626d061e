// Tsudoi: optional enhancement. Every page works without it. It reads data-attributes; its words are on #live.
//   data-unread             unread number from /notifications/stream (event "unread", data: the number)
//   form[data-draft=KEY]    kept in localStorage until a page says [data-sent=KEY]; sending [data-forget] clears all
//   textarea[data-limit=N]  counts characters into [data-counter=ID-OF-TEXTAREA]
//   textarea[data-complete] @ and # completed from /complete?q=…: [{"text": inserted, "name": shown}]
//   input[data-image]       preview and focal point in its .attach (select[data-focus]: "x,y" from -1 to 1)
//   form[data-swap]         sent by fetch; its article (with an id) is replaced by the one in the answer
//   data-confirm asks first; data-copy copies; time[datetime] gets "3 hours ago" as title
"use strict";

const live = document.getElementById("live");
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const words = (name, n) => live.dataset[name].replace("{n}", n);
const say = (name, n) => { live.textContent = words(name, n); };

function enliven(root) {
  const units = { year: 31557600, month: 2629800, day: 86400, hour: 3600, minute: 60 };
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  for (const time of all("time[datetime]", root)) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    const unit = Object.keys(units).find(name => Math.abs(seconds) >= units[name]) ?? "minute";
    time.title = relative.format(Math.trunc(seconds / units[unit]), unit);
  }
  for (const button of all("[data-copy]", root)) button.hidden = false;
}

// Open only while the page is seen: browsers allow few connections per host.
function watchUnread() {
  const marks = all("[data-unread]");
  const title = document.title;
  let stream;
  const follow = () => {
    stream?.close();
    if (document.hidden) return;
    stream = new EventSource("/notifications/stream");
    stream.addEventListener("unread", ({ data }) => {
      for (const mark of marks) { mark.textContent = data; mark.hidden = data === "0"; }
      document.title = data === "0" ? title : `(${data}) ${title}`;
    });
  };
  document.addEventListener("visibilitychange", follow);
  if (marks.length) follow();
}

// Only the server knows whether a post was taken, so its data-sent mark ends a draft.
function keepDrafts() {
  for (const sent of all("[data-sent]")) localStorage.removeItem(`draft:${sent.dataset.sent}`);
  for (const form of all("form[data-draft]")) {
    const key = `draft:${form.dataset.draft}`;
    const fields = [...form.elements].filter(field => field.name && !["hidden", "file", "submit"].includes(field.type));
    const state = field => ["checkbox", "radio"].includes(field.type) ? "checked" : "value";
    const saved = JSON.parse(localStorage.getItem(key));
    // A text that the server sent back is newer than the draft.
    if (saved?.length === fields.length && !all("[aria-invalid]", form).length) fields.forEach((field, index) => {
      field[state(field)] = saved[index];
      if (field.value && field.matches(":is(textarea, input:not([type]))")) field.closest("details")?.setAttribute("open", "");
    });
    form.addEventListener("input", () => {
      if (fields.some(field => field.type === "textarea" && field.value !== field.defaultValue)) localStorage.setItem(key, JSON.stringify(fields.map(field => field[state(field)])));
      else localStorage.removeItem(key);
    });
  }
}

function count(area) {
  const counter = document.querySelector(`[data-counter="${area.id}"]`);
  const update = () => {
    const left = area.dataset.limit - [...area.value].length;
    if (left === -1) say("over", 1);
    counter.textContent = words(left < 0 ? "over" : "left", Math.abs(left));
    counter.classList.toggle("over", left < 0);
  };
  area.addEventListener("input", update);
  update();
}

// The focus stays in the text.
function complete(area) {
  const list = document.createElement("ul");
  Object.assign(list, { className: "completion", id: `${area.id}-list`, role: "listbox", ariaLabel: area.dataset.complete, hidden: true });
  area.after(list);
  let start, chosen, asked, timer;
  const close = () => {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
    area.removeAttribute("aria-controls");
  };
  const choose = index => {
    chosen = list.children[(index + list.children.length) % list.children.length];
    for (const option of list.children) option.ariaSelected = option === chosen;
    area.setAttribute("aria-activedescendant", chosen.id);
  };
  const step = by => choose([...list.children].indexOf(chosen) + by);
  const insert = option => {
    area.setRangeText(`${option.dataset.text} `, start, area.selectionStart, "end");
    close();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const ask = async query => {
    asked = new AbortController();
    const answer = await fetch(`/complete?q=${encodeURIComponent(query)}`, { signal: asked.signal }).catch(() => null);
    const found = answer?.ok ? await answer.json() : [];
    if (!found.length) return close();
    list.replaceChildren(...found.map(({ text, name }, index) => {
      const option = document.createElement("li");
      const handle = Object.assign(document.createElement("span"), { className: "handle", textContent: text });
      Object.assign(option, { role: "option", id: `${list.id}-${index}` }).append(name, handle);
      option.dataset.text = text;
      return option;
    }));
    list.hidden = false;
    area.setAttribute("aria-controls", list.id);
    choose(0);
    say("found", found.length);
  };
  area.addEventListener("input", event => {
    clearTimeout(timer);
    asked?.abort();
    const typed = !event.isComposing && /(?:^|[^\w/.])(@[\w.-]+(?:@[\w.-]*)?|#[\p{L}\p{N}_・]+)$/u.exec(area.value.slice(0, area.selectionStart));
    if (!typed) return close();
    start = area.selectionStart - typed[1].length;
    timer = setTimeout(ask, 150, typed[1]);
  });
  area.addEventListener("keydown", event => {
    if (event.key === "Tab") close();
    const act = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: () => insert(chosen), Escape: close }[event.key];
    if (list.hidden || event.isComposing || !act) return;
    event.preventDefault();
    act();
  });
  // Not on blur: the page would move under the pointer between press and release, and the click would miss its button.
  addEventListener("click", event => { if (event.target !== area && !list.contains(event.target)) close(); });
  list.addEventListener("pointerdown", event => { event.preventDefault(); insert(event.target.closest("li")); });
}

// On a canvas, so the CSP needs no blob: addresses. One empty slot is shown at a time.
function attach(input, index, inputs) {
  const slot = input.closest(".attach");
  const focus = slot.querySelector("select[data-focus]");
  const offer = () => inputs.forEach((each, at) => { each.closest(".attach").hidden = at > 0 && !each.files.length && !inputs[at - 1].files.length; });
  const canvas = document.createElement("canvas");
  canvas.ariaHidden = "true"; // The select does the same by keyboard.
  canvas.hidden = true;
  input.after(canvas);
  let image;
  const draw = () => {
    const [x, y] = focus.value.split(",");
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    for (const [color, width] of [["#000", 6], ["#fff", 3]]) {
      pen.beginPath();
      pen.arc((1 + +x) / 2 * canvas.width, (1 - y) / 2 * canvas.height, 18, 0, 7);
      Object.assign(pen, { strokeStyle: color, lineWidth: width }).stroke();
    }
  };
  input.addEventListener("change", async () => {
    offer();
    image = input.files[0] && await createImageBitmap(input.files[0]).catch(() => null);
    canvas.hidden = !image;
    if (!image) return;
    canvas.width = Math.min(640, image.width);
    canvas.height = canvas.width * image.height / image.width;
    draw();
  });
  focus.addEventListener("change", () => image && draw());
  canvas.addEventListener("click", event => {
    const part = (at, size) => (at / size * 2 - 1).toFixed(2);
    const own = focus.querySelector("[data-own]") ?? focus.appendChild(new Option(words("point")));
    own.dataset.own = "";
    own.value = `${part(event.offsetX, canvas.clientWidth)},${-part(event.offsetY, canvas.clientHeight)}`;
    own.selected = true;
    draw();
  });
  offer();
}

async function swap(form, submitter) {
  const article = form.closest("article[id]");
  const place = all("form[data-swap]", article).indexOf(form);
  const body = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(article.id);
  if (!fresh) return say("failed");
  article.replaceWith(fresh);
  enliven(fresh);
  all("form[data-swap]", fresh)[place]?.querySelector("button")?.focus();
}

addEventListener("submit", event => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !confirm(question)) return event.preventDefault();
  if ("forget" in form.dataset) for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
  if ("swap" in form.dataset) { event.preventDefault(); swap(form, event.submitter); }
});
addEventListener("click", event => {
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => say("copied"), () => say("failed"));
});
addEventListener("keydown", event => {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

enliven(document);
watchUnread();
keepDrafts();
all("input[data-image]").forEach(attach);
all("textarea[data-complete]").forEach(complete);
all("textarea[data-limit]").forEach(count);
