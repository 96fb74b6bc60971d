// The part of Stripe.js that shops use, from the stand-in's own address.
// The card's number stays in the frame: this page only ever sees a payment's state.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const TITLES = {
    en: "Secure payment input frame",
    de: "Sicherer Rahmen für die Zahlungseingabe",
    fr: "Cadre de saisie sécurisé pour le paiement",
  };
  const SMALLEST_HEIGHT = 120;
  let count = 0;

  function problem(code, message) {
    return { type: "invalid_request_error", code, message };
  }

  function languageOf(locale) {
    const wanted = !locale || locale === "auto" ? navigator.language : locale;
    return TITLES[wanted.slice(0, 2)] ? wanted.slice(0, 2) : "en";
  }

  function makeFrame(options) {
    const language = languageOf(options.locale);
    const frame = document.createElement("iframe");
    const address = new URL("/_element", origin);
    address.searchParams.set("locale", language);
    address.searchParams.set("origin", location.origin);
    frame.src = address.href;
    frame.name = `__stripeStandIn${(count += 1)}`;
    frame.title = TITLES[language];
    frame.allow = "payment *";
    Object.assign(frame.style, { border: "0", width: "100%", height: "260px", display: "block", colorScheme: "normal" });
    return frame;
  }

  class PaymentElement {
    #listeners = new Map();
    #answers = new Map();
    #frame = null;
    #key;
    #options;

    constructor(key, options) {
      this.#key = key;
      this.#options = options;
      addEventListener("message", (message) => this.#hear(message));
    }

    mount(target) {
      const place = typeof target === "string" ? document.querySelector(target) : target;
      if (!place) throw new Error(`The selector you specified (${target}) applies to no DOM elements.`);
      this.#frame = makeFrame(this.#options);
      place.classList.add("StripeElement");
      place.replaceChildren(this.#frame);
    }

    unmount() {
      this.#frame?.remove();
      this.#frame = null;
    }

    destroy() {
      this.unmount();
      this.#listeners.clear();
    }

    on(name, listener) {
      this.#listeners.set(name, [...(this.#listeners.get(name) || []), listener]);
      return this;
    }

    once(name, listener) {
      const single = (event) => {
        this.off(name, single);
        listener(event);
      };
      return this.on(name, single);
    }

    off(name, listener) {
      this.#listeners.set(name, (this.#listeners.get(name) || []).filter((known) => listener && known !== listener));
      return this;
    }

    focus() { this.#say({ kind: "focus" }); }
    blur() { this.#say({ kind: "blur" }); }
    clear() { this.#say({ kind: "clear" }); }
    collapse() {}

    update(options) {
      this.#options = { ...this.#options, ...options };
      this.#say({ kind: "style", appearance: this.#options.appearance });
    }

    ask(kind, facts) {
      if (!this.#frame) {
        return Promise.resolve({ error: problem("element_not_mounted", "The payment element is not mounted.") });
      }
      return new Promise((resolve) => {
        const number = (count += 1);
        this.#answers.set(number, resolve);
        this.#say({ kind, number, ...facts });
      });
    }

    #say(message) {
      this.#frame?.contentWindow?.postMessage(message, origin);
    }

    #hear(message) {
      if (message.origin !== origin || !this.#frame || message.source !== this.#frame.contentWindow) return;
      const { kind, ...facts } = message.data || {};
      if (kind === "loaded") {
        this.#say({ kind: "begin", key: this.#key, secret: this.#options.clientSecret, appearance: this.#options.appearance });
      } else if (kind === "height") {
        this.#frame.style.height = `${Math.max(Number(facts.value) || 0, SMALLEST_HEIGHT)}px`;
      } else if (kind === "answer") {
        this.#answers.get(facts.number)?.(facts.result);
        this.#answers.delete(facts.number);
      } else {
        for (const listener of this.#listeners.get(kind) || []) listener({ elementType: "payment", ...facts });
      }
    }
  }

  function makeElements(key, given) {
    const options = { ...given };
    let element = null;
    return {
      options,
      create(kind, own = {}) {
        if (kind !== "payment") throw new Error(`The stand-in knows the payment element only, not "${kind}".`);
        if (element) throw new Error("Can only create one Element of type payment.");
        element = new PaymentElement(key, { ...options, ...own });
        return element;
      },
      getElement: (kind) => (kind === "payment" ? element : null),
      update(changes) {
        Object.assign(options, changes);
        element?.update(changes);
      },
      async submit() {
        const result = await element.ask("check", {});
        return result.error ? { error: result.error } : { selectedPaymentMethod: result.type };
      },
    };
  }

  async function askApi(path, params) {
    const address = new URL(path, origin);
    address.search = new URLSearchParams(params);
    try {
      return await (await fetch(address)).json();
    } catch {
      return { error: { type: "api_connection_error", message: "We could not reach the payment provider." } };
    }
  }

  function leave(address) {
    location.assign(address);
    return new Promise(() => {}); // The page is going away: whoever waits needs no answer.
  }

  function wayBack(returnUrl, intent) {
    const address = new URL(returnUrl);
    address.searchParams.set("payment_intent", intent.id);
    address.searchParams.set("payment_intent_client_secret", intent.client_secret);
    address.searchParams.set("redirect_status", "succeeded");
    return address.href;
  }

  function makeStripe(key) {
    if (typeof key !== "string" || !key.startsWith("pk_")) {
      throw new Error("Invalid value for Stripe(): apiKey should be a publishable key.");
    }

    async function confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      const element = elements?.getElement("payment");
      if (!element) throw new Error("confirmPayment needs the elements that its payment element came from.");
      const returnUrl = confirmParams.return_url;
      if (redirect === "always" && !returnUrl) {
        return { error: problem("parameter_missing", "confirmPayment needs confirmParams.return_url.") };
      }
      const secret = clientSecret || elements.options.clientSecret;
      const result = await element.ask("confirm", { secret, returnUrl });
      if (result.error) return { error: result.error };
      const intent = result.paymentIntent;
      const action = intent.next_action;
      if (action?.type === "redirect_to_url") return leave(action.redirect_to_url.url);
      if (redirect === "always") return leave(wayBack(returnUrl, intent));
      return { paymentIntent: intent };
    }

    async function retrievePaymentIntent(clientSecret) {
      const id = clientSecret.split("_secret_")[0];
      const answer = await askApi(`/v1/payment_intents/${encodeURIComponent(id)}`, { key, client_secret: clientSecret });
      return answer.error ? { error: answer.error } : { paymentIntent: answer };
    }

    return { elements: (options) => makeElements(key, options), confirmPayment, retrievePaymentIntent };
  }

  window.Stripe = makeStripe;
})();
