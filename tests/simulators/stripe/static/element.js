// The payment field inside its frame: card numbers stay here and go to the stand-in alone.
const words = JSON.parse(document.getElementById("words").textContent);
const page = new URLSearchParams(location.search).get("origin") || "null";
const form = document.getElementById("form");
const card = document.getElementById("card");
const bank = document.getElementById("bank");
const AMERICAN = /^3[47]/;
const COLOURS = { colorPrimary: "--primary", colorBackground: "--background", colorText: "--text", colorDanger: "--danger" };
const COLOUR = /^(#[0-9a-f]{3,8}|(rgb|hsl|oklch|lab)a?\([\d\s.,%/deg-]+\)|[a-z]+)$/i;
const LENGTH = /^\d+(\.\d+)?(px|rem|em)$/;
let key = "";
let secret = "";
let lastChange = "";

// -- talking with the page around: only with the window above, only with the origin it named

function tell(message) {
  parent.postMessage(message, page);
}

function tellHeight() {
  tell({ kind: "height", value: Math.ceil(document.body.getBoundingClientRect().height) });
}

function style(appearance) {
  const root = document.documentElement;
  root.dataset.theme = appearance?.theme || "stripe";
  for (const [name, value] of Object.entries(appearance?.variables || {})) {
    if (COLOURS[name] && COLOUR.test(value)) root.style.setProperty(COLOURS[name], value);
    if (name === "borderRadius" && LENGTH.test(value)) root.style.setProperty("--radius", value);
    if (name === "fontSizeBase" && LENGTH.test(value)) root.style.setProperty("--size", value);
  }
  tellHeight();
}

// -- what the fields hold

function digits(input) {
  return input.value.replace(/\D/g, "");
}

function passesLuhn(number) {
  return [...number].reverse().reduce((sum, digit, index) => {
    const value = Number(digit) * (index % 2 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0) % 10 === 0;
}

function numberProblem() {
  const number = digits(form.number);
  const whole = AMERICAN.test(number) ? 15 : /^3[06]/.test(number) ? 14 : 16;
  if (number.length < whole) return "incomplete_number";
  return number.length > 19 || !passesLuhn(number) ? "invalid_number" : "";
}

function expiry() {
  const [month = "", year = ""] = form.expiry.value.split("/").map((part) => part.replace(/\D/g, ""));
  return { month, year: year.length === 4 ? year : `20${year}`, isWhole: Boolean(month) && (year.length === 2 || year.length === 4) };
}

function expiryProblem() {
  const { month, year, isWhole } = expiry();
  if (!isWhole) return "incomplete_expiry";
  const isMonth = Number(month) >= 1 && Number(month) <= 12;
  const ends = new Date(Number(year), Number(month), 1);
  const isTooFar = Number(year) > new Date().getFullYear() + 50;
  return !isMonth || ends <= new Date() || isTooFar ? "invalid_expiry" : "";
}

function cvcProblem() {
  return digits(form.cvc).length < (AMERICAN.test(digits(form.number)) ? 4 : 3) ? "incomplete_cvc" : "";
}

const CHECKS = { number: numberProblem, expiry: expiryProblem, cvc: cvcProblem };

function problemOf(name) {
  return form.method.value === "card" ? CHECKS[name]() : "";
}

function show(name, problem) {
  const input = form[name];
  const place = document.getElementById(`${name}-error`);
  input.setAttribute("aria-invalid", problem ? "true" : "false");
  place.textContent = problem ? words[problem] : "";
  place.hidden = !problem;
}

function check() {
  const problems = Object.keys(CHECKS).map((name) => [name, problemOf(name)]);
  for (const [name, problem] of problems) show(name, problem);
  tellHeight();
  const first = problems.find(([, problem]) => problem);
  if (!first) return null;
  form[first[0]].focus();
  return { type: "validation_error", code: first[1], message: words[first[1]] };
}

// -- writing

function group(number) {
  const groups = AMERICAN.test(number) ? /(\d{1,4})(\d{1,6})?(\d{1,5})?/ : null;
  if (groups) return number.match(groups).slice(1).filter(Boolean).join(" ");
  return number.match(/\d{1,4}/g)?.join(" ") || "";
}

function tidy(event) {
  const input = event.target;
  const isTyping = event.inputType === "insertText" && input.selectionEnd === input.value.length;
  if (input === form.number && isTyping) input.value = group(digits(input).slice(0, 19));
  if (input === form.expiry && isTyping && !input.value.includes("/")) {
    if (/^[2-9]$/.test(input.value)) input.value = `0${input.value}`;
    if (/^\d{2}$/.test(input.value)) input.value = `${input.value} / `;
  }
}

function change() {
  const isCard = form.method.value === "card";
  card.hidden = !isCard;
  bank.hidden = isCard;
  const complete = !isCard || Object.values(CHECKS).every((find) => !find());
  const empty = isCard && !form.number.value && !form.expiry.value && !form.cvc.value;
  const facts = { kind: "change", complete, empty, collapsed: false, value: { type: form.method.value } };
  if (JSON.stringify(facts) === lastChange) return;
  lastChange = JSON.stringify(facts);
  tell(facts);
  tellHeight();
}

form.addEventListener("input", (event) => {
  tidy(event);
  if (CHECKS[event.target.name]) show(event.target.name, "");
  change();
});
form.addEventListener("change", change);
form.addEventListener("focusin", () => tell({ kind: "focus" }));
form.addEventListener("focusout", (event) => {
  const { name, value } = event.target;
  if (CHECKS[name] && value) show(name, problemOf(name));
  tellHeight();
  tell({ kind: "blur" });
});
form.addEventListener("submit", (event) => event.preventDefault());

// -- paying

function methodData() {
  if (form.method.value === "ideal") return { "payment_method_data[type]": "ideal" };
  const { month, year } = expiry();
  return {
    "payment_method_data[type]": "card",
    "payment_method_data[card][number]": digits(form.number),
    "payment_method_data[card][exp_month]": month,
    "payment_method_data[card][exp_year]": year,
    "payment_method_data[card][cvc]": digits(form.cvc),
  };
}

function translated(error) {
  const message = words[error.decline_code] || words[error.code] || error.message;
  return { ...error, message };
}

async function confirm(message) {
  const error = check();
  if (error) return { error };
  const wanted = message.secret || secret;
  const intent = encodeURIComponent(wanted.split("_secret_")[0]);
  const body = new URLSearchParams({ ...methodData(), client_secret: wanted, key });
  if (message.returnUrl) body.set("return_url", message.returnUrl);
  try {
    const answer = await fetch(`/v1/payment_intents/${intent}/confirm`, { method: "POST", body });
    const result = await answer.json();
    return result.error ? { error: translated(result.error) } : { paymentIntent: result };
  } catch {
    return { error: { type: "api_connection_error", message: words.unavailable } };
  }
}

async function begin(message) {
  ({ key, secret = "" } = message);
  style(message.appearance);
  const intent = encodeURIComponent(secret.split("_secret_")[0]);
  const query = new URLSearchParams({ key, client_secret: secret });
  try {
    const found = await (await fetch(`/v1/payment_intents/${intent}?${query}`)).json();
    if (found.error) throw new Error(found.error.message);
    offer(found.payment_method_types);
  } catch (error) {
    document.getElementById("unavailable").hidden = false;
    form.hidden = true;
    tellHeight();
    tell({ kind: "loaderror", error: { type: "api_error", message: error.message } });
    return;
  }
  tell({ kind: "ready" });
  change();
}

function offer(types) {
  for (const choice of form.querySelectorAll("[name=method]")) {
    choice.closest("label").hidden = !types.includes(choice.value);
    choice.disabled = !types.includes(choice.value);
  }
  form.querySelector("fieldset").hidden = types.length < 2;
  form.querySelector("[name=method]:not(:disabled)").checked = true;
  form.hidden = false;
}

addEventListener("message", async (message) => {
  if (message.source !== parent || message.origin !== page) return;
  const { kind, number } = message.data || {};
  if (kind === "begin") await begin(message.data);
  if (kind === "style") style(message.data.appearance);
  if (kind === "focus") form.querySelector("input:not(:disabled)").focus();
  if (kind === "blur") document.activeElement?.blur();
  if (kind === "clear") form.reset();
  if (kind === "confirm") tell({ kind: "answer", number, result: await confirm(message.data) });
  if (kind === "check") {
    const error = check();
    tell({ kind: "answer", number, result: error ? { error } : { type: form.method.value } });
  }
});

new ResizeObserver(tellHeight).observe(document.body);
tell({ kind: "loaded" });
