// The payment field inside its frame: card numbers stay here and go to the stand-in alone.
const form = document.getElementById("form");
const card = document.getElementById("card");
const parentOrigin = new URL(document.referrer || location.href).origin;

function tell(message) { parent.postMessage(message, parentOrigin); }
function height() { tell({ kind: "height", value: document.documentElement.scrollHeight }); }

form.addEventListener("change", () => {
  const isCard = form.method.value === "card";
  card.hidden = !isCard;
  document.getElementById("ideal").hidden = isCard;
  height();
});
form.addEventListener("submit", (event) => event.preventDefault());

function methodData() {
  if (form.method.value === "ideal") return { "payment_method_data[type]": "ideal" };
  const [month, year] = form.expiry.value.split("/").map((part) => part.trim());
  return {
    "payment_method_data[type]": "card",
    "payment_method_data[card][number]": form.number.value.replace(/\s/g, ""),
    "payment_method_data[card][exp_month]": month || "12",
    "payment_method_data[card][exp_year]": "20" + (year || "40"),
    "payment_method_data[card][cvc]": form.cvc.value,
  };
}

addEventListener("message", async (message) => {
  if (message.origin !== parentOrigin || message.data.kind !== "confirm") return;
  const { secret, returnUrl, key } = message.data;
  const body = new URLSearchParams({ ...methodData(), client_secret: secret, return_url: returnUrl, key });
  const intent = secret.split("_secret_")[0];
  try {
    const answer = await fetch(`/v1/payment_intents/${intent}/confirm`, { method: "POST", body });
    const result = await answer.json();
    tell({ kind: "result", ...(result.error ? { error: result.error } : { paymentIntent: result }) });
  } catch {
    tell({ kind: "result", error: { type: "api_connection_error", message: "" } });
  }
});
tell({ kind: "ready" });
height();
