// SPDX-License-Identifier: Apache-2.0
/* components: /dev/components of a development build, which stands alone: every component in every state, in Japanese and
 * English, light, dark, forced colours, without motion, from 320 px (400 %) to 2560 px; and what a sheet of paper says.
 * SHOTS=DIR keeps screenshots. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, step, strangersSeen, violationsSeen } from "./lib.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "../../web");
const dist = mkdtempSync(join(tmpdir(), "hikeshi-components-"));
const built = spawnSync(process.execPath, [join(web, "build.mjs")], { env: { ...process.env, WEB_DEBUG: "1", WEB_DIST: dist }, encoding: "utf8" });
if (built.status !== 0) throw new Error(built.stderr);

/* the headers of the real server, around the files of the development build */
const srv = await server();
const real = await fetch(srv.base, { headers: { Accept: "text/html" } });
const policy = Object.fromEntries(["content-security-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy"].map((k) => [k, real.headers.get(k) ?? ""]));
srv.stop();
const mimes = new Map(readFileSync(join(dist, "manifest.txt"), "utf8").trim().split("\n").map((l) => l.split(" ")).map(([url, mime, , path]) => [url, { mime, path }]));
const http = createServer((q, a) => {
	const hit = mimes.get(q.url.split("?")[0]) ?? (q.url.startsWith("/api/") ? null : mimes.get("/index.html"));
	a.writeHead(hit ? 200 : 401, { "Content-Type": hit ? hit.mime : "application/problem+json", ...policy });
	a.end(hit ? readFileSync(join(dist, hit.path)) : '{"status":401,"code":"sign_in"}');
});
await new Promise((up) => http.listen(0, "127.0.0.1", up));
const base = `http://127.0.0.1:${http.address().port}`;
const b = await browser();

async function open(options) {
	const page = await person(b, base, options);
	await page.addInitScript((l) => localStorage.setItem("hikeshi.language", l), options.lang);
	await page.goto("/dev/components");
	await page.waitForSelector("[data-part=markdown]");
	await page.waitForFunction(() => document.querySelector(".icon")?.getBoundingClientRect().width > 0);
	return page;
}

try {
	for (const lang of ["ja", "en"]) for (const dark of [false, true]) {
		const name = `${lang} ${dark ? "dark" : "light"}`;
		await step(`components: ${name}`, async () => {
			const page = await open({ lang, dark });
			await axe(page, `components, ${name}`);
			await fits(page, `components, ${name}`);
			await shot(page, `components-${lang}-${dark ? "dark" : "light"}`);
			await page.locator("button.tlp").first().click();
			await page.waitForSelector(".explain:popover-open");
			await axe(page, `TLP explained, ${name}`);
			await shot(page, `components-tlp-${lang}-${dark ? "dark" : "light"}`, false);
			await page.keyboard.press("Escape");
			await page.locator("[data-do=undo]").click();
			await page.waitForSelector(".notices .undo");
			const dim = await page.evaluate(() => getComputedStyle(document.querySelector(".notices p")).color);
			if (!dim) throw new Error("no colour");
			await shot(page, `components-toast-${lang}-${dark ? "dark" : "light"}`, false);
			await page.locator("[data-do=dialog]").click();
			await page.waitForSelector("dialog[open]");
			await axe(page, `dialog, ${name}`);
			await page.context().close();
		});
	}
	await step("the icons are there: every one has a shape in the sprite", async () => {
		const page = await open({ lang: "ja" });
		const sprite = await page.locator(".icon use").first().getAttribute("href");
		const text = await (await fetch(base + sprite.split("#")[0])).text();
		const names = await page.locator("[data-part=icons] use").evaluateAll((l) => l.map((u) => u.getAttribute("href").split("#")[1]));
		const lost = names.filter((n) => !text.includes(`id="${n}"`));
		if (lost.length || names.length < 15) throw new Error(lost.join());
		await page.context().close();
	});
	for (const [width, height, name] of [[320, 256, "400 %"], [380, 800, "380 px"], [2560, 1300, "2560 px"]]) for (const lang of ["ja", "en"])
		await step(`components at ${name}, ${lang}`, async () => {
			const page = await open({ lang, width, height });
			await fits(page, `components at ${name}, ${lang}`);
			await shot(page, `components-${lang}-${width}`);
			await page.context().close();
		});
	await step("forced colours: what is chosen, in focus or grave is still told apart", async () => {
		const page = await open({ lang: "ja" });
		await page.emulateMedia({ forcedColors: "active" });
		await axe(page, "components, forced colours");
		await shot(page, "components-forced");
		const look = (sel, prop) => page.locator(sel).first().evaluate((el, p) => getComputedStyle(el)[p], prop);
		if ((await look(".segmented input:checked + span", "outlineStyle")) === "none") throw new Error("what is chosen looks like the rest");
		if ((await look(".sev-critical", "borderTopStyle")) === "none") throw new Error("critical has no edge");
		if (!/255, 43, 43/.test(await look(".tlp-red", "color"))) throw new Error("TLP:RED lost its colour");
		await page.context().close();
	});
	await step("without motion nothing moves", async () => {
		const page = await open({ lang: "ja" });
		const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((el) => {
			const s = getComputedStyle(el);
			return Number.parseFloat(s.animationDuration) > 0.01 || Number.parseFloat(s.transitionDuration) > 0.01;
		}).length);
		if (moving) throw new Error(`${moving} elements move`);
		await page.context().close();
	});
	await step("on paper every sheet carries the strictest label of the page", async () => {
		const page = await open({ lang: "ja" });
		await page.emulateMedia({ media: "print" });
		const sheet = () => page.evaluate(() => getComputedStyle(document.body).page);
		if ((await sheet()) !== "tlp-red") throw new Error(await sheet());
		await page.evaluate(() => document.querySelectorAll(".tlp-red").forEach((x) => x.remove()));
		if ((await sheet()) !== "tlp-strict") throw new Error(await sheet());
		await page.evaluate(() => document.querySelectorAll(".tlp-strict").forEach((x) => x.remove()));
		if ((await sheet()) !== "tlp-amber") throw new Error(await sheet());
		const pdf = await page.pdf({ format: "A4", preferCSSPageSize: false });
		if (pdf.length < 10000) throw new Error("no paper");
		await page.context().close();
	});
	ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
	ok("no request leaves the origin", strangersSeen().length === 0, strangersSeen().join("\n"));
	ok("no error in any page", faultsSeen().length === 0, faultsSeen().join("\n"));
} finally {
	await b.close();
	http.close();
	rmSync(dist, { recursive: true, force: true });
}
process.exit(finish());
