// SPDX-License-Identifier: Apache-2.0
/* links: two nodes link as people do it in the browser: one makes an invitation (in Japanese), the other accepts it (in
 * English), both compare the same sixteen words, the first confirms, stops, resumes and ends the link. Between: a warning
 * goes over, its receipts are on its page and verify when saved, a withdrawal names who has not confirmed it; and what
 * did not get through is on the link's page at both ends. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { axe, browser, faultsSeen, finish, fits, ok, person, setLanguage, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const program = process.env.HIKESHI ?? join(dirname(fileURLToPath(import.meta.url)), "../../build/hikeshi");
const dir = mkdtempSync(join(tmpdir(), "hikeshi-links-"));
const password = "correct horse battery staple 火消し";

async function node(name, team) {
	const data = join(dir, name);
	const file = join(dir, "password");
	const run = (...args) => execFileSync(program, ["--data", data, ...args], { stdio: "pipe" }).toString();
	let child;
	const start = async (listen) => {
		let text = "";
		child = spawn(program, ["--data", data, "serve", "--listen", listen], { stdio: ["ignore", "pipe", "ignore"] });
		child.stdout.on("data", (c) => {
			text += c;
		});
		for (let i = 0; i < 600 && !/https?:\/\/\S+/.test(text); i++) await new Promise((next) => setTimeout(next, 100));
		return /https?:\/\/[^\s/]+/.exec(text)[0];
	};
	const stop = () => new Promise((gone) => {
		child.once("exit", gone);
		child.kill("SIGTERM");
	});

	writeFileSync(file, `${password}\n`);
	run("init", "--team", team, "--admin", `admin@${name}.example`, "--password-file", file);
	const base = await start("127.0.0.1:0");
	return { base, email: `admin@${name}.example`, password, run, stop, again: () => start(new URL(base).host) };
}
/* The interface as the page itself asks it. */
async function api(p, method, path, body, etag) {
	const r = await p.evaluate(async ([m, at, b, e]) => {
		const res = await fetch(`/api/v1${at}`, { method: m, headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID(), ...(e && { "If-Match": e }) }, body: b ? JSON.stringify(b) : undefined });
		return { status: res.status, text: await res.text(), etag: res.headers.get("etag") };
	}, [method, path, body, etag]);
	if (r.status >= 300) throw new Error(`${method} ${path}: ${r.status} ${r.text}`);
	return r.text ? { etag: r.etag, ...JSON.parse(r.text) } : null;
}
const transit = async (p, path, name, body = {}) => api(p, "POST", `${path}/${name}`, body, (await api(p, "GET", path)).etag);
async function until(what, run, seconds = 30) {
	for (let i = 0; i < seconds * 5; i++) {
		const got = await run().catch(() => null);
		if (got) return got;
		await new Promise((next) => setTimeout(next, 200));
	}
	throw new Error(`never: ${what}`);
}
const ahead = (ms) => new Date(Date.now() + ms).toISOString();
const DAY = 86400e3;

const a = await node("aoi", "Aoi CSIRT");
const b = await node("beni", "Beni CSIRT");
const b1 = await browser();
const page = await person(b1, a.base, { lang: "ja" });
const other = await person(b1, b.base, { lang: "en", width: 390, height: 800 });
const words = async (p, n) => (await p.locator(".words").nth(n).locator("li").allTextContents()).join(" ");
let link = "";

