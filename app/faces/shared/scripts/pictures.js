// A product's pictures: shown before they are sent, sent one by one, ordered by dragging. Without
// this the same form sends them all at once, and buttons order them.
const form = document.querySelector("form[data-pictures]");
const input = form?.querySelector("input[type=file]");
const list = form?.querySelector("[data-files]");
const drop = form?.querySelector("[data-drop]");

const press = (act) => {
  const button = Object.assign(document.createElement("button"), { name: "act", value: act, hidden: true });
  form.append(button);
  form.requestSubmit(button);
};

const preview = async (file) => {
  const canvas = Object.assign(document.createElement("canvas"), { className: "thumb", width: 96, height: 96 });
  canvas.setAttribute("aria-hidden", "true");
  try {
    const bitmap = await createImageBitmap(file, { resizeHeight: 192 });
    const side = Math.min(bitmap.width, bitmap.height);
    const from = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    canvas.getContext("2d").drawImage(bitmap, ...from, side, side, 0, 0, 96, 96);
    bitmap.close();
  } catch {
    canvas.classList.add("missing");
  }
  return canvas;
};

const show = (file) => {
  const row = document.createElement("li");
  const words = document.createElement("p");
  const name = Object.assign(document.createElement("strong"), { textContent: file.name.slice(0, 80) });
  const state = Object.assign(document.createElement("span"), { textContent: form.dataset.working, className: "checking small" });
  words.append(name, document.createElement("br"), state);
  row.append(words);
  list.append(row);
  preview(file).then((canvas) => row.prepend(canvas));
  return state;
};

const send = async (file) => {
  const body = new FormData();
  body.append("form_token", form.elements.namedItem("form_token").value);
  body.append("act", "add");
  body.append("pictures", file);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
  if (answer.type === "opaqueredirect") return null;
  const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
  return told ? told.problems : [form.dataset.lost];
};

const takeAll = async (files) => {
  input.disabled = true;
  const waiting = files.map((file) => [file, show(file)]);
  let refused = 0;
  for (const [file, state] of waiting) {
    const problems = await send(file).catch(() => [form.dataset.lost]);
    if (problems === null) return press("save"); // signed out meanwhile: the page leads on
    refused += problems.length > 0;
    state.className = problems.length ? "error" : "badge good";
    state.textContent = problems.length ? problems[0].replace(`${file.name.slice(0, 80)}: `, "") : form.dataset.done;
  }
  input.disabled = false;
  input.value = "";
  if (!refused) return press("save");
  const more = form.querySelector("[data-shown-later]");
  if (more) more.hidden = refused === waiting.length;
};

if (input) {
  form.querySelector("[data-without-script]").hidden = true;
  input.addEventListener("change", () => takeAll([...input.files]));
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length && !input.disabled) takeAll([...event.dataTransfer.files]);
  });
}

let dragged = null;
for (const row of form?.querySelectorAll("[data-picture]") ?? []) {
  const handle = row.querySelector(".thumb");
  handle.draggable = true;
  handle.addEventListener("dragstart", (event) => {
    dragged = row;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(row, 20, 20);
  });
  handle.addEventListener("dragend", () => (dragged = null));
  row.addEventListener("dragover", (event) => dragged && event.preventDefault());
  row.addEventListener("drop", (event) => {
    if (!dragged || dragged === row) return;
    event.preventDefault();
    press(`place:${dragged.dataset.picture}:${[...row.parentElement.children].indexOf(row)}`);
  });
}
