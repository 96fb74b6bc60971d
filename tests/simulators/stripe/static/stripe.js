// The part of Stripe.js that shops use, from the stand-in's own address.
(() => {
  const origin = new URL(document.currentScript.src).origin;

  function paymentElement(options) {
    const listeners = {};
    const frame = document.createElement("iframe");
    frame.src = `${origin}/_element?locale=${encodeURIComponent(options.locale || "en")}`;
    frame.title = "Secure payment input";
    frame.style.width = "100%";
    frame.style.height = "260px";
    frame.style.border = "0";
    addEventListener("message", (message) => {
      if (message.origin !== origin || message.source !== frame.contentWindow) return;
      if (message.data.kind === "height") frame.style.height = `${message.data.value + 4}px`;
      if (message.data.kind === "ready") (listeners.ready || (() => {}))();
      if (message.data.kind === "result") frame.resolve?.(message.data);
    });
    return {
      frame,
      mount(target) { (typeof target === "string" ? document.querySelector(target) : target).replaceChildren(frame); },
      on(name, listener) { listeners[name] = listener; return this; },
    };
  }

  window.Stripe = (key) => ({
    elements(options) {
      const made = {};
      return { options, made, create() { made.element = paymentElement(options); return made.element; } };
    },
    async confirmPayment({ elements, confirmParams, redirect }) {
      const frame = elements.made.element.frame;
      const result = await new Promise((resolve) => {
        frame.resolve = resolve;
        frame.contentWindow.postMessage({ kind: "confirm", secret: elements.options.clientSecret, returnUrl: confirmParams.return_url, key }, origin);
      });
      if (result.error) return { error: result.error };
      const action = result.paymentIntent.next_action;
      if (action) { location.href = action.redirect_to_url.url; return new Promise(() => {}); }
      if (redirect !== "if_required") {
        const back = new URL(confirmParams.return_url);
        back.searchParams.set("payment_intent", result.paymentIntent.id);
        back.searchParams.set("redirect_status", "succeeded");
        location.href = back;
        return new Promise(() => {});
      }
      return { paymentIntent: result.paymentIntent };
    },
    async retrievePaymentIntent(secret) {
      const intent = secret.split("_secret_")[0];
      const answer = await fetch(`${origin}/v1/payment_intents/${intent}?client_secret=${secret}&key=${key}`);
      return { paymentIntent: await answer.json() };
    },
  });
})();
