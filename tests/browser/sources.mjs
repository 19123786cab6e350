// SPDX-License-Identifier: Apache-2.0
/* sources: the administrator adds a TAXII server of somebody else (in Japanese), reads it now, sees per collection what came
 * of it, pauses, changes and removes it (in English, on a telephone). The server is made here. */
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { axe, browser, faultsSeen, finish, fits, ok, person, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const program = process.env.HIKESHI ?? join(dirname(fileURLToPath(import.meta.url)), "../../build/hikeshi");
const dir = mkdtempSync(join(tmpdir(), "hikeshi-sources-"));
const password = "correct horse battery staple 火消し";
const COLLECTION = "11111111-1111-4111-8111-111111111111";
const asked = [];

const indicator = (n) => ({
	type: "indicator", spec_version: "2.1", id: `indicator--0000000${n}-1111-4111-8111-111111111111`, created: "2026-01-01T00:00:00.000Z",
	modified: "2026-01-01T00:00:00.000Z", name: `x${n}`, pattern: `[domain-name:value = 'x${n}.example']`, pattern_type: "stix", valid_from: "2026-01-01T00:00:00Z",
});
const answers = {
	"/taxii2/": { title: "x", api_roots: ["/root/"] },
	"/root/collections/": { collections: [{ id: COLLECTION, title: "Feed <b>of</b> others", can_read: true, can_write: false }] },
	[`/root/collections/${COLLECTION}/objects/`]: { objects: [indicator(1), indicator(2), { ...indicator(3), type: "x-hikeshi-warning" }] },
};
const taxii = createServer((rq, res) => {
	const path = new URL(rq.url, "http://x").pathname;
	asked.push({ path, authorization: rq.headers.authorization });
	const late = new URL(rq.url, "http://x").searchParams.has("added_after");
	res.writeHead(answers[path] ? 200 : 404, {
		"Content-Type": "application/taxii+json;version=2.1",
		...(path.endsWith("/objects/") && !late && { "X-TAXII-Date-Added-First": "2026-01-01T00:00:01.000000Z", "X-TAXII-Date-Added-Last": "2026-01-01T00:00:03.000000Z" }),
	});
	res.end(JSON.stringify(path.endsWith("/objects/") && late ? {} : answers[path] ?? { title: "no" }));
});
await new Promise((up) => taxii.listen(0, "127.0.0.1", up));
const address = `http://127.0.0.1:${taxii.address().port}/taxii2/`;

const data = join(dir, "node");
const file = join(dir, "password");
writeFileSync(file, `${password}\n`);
execFileSync(program, ["--data", data, "init", "--team", "Aoi CSIRT", "--admin", "admin@aoi.example", "--password-file", file], { stdio: "pipe" });
const child = spawn(program, ["--data", data, "serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
const base = await new Promise((up) => {
	let text = "";
	child.stdout.on("data", (c) => {
		text += c;
		const found = /https?:\/\/[^\s/]+/.exec(text);
		if (found) up(found[0]);
	});
});
const admin = { email: "admin@aoi.example", password };
const b = await browser();
const page = await person(b, base, { lang: "ja" });

await step("a source is added", async () => {
	await signIn(page, admin, "ja");
	await page.locator('.places a[href="/peers"]').click();
	await page.locator('a[href="/peers?view=sources"]').click();
	await page.waitForSelector("h1:has-text('取得元')");
	await page.waitForSelector("text=取得元はまだありません");
	await axe(page, "no sources yet");
	await page.getByRole("button", { name: "取得元を追加する" }).click();
	await page.fill("#src-url", "http://taxii.example/");
	await page.selectOption("#src-auth", "bearer");
	await page.fill("#src-secret", "token-of-ours");
	await axe(page, "adding a source");
	await shot(page, "sources-add");
	await page.locator("dialog[open] button[type=submit]").click();
	await page.waitForSelector("dialog[open] [role=alert]");
	ok("what is wrong is said in Japanese", /TLSなし/.test(await page.locator("dialog[open] [role=alert]").textContent()));
	await page.fill("#src-url", address);
	await page.selectOption("#src-every", "0");
	await page.selectOption("#src-tlp", "TLP:GREEN");
	await page.locator("dialog[open] button[type=submit]").click();
	await page.waitForSelector("section.part h2");
	ok("nobody was asked yet", asked.length === 0);
});
await step("it is read now", async () => {
	await page.getByRole("button", { name: "今すぐ読み込む" }).click();
	await page.waitForSelector("text=新規 2、更新 0、変更なし 0、受け取らず 1");
	ok("with the token", asked.every((a) => a.authorization === "Bearer token-of-ours"), JSON.stringify(asked[0]));
	ok("a title is a text", (await page.locator("section.part b").count()) === 0);
	await page.locator("summary:has-text('受け取らなかった理由')").click();
	await axe(page, "a source that was read");
	await shot(page, "sources-read");
});
await step("it pauses, changes and goes, on a telephone", async () => {
	const small = await person(b, base, { lang: "en", width: 390, height: 800 });
	await signIn(small, admin, "en");
	await small.goto("/peers?view=sources");
	await small.waitForSelector("text=2 new, 0 updated, 0 unchanged, 1 not taken");
	await fits(small, "sources, on a telephone");
	await axe(small, "sources in English");
	await small.getByRole("button", { name: "Pause" }).click();
	await small.waitForSelector("h2:has-text('paused')");
	ok("what is paused is not read", (await small.getByRole("button", { name: "Read now" }).count()) === 0);
	await small.getByRole("button", { name: "Resume" }).click();
	await small.getByRole("button", { name: "Change" }).click();
	await small.waitForSelector("#src-auth");
	ok("the secret is not shown", (await small.locator("#src-secret").inputValue()) === "");
	await small.selectOption("#src-every", "86400");
	await fits(small, "changing a source, on a telephone");
	await small.locator("dialog[open] button[type=submit]").click();
	await small.waitForSelector("text=every day");
	small.on("dialog", (d) => void d.accept());
	await small.getByRole("button", { name: "Remove" }).click();
	await small.waitForSelector("text=No sources yet");
});
ok("no fault in a page", faultsSeen().length === 0, faultsSeen().join("\n"));
ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
ok("nothing was asked of another server", strangersSeen().length === 0, strangersSeen().join("\n"));
await b.close();
taxii.close();
await new Promise((gone) => {
	child.once("exit", gone);
	child.kill("SIGTERM");
});
rmSync(dir, { recursive: true, force: true });
process.exit(finish());
