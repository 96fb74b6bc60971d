// Passkeys: asks the device, puts its answer into the form's hidden field and sends the form like
// any other. <form data-passkey="create|get" data-options="…" [data-offers]>; without a browser that
// knows passkeys the form stays hidden and [data-passkey-missing] is shown.
const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((each) => ({ ...each, id: decode(each.id) }));
let offer = null;

function read(options) {
  const read = { ...options, challenge: decode(options.challenge) };
  if (options.user) read.user = { ...options.user, id: decode(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = known(options.allowCredentials);
  return read;
}

function write(credential) {
  const answer = credential.response;
  const response = { clientDataJSON: encode(answer.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (answer[name]) response[name] = encode(answer[name]);
  }
  if (answer.getTransports) response.transports = answer.getTransports();
  const id = encode(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response, clientExtensionResults: {} });
}

async function ask(form, more = {}) {
  const given = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
  if (!given.ok || given.redirected) throw new Error(`options: ${given.status}`);
  const publicKey = read(await given.json());
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey, ...more });
  form.elements.namedItem("credential").value = write(credential);
  form.submit();
}

function tell(form, error) {
  const message = form.querySelector("[data-passkey-error]");
  const text = { InvalidStateError: "known", NotAllowedError: "stopped", AbortError: "stopped" }[error.name] ?? "failed";
  message.textContent = message.dataset[text] || message.dataset.failed;
  message.hidden = false;
  for (const button of form.querySelectorAll("button")) button.disabled = false;
  message.focus();
}

async function run(form) {
  offer?.abort();
  form.querySelector("[data-passkey-error]").hidden = true;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    await ask(form);
  } catch (error) {
    tell(form, error);
  }
}

async function offerInField(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  offer = new AbortController();
  try {
    await ask(form, { mediation: "conditional", signal: offer.signal });
  } catch {
    // Nobody chose one: the button and the password stay.
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const knows = "PublicKeyCredential" in globalThis;
  form.hidden = !knows;
  for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = knows;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) run(form);
  });
  if (knows && "offers" in form.dataset) offerInField(form);
}
