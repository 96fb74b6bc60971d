// Small comforts; every page works without them.
for (const form of document.querySelectorAll("form[data-choices]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    const key = form.elements.namedItem("key");
    if (key && !key.value) key.value = Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");
    for (const button of form.querySelectorAll("button")) setTimeout(() => (button.disabled = true));
  });
}
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-once] button[disabled]")) button.disabled = false;
  for (const key of document.querySelectorAll("form[data-once] input[name=key]")) key.value = "";
});
const country = document.querySelector("select[data-reload]");
country?.addEventListener("change", () => {
  const values = new URLSearchParams(new FormData(country.form));
  values.delete("form_token");
  location.replace(`${location.pathname}?${values}`);
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const words = Array.from(document.querySelectorAll(button.dataset.copy), (each) => each.textContent).join("\n");
    const status = button.parentElement.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(words);
      status.textContent = button.dataset.done;
    } catch {
      status.textContent = button.dataset.failed;
    }
  });
}
if (document.querySelector("[data-checking]")) setTimeout(() => location.reload(), 2500);
