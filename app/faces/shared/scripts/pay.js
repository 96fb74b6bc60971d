// The payment page: mounts the provider's own field, confirms, and never says "failed" unless it is.
const page = document.getElementById("pay");
const button = document.getElementById("pay-button");
const status = document.getElementById("pay-status");
const words = page.dataset;

function say(text, isBad) {
  status.textContent = text;
  status.className = isBad ? "banner bad" : "banner";
  status.hidden = !text;
}

// After some declined cards the payment goes on behind a check, on the same page, before another card
// is typed. Where nobody can say, the buyer just tries the next card.
async function isOver() {
  const headers = { "Idempotency-Key": crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` };
  try {
    const answer = await fetch(words.checkUrl, { method: "POST", headers });
    return answer.ok && (await answer.json()).needs_challenge;
  } catch {
    return false;
  }
}

function start() {
  const stripe = window.Stripe(words.key);
  const elements = stripe.elements({ clientSecret: words.secret, locale: words.language });
  const field = elements.create("payment");
  field.on("ready", () => {
    button.disabled = false;
    document.getElementById("pay-loading").hidden = true;
  });
  field.mount("#payment-element");
  button.addEventListener("click", async () => {
    button.disabled = true;
    say(words.working, false);
    try {
      const result = await stripe.confirmPayment({ elements, confirmParams: { return_url: words.returnUrl } });
      if (!result.error) return;
      if (result.error.type === "card_error" || result.error.type === "validation_error") {
        say(`${result.error.message} ${words.declined}`, true);
        if (await isOver()) return location.assign(words.payUrl);
        button.disabled = false;
        status.focus();
        return;
      }
    } catch {
      // The answer was lost, which is neither success nor failure: the next page looks it up.
    }
    location.href = words.returnUrl;
  });
}

const script = document.createElement("script");
script.src = words.js;
script.onload = start;
script.onerror = () => say(words.unreachable, true);
document.head.append(script);
