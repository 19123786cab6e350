// SPDX-License-Identifier: Apache-2.0
/* lib: Debian's Chromium driven by playwright-core, checks printed as TAP, axe put in through the debugger so
 * that the page's content security policy stays on. Nothing here leaves the machine. */
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, "../../web/package.json"));
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS;

const pages = [];
let passed = 0;
let failed = 0;
export function ok(what, good, detail = "") {
	if (good) passed++;
	else failed++;
	console.log(`${good ? "ok" : "not ok"} ${passed + failed} - ${what}${good || !detail ? "" : `\n# ${String(detail).replaceAll("\n", "\n# ")}`}`);
	return good;
}
/* Runs a step; a fault in it is a failed check, and the story goes on. */
export async function step(what, run) {
	try {
		await run();
		ok(what, true);
		return true;
	} catch (e) {
		ok(what, false, e.message);
		for (const [i, page] of pages.entries()) if (!page.isClosed()) await shot(page, `failed-${what.replace(/\W+/g, "-").slice(0, 40)}-${i}`, false);
		return false;
	}
}
export function finish() {
	console.log(`${passed} passed, ${failed} failed`);
	return failed ? 1 : 0;
}

/* config: settings besides the demo's own. A server of our own, unless BASE names one: hikeshi demo on a free port, its accounts read from what it prints. */
export async function server({ config = "" } = {}) {
	if (process.env.BASE) return { base: process.env.BASE.replace(/\/$/, ""), people: JSON.parse(process.env.ACCOUNTS ?? "[]"), stop() {}, configure() {} };
	const dir = mkdtempSync(join(tmpdir(), "hikeshi-browser-"));
	const program = process.env.HIKESHI ?? join(here, "../../build/hikeshi");
	const child = spawn(program, ["demo", "--listen", "127.0.0.1:0", "--data", join(dir, "node")], { stdio: ["ignore", "pipe", "pipe"] });
	let text = "";
	const grow = (chunk) => {
		text += chunk;
	};

	child.stdout.on("data", grow);
	child.stderr.on("data", grow);
	let gone = false;
	child.on("exit", () => {
		gone = true;
	});
	for (let i = 0; i < 6000 && !gone; i++) { /* a loaded machine is slow, not wrong */
		if (/https?:\/\/[^\s]+/.test(text) && peopleIn(text).length >= 3) break;
		await new Promise((next) => setTimeout(next, 100));
	}
	await new Promise((next) => setTimeout(next, 500));
	const base = /https?:\/\/[^\s/]+/.exec(text)?.[0];
	const stop = () => {
		child.kill("SIGTERM");
		setTimeout(() => rmSync(dir, { recursive: true, force: true }), 500).unref();
	};
	if (gone || !base) {
		stop();
		throw new Error(`the server did not start:\n${text}`);
	}
	const configure = (more) => {
		appendFileSync(join(dir, "node", "config"), `\n${more}`);
		child.kill("SIGHUP");
	};
	if (config) configure(config);
	return { base, people: peopleIn(text), stop, configure };
}

/* Lines such as "lead  lead@aoba.example  password: …  Aoba CSIRT", in any order of the words. */
export function peopleIn(text) {
	const out = [];

	for (const line of text.split("\n")) {
		const email = /[\w.+-]+@[\w.-]+/.exec(line)?.[0];
		const password = /password:\s*(\S+)/.exec(line)?.[1];
		const role = /\b(reader|analyst|lead|manager|secretariat|administrator)\b/.exec(line.replace(email ?? "", ""))?.[1];
		if (email && password) out.push({ email, password, role: role ?? "", line: line.trim() });
	}
	return out;
}

export async function browser() {
	const b = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		headless: true,
		args: [
			"--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
			"--disable-sync", "--disable-default-apps", "--disable-domain-reliability", "--no-pings", "--disable-features=OptimizationHints,MediaRouter",
		],
	});
	return b;
}

const violations = [];
const faults = [];
const strangers = [];
/* What a page asked of any server but its own. */
export const strangersSeen = () => strangers;
export const violationsSeen = () => violations;
export const faultsSeen = () => faults;

/* A person at a browser of their own. */
export async function person(b, base, { lang = "ja", width = 1440, height = 900, dark = false, js = true, touch = false } = {}) {
	const context = await b.newContext({
		baseURL: base,
		locale: lang === "ja" ? "ja-JP" : "en-GB",
		timezoneId: "Asia/Tokyo",
		viewport: { width, height },
		colorScheme: dark ? "dark" : "light",
		reducedMotion: "reduce",
		javaScriptEnabled: js,
		hasTouch: touch,
		isMobile: touch,
	});

	if (js) await context.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", (e) => console.error(`CSP-VIOLATION ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
	});
	const page = await context.newPage();
	pages.push(page);
	page.setDefaultTimeout(Number(process.env.PATIENCE ?? 60000)); /* a loaded machine is slow, not wrong */
	page.on("console", (m) => {
		const text = m.text();
		if (/CSP-VIOLATION|Content Security Policy|TrustedHTML|TrustedScript/.test(text)) violations.push(text);
	});
	page.on("request", (r) => {
		if (!/^(blob|data):/.test(r.url()) && new URL(r.url()).origin !== new URL(base).origin) strangers.push(r.url());
	});
	page.on("pageerror", (e) => faults.push(`${page.url()}: ${e.message}`));
	return page;
}

/* Asks the page again and again until a function of it resolves to true (waitForFunction takes the promise itself for a yes). */
export async function until(page, ask, arg) {
	while (!(await page.evaluate(ask, arg))) await page.waitForTimeout(50);
}

const byMouse = { click: (x) => x.click(), fill: (x, text) => x.fill(text) };
/* h: how it is done, of common/hands.mjs */
export async function signIn(page, who, lang, h = byMouse) {
	await page.goto("/");
	await h.click(page.locator(`.langs button[lang=${lang}]`));
	await h.fill(page.locator("#email"), who.email);
	await h.fill(page.locator("#password"), who.password);
	await h.click(page.locator(".signin button.primary"));
	await page.waitForSelector(".places");
	await setLanguage(page, lang, h);
}
export async function setLanguage(page, lang, h = byMouse) {
	if ((await page.getAttribute("html", "lang")) === lang) return;
	await h.click(page.locator(".menu > summary").first());
	await h.click(page.locator(`.menu button[lang=${lang}]`));
	await page.waitForFunction((l) => document.documentElement.lang === l, lang);
	await h.click(page.locator(".menu > summary").first());
}

export async function axe(page, name, { wait = 150 } = {}) {
	if (wait) await page.waitForTimeout(wait); /* what fades in is there */
	/* short news lies over the page for a while; /dev/components looks at it by itself */
	await page.evaluate(() => {
		document.querySelectorAll(".notices .dismiss").forEach((x) => x.click());
		scrollTo(0, 0); /* else something lies half under the top bar by chance */
	});
	if (!(await page.evaluate(() => !!globalThis.axe))) await page.evaluate(axeSource);
	const found = await page.evaluate(async () => {
		const r = await globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
		return r.violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.failureSummary?.split("\n").slice(1, 3).join(" ")}`).join(" | ")}`);
	});
	ok(`axe: ${name}`, found.length === 0, found.join("\n"));
}
export async function shot(page, name, full = true) {
	if (!shots) return;
	mkdirSync(shots, { recursive: true });
	await page.screenshot({ path: join(shots, `${name}.png`), fullPage: full });
}
/* No page may be wider than its window. */
export async function fits(page, name) {
	const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	ok(`fits its window: ${name}`, over <= 1, `${over} px too wide`);
}
