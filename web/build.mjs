// SPDX-License-Identifier: Apache-2.0
/* build: src/ -> dist/. Hashed assets (immutable), index.html, each also as .gz .br and, where the zstd
 * program is installed, .zst; and dist/manifest.txt, one line per address: "url mime immutable(0/1) path",
 * which the C program embeds. Budgets are checked here, so that a build that is too big fails. */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const src = join(here, "src");
const dist = process.env.WEB_DIST || join(here, "dist");
const watchless = { loader: { ".md": "text" }, logLevel: "warning", charset: "utf8", legalComments: "none", minify: !process.env.WEB_DEBUG };
const targets = ["chrome125", "firefox128", "safari18"];
const budget = { "entry": 45 * 1000, "main.css": 12 * 1024, "print.css": 2 * 1024, "chunk.js": 40 * 1024, "report.css": 6 * 1024 };

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "assets"), { recursive: true });

/* A file under its hashed name; its address. */
function asset(stem, ext, bytes) {
	const name = `${stem}-${createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase()}.${ext}`;

	writeFileSync(join(dist, "assets", name), bytes);
	return `/assets/${name}`;
}
const icons = Object.entries(JSON.parse(readFileSync(join(src, "icons.json"), "utf8")));
const sprite = asset("icons", "svg", `<svg xmlns="http://www.w3.org/2000/svg">${icons.map(([id, d]) => `<symbol id="${id}" viewBox="0 0 24 24"><path d="${d}"/></symbol>`).join("")}</svg>`);
const icon = asset("icon", "svg", readFileSync(join(src, "icon.svg")));

const { metafile } = await build({
	...watchless,
	metafile: true,
	define: { SPRITE: JSON.stringify(sprite), DEBUG: String(!!process.env.WEB_DEBUG) },
	entryPoints: { main: join(src, "main.tsx") },
	outdir: join(dist, "assets"),
	entryNames: "[name]-[hash]",
	chunkNames: "[name]-[hash]",
	bundle: true,
	splitting: true,
	format: "esm",
	target: targets,
	jsx: "automatic",
	jsxImportSource: "preact",
});
await build({
	...watchless,
	entryPoints: { main: join(src, "css/main.css"), print: join(src, "css/print.css"), report: join(here, "report.css") },
	outdir: join(dist, "assets"),
	entryNames: "[name]-[hash]",
	bundle: true,
	target: targets,
});

const names = readdirSync(join(dist, "assets"));
const find = (stem, ext) => {
	const hit = names.find((n) => n.startsWith(`${stem}-`) && n.endsWith(ext));

	if (!hit) throw new Error(`no ${stem}${ext} was built`);
	return hit;
};
/* What the first page waits for: the entry and what it imports outright, fetched side by side. */
const outputs = new Map(Object.entries(metafile.outputs).map(([path, o]) => [basename(path), o]));
const entry = new Set([find("main", ".js")]);
for (const name of entry)
	for (const i of outputs.get(name)?.imports ?? []) if (i.kind === "import-statement") entry.add(basename(i.path));
const preload = [...entry].slice(1).map((name) => `<link rel="modulepreload" href="/assets/${name}">`).join("");
const page = readFileSync(join(src, "index.html"), "utf8")
	.replace("{js}", `/assets/${find("main", ".js")}`)
	.replace("{css}", `/assets/${find("main", ".css")}`)
	.replace("{print}", `/assets/${find("print", ".css")}`)
	.replace("{preload}", preload)
	.replace("{icon}", icon);
writeFileSync(join(dist, "index.html"), page);

const mimes = { js: "text/javascript", css: "text/css", html: "text/html", svg: "image/svg+xml" };
const mime = (name) => `${mimes[name.split(".").pop()]};charset=utf-8`;
const hasZstd = spawnSync("zstd", ["--version"]).status === 0;
const lines = [];
const faults = [];
let total = 0;
let first = 0;

function publish(url, path, immutable) {
	const bytes = readFileSync(join(dist, path));
	const gz = gzipSync(bytes, { level: 9 });
	const br = brotliCompressSync(bytes, {
		params: {
			[constants.BROTLI_PARAM_QUALITY]: 11,
			[constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
		},
	});

	writeFileSync(join(dist, `${path}.gz`), gz);
	writeFileSync(join(dist, `${path}.br`), br);
	if (hasZstd) {
		const run = spawnSync("zstd", ["-q", "-f", "-19", join(dist, path), "-o", join(dist, `${path}.zst`)]);

		if (run.status !== 0) throw new Error(`zstd failed on ${path}`);
	}
	lines.push(`${url} ${mime(path)} ${immutable ? 1 : 0} ${path}`);
	total += br.length;
	const name = path.split("/").pop();
	const kind = name.replace(/-[A-Z0-9]{8}\./, ".");
	const limit = entry.has(name) ? Infinity : budget[kind] ?? (kind.endsWith(".js") ? budget["chunk.js"] : Infinity);

	console.log(`${url.padEnd(36)} ${String(bytes.length).padStart(8)} gz ${String(gz.length).padStart(6)} br ${String(br.length).padStart(6)}`);
	if (entry.has(name)) first += gz.length;
	if (gz.length > limit) faults.push(`${name}: ${gz.length} bytes gzipped, ${limit} allowed`);
}

for (const name of names.sort()) publish(`/assets/${name}`, `assets/${name}`, true);
publish("/index.html", "index.html", false);
writeFileSync(join(dist, "manifest.txt"), `${lines.join("\n")}\n`);
console.log(`whole face ${total} bytes in brotli`);
console.log(`entry JavaScript ${first} bytes gzipped in ${entry.size} files`);
if (first > budget.entry) faults.push(`entry JavaScript: ${first} bytes gzipped, ${budget.entry} allowed`);
if (total > 250 * 1024) faults.push(`whole face: ${total} bytes in brotli`);
const packages = Object.keys(JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8")).packages).filter(Boolean);
const wanted = packages.filter((p) => !/@(esbuild|typescript)\//.test(p)); /* of these one for each kind of machine, one of which is installed */
if (wanted.length + 2 > 20) faults.push(`${wanted.length + 2} npm packages, 20 allowed`);
for (const f of faults) console.error(`budget: ${f}`);
/* readable code is larger than what is served */
process.exit(faults.length && !process.env.WEB_DEBUG ? 1 : 0);
