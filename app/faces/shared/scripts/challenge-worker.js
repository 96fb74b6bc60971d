// Derives keys until one begins as asked: the work of a challenge, away from the page's own thread.
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function solve({ parameters, first, step }) {
  const nonce = bytes(parameters.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  const counted = new DataView(password.buffer);
  const rule = { name: "PBKDF2", hash: "SHA-256", salt: bytes(parameters.salt), iterations: parameters.cost };
  for (let counter = first; counter < 2 ** 32; counter += step) {
    counted.setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derived = hex(await crypto.subtle.deriveBits(rule, key, parameters.keyLength * 8));
    if (derived.startsWith(parameters.keyPrefix)) return { counter, derivedKey: derived };
  }
  throw new Error("nothing found");
}

addEventListener("message", ({ data }) =>
  solve(data).then(
    (solution) => postMessage({ solution }),
    (error) => postMessage({ error: String(error) }),
  ),
);