await step("the administrator makes an invitation", async () => {
	await signIn(page, a, "ja");
	await page.locator('.places a[href="/peers"]').click();
	await page.waitForSelector("h1:has-text('リンク')");
	await axe(page, "no links yet");
	await page.getByRole("button", { name: "ノードを招待する" }).click();
	await page.locator("dialog[open] button.primary").click();
	link = await page.locator("#invitation").inputValue();
	ok("the link is there to copy", link.startsWith("hikeshi"), link);
	await axe(page, "invitation");
	await shot(page, "links-invite");
	await page.keyboard.press("Escape");
});
await step("the other side accepts it", async () => {
	await signIn(other, b, "en");
	await other.goto("/peers?do=accept");
	await other.fill("#link", "hikeshi://nothing");
	await other.locator("dialog[open] button[type=submit]").click();
	await other.waitForSelector("dialog[open] [role=alert]");
	ok("half a link is refused in words", /copy the whole link/.test(await other.locator("dialog[open] [role=alert]").textContent()));
	await other.fill("#link", link);
	await other.locator("dialog[open] button[type=submit]").click();
	await other.waitForSelector("dialog[open] .words");
	await axe(other, "accepted");
	await fits(other, "accepted, on a telephone");
	await shot(other, "links-accept");
});
await step("both see the same words, and one confirms", async () => {
	await page.goto("/peers");
	await page.waitForSelector(".words");
	const count = (await words(other, 0)).split(" ").length;
	ok("sixteen words", count === 16, await words(other, 0));
	/* the one reads Japanese and the other English: in one language they are the same */
	await page.locator(".menu > summary").click();
	await page.locator(".menu button[lang=en]").click();
	await page.waitForFunction(() => document.documentElement.lang === "en");
	ok("theirs there are ours here", (await words(page, 0)) === (await words(other, 1)), await words(page, 0));
	ok("and the reverse", (await words(page, 1)) === (await words(other, 0)), await words(page, 1));
	await axe(page, "waits for confirmation");
	await shot(page, "links-confirm");
	await page.getByRole("button", { name: "The words are the same: confirm" }).click();
	await page.waitForSelector("h2:has-text('active')");
});
let circle = "";
let warning = null;
await step("nothing is open on a new link", async () => {
	await page.locator(".menu > summary").click();
	await page.waitForSelector("text=Everything has got through");
	await axe(page, "an active link, nothing open");
	await shot(page, "links-active");
});
await step("a warning goes over, and its receipts come back", async () => {
	a.run("team", "add", "--name", "Aoi Works");
	circle = a.run("circle", "create", "--title", "Ring", "--member", "Aoi CSIRT", "--member", "Aoi Works", "--member", "Beni CSIRT").trim();
	await until("the circle at the other node", async () => (await api(other, "GET", "/circles")).items.some((c) => c.id === circle));
	warning = await api(page, "POST", "/warnings", {
		title: "Stolen credentials are used", summary: "Block the address.", class: "alert", urgency: "high", severity: "high", tlp: "TLP:AMBER", circles: [circle],
		what: { event_type: "compromise", impact: "Stolen credentials" }, when: { known_at: ahead(-3600e3), valid_until: ahead(30 * DAY), ack_by: ahead(DAY) },
		why: { rationale: "Seen here", confidence: "high", basis: "own_observation" },
		how: { mitigate: [{ text: "Block the address", kind: "temporary" }], report_back: "Answer in the inbox", attack: "okapi opened it" }, who: { contact: "c@aoi.example" },
	});
	const path = `/warnings/${warning.id}`;
	await page.goto(path);
	await page.waitForSelector(".record-head h1");
	ok("a draft has no receipts", (await page.locator("#receipts").count()) === 0);
	await transit(page, path, "submit");
	await transit(page, path, "approve", { hash: (await api(page, "GET", `${path}/preview`)).hash, reason: "alone on duty" });
	await transit(page, path, "issue");
	await page.waitForSelector('tr[data-of="Beni CSIRT"] td[data-kind="Received"] time');
	ok("the page says it without being loaded again", /2 of 2 teams confirmed receipt/.test(await page.locator("section[aria-labelledby=receipts]").textContent()));
	await other.goto(path);
	await other.locator("button[data-answer=affected]").click();
	await page.waitForSelector('tr[data-of="Beni CSIRT"] td[data-kind="Answered"] time');
	const here = await page.locator('tr[data-of="Aoi Works"] td[data-kind="Received"]').textContent();
	ok("a team of this node has its entry of the journal, and no receipt to save", /journal entry \d+/.test(here) && !/Save/.test(here), here);
	await axe(page, "receipts");
	await shot(page, "receipts");
	ok("a recipient sees no receipts", (await other.locator("#receipts").count()) === 0);
});
await step("a saved receipt verifies without either node", async () => {
	for (const kind of ["Received", "Answered"]) {
		const save = page.locator(`td[data-kind="${kind}"] button`);
		const file = join(dir, `${kind}.json`);
		await save.focus();
		const [down] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
		await down.saveAs(file);
		ok(`${kind}: named after warning, team and kind`, /^receipt-.*Beni-CSIRT-(received|answered)\.json$/.test(down.suggestedFilename()), down.suggestedFilename());
		const said = execFileSync(program, ["receipt", "verify", file], { stdio: "pipe" }).toString();
		ok(`${kind}: hikeshi receipt verify`, said.includes(warning.id), said);
	}
	const [down] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save all receipts" }).click()]);
	const file = join(dir, "all.json");
	await down.saveAs(file);
	ok("all in one file", execFileSync(program, ["receipt", "verify", file], { stdio: "pipe" }).toString().split(warning.id).length === 3);
});
await step("a field is erased, here and there, and the other side proves it", async () => {
	await page.locator(".moremenu > summary").click();
	await page.locator("[data-erase]").click();
	await page.waitForSelector("dialog[open] .eraselist li");
	await page.locator('dialog[open] .eraselist li:has-text("okapi") input').check();
	await page.fill("#erase-reason", "asked for");
	ok("not before one says that one knows", await page.locator("dialog[open] button.danger").isDisabled());
	await page.getByLabel("I know that this cannot be undone").check();
	await axe(page, "erasing a field");
	await shot(page, "erase-dialog-en", false);
	await page.locator("dialog[open] button.danger").click();
	await page.waitForSelector(".erasures >> text=1 of 1 teams have proved", { timeout: 90000 });
	await page.waitForFunction(() => !/okapi/.test(document.querySelector("main").textContent));
	ok("it is gone", true);
	await other.reload();
	await other.waitForSelector(".record-head h1");
	ok("at the other node too", !/okapi/.test(await other.locator("main").textContent()));
	ok("a recipient has no such menu", (await other.locator(".moremenu").count()) === 0);
	await axe(page, "who has confirmed");
	await shot(page, "erase-confirmed-en");
});
await step("a withdrawal names who has not confirmed it", async () => {
	await b.stop();
	await transit(page, `/warnings/${warning.id}`, "withdraw", { reason: "a false alarm" });
	await page.waitForSelector(".lacking >> text=withdrawal not confirmed");
	const tree = await page.locator(".lacking > li").allTextContents();
	ok("by node and team", tree.length === 1 && /1 of 1 team not confirmed/.test(tree[0]) && tree[0].includes("Beni CSIRT") && !/receipt not/.test(tree[0]), tree.join("\n"));
	await axe(page, "not confirmed");
	await shot(page, "receipts-missing");
	const small = await person(b1, a.base, { lang: "ja", width: 380, height: 800, dark: true });
	await signIn(small, a, "ja");
	await small.goto(`/warnings/${warning.id}`);
	await small.waitForSelector(".lacking >> text=撤回の適用が未確認");
	await fits(small, "receipts, 380 px");
	await axe(small, "receipts, 380 px, dark, Japanese");
	await shot(small, "receipts-380-dark-ja");
	await small.locator("section[aria-labelledby=receipts]").scrollIntoViewIfNeeded();
	await shot(small, "receipts-380-dark-ja-window", false);
	await setLanguage(small, "en"); /* the account has one */
	await small.context().close();
	await b.again();
	await page.waitForFunction(() => document.querySelector('td[data-kind="Withdrawal applied"] time') && !document.querySelector(".lacking"), null, { timeout: 90000 });
	ok("once the other is back and has applied it, nobody is named", true);
	await shot(page, "receipts-withdrawn");
});
await step("what did not get through is on the link's page at both ends", async () => {
	const id = `indicator--${crypto.randomUUID()}`;
	const at = ahead(3 * DAY);
	await api(page, "POST", "/indicators", { tlp: "TLP:GREEN", circles: [circle], object: { type: "indicator", spec_version: "2.1", id, created: at, modified: at, name: "from tomorrow", pattern: "[domain-name:value = 'clock.example.com']", pattern_type: "stix", valid_from: at } });
	await until("refused there", async () => (await api(page, "GET", `/peers/${(await api(page, "GET", "/peers")).items[0].id}/items`)).items.some((x) => x.id === id));
	await page.goto("/peers");
	const row = page.locator(".openitems li[data-direction=out]");
	await row.waitFor();
	ok("with its reason in words", /clock/.test(await row.textContent()), await row.textContent());
	await axe(page, "open items");
	await shot(page, "links-items");
	await other.goto("/peers");
	await other.locator(".openitems li[data-direction=in]").waitFor();
	await fits(other, "open items, on a telephone");
	await axe(other, "open items at the other end");
	await shot(other, "links-items-other");
	await row.getByRole("button", { name: "Send again" }).focus();
	await page.keyboard.press("Enter");
	await page.waitForSelector(".notices >> text=tried again");
	await until("refused again", async () => (await row.textContent()).includes("Not taken"));
});
await step("a link stops, resumes and ends", async () => {
	await page.getByRole("button", { name: "Stop for now" }).click();
	await page.getByRole("button", { name: "Resume" }).click();
	await page.waitForSelector("h2:has-text('active')");
	await axe(page, "an active link");
	await fits(page, "links");
	await page.getByRole("button", { name: "End the link" }).click();
	await page.waitForSelector("text=No links yet");
});
ok("no fault in a page", faultsSeen().length === 0, faultsSeen().join("\n"));
ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
ok("nothing was asked of another server", strangersSeen().length === 0, strangersSeen().join("\n"));
await b1.close();
await Promise.all([a.stop(), b.stop()]);
rmSync(dir, { recursive: true, force: true });
process.exit(finish());
