// Bundles styles, scripts and fonts into static/built with names made of their content, and writes
// manifest.json: {"maker.css": "maker-ABC123.css", …}.
import { build } from "esbuild";
import { rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "static", "built");
const entries = ["maker", "box", "house", "console", "marketplace"].map((name) => join(here, "styles", `${name}.css`));
entries.push(join(here, "scripts", "shop.js"), join(here, "scripts", "pay.js"));
entries.push(join(here, "scripts", "pictures.js"));
entries.push(join(here, "scripts", "passkeys.js"));
entries.push(join(here, "scripts", "challenge.js"), join(here, "scripts", "challenge-worker.js"));

await rm(out, { recursive: true, force: true });
const result = await build({
  entryPoints: entries,
  bundle: true,
  minify: true,
  metafile: true,
  outdir: out,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "file" },
  target: ["chrome111", "firefox115", "safari16.4"],
  logLevel: "warning",
});
const manifest = {};
for (const [path, facts] of Object.entries(result.metafile.outputs)) {
  if (facts.entryPoint) manifest[basename(facts.entryPoint)] = relative(out, path);
}
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 2));
