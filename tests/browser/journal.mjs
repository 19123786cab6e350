// SPDX-License-Identifier: Apache-2.0
/* journal: who did what to which record: the list with its filters in the address, one entry with what changed, its proof
 * checked in the browser and saved for `hikeshi journal verify`, a checkpoint that is kept; ja and en, light and dark, wide
 * and 380 px, by mouse and by keyboard alone; and on an origin that is not secure, where the browser does not compute. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const program = process.env.HIKESHI ?? join(dirname(fileURLToPath(import.meta.url)), "../../build/hikeshi");
const dir = mkdtempSync(join(tmpdir(), "hikeshi-journal-"));
const srv = await server();
const b = await browser();
const lead = srv.people.find((p) => p.role === "lead");
const analyst = srv.people.find((p) => p.role === "analyst");
const admin = srv.people.find((p) => p.role === "administrator");

async function saved(page, press) {
	const [file] = await Promise.all([page.waitForEvent("download"), press()]);
	const path = join(dir, file.suggestedFilename());
	await file.saveAs(path);
	return path;
}
function verify(...args) {
	try {
		return { status: 0, out: execFileSync(program, ["--data", join(dir, "nothing"), "journal", "verify", ...args], { encoding: "utf8", stdio: "pipe" }) };
	} catch (e) {
		return { status: e.status, out: String(e.stdout) + String(e.stderr) };
	}
}
const changed = async (page) => {
	/* a record of one's own is made and changed */
	const made = await page.evaluate(async () => {
		const say = async (path, method, body, headers = {}) => (await fetch(`/api/v1${path}`, { method, body: JSON.stringify(body), headers: { "Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json", ...headers } })).json();
		const r = await say("/incidents", "POST", { title: "証明する件", summary: "前の文", severity: "low" });
		await say(`/incidents/${r.id}`, "PATCH", { severity: "high", summary: "後の文" }, { "If-Match": '"r1"' });
		return r.id;
	});
	return made;
};

const page = await person(b, srv.base, { lang: "ja" });
let incident = "";
await step("the menu leads to the list", async () => {
	await signIn(page, lead, "ja");
	incident = await changed(page);
	await page.locator(".menu > summary").first().click();
	await page.locator('.menu a[href="/journal"]').click();
	await page.waitForSelector("h1:has-text('ジャーナル')");
	await page.waitForSelector("table.journal tbody tr");
	ok("newest first, with who and what", /変更/.test(await page.locator("table.journal tbody tr").first().textContent()), await page.locator("table.journal tbody tr").first().textContent());
	await axe(page, "the list");
	await fits(page, "the list");
	await shot(page, "journal-list-ja-light", false);
});
await step("the filter is the address", async () => {
	await page.selectOption("select[name=kind]", "create");
	await page.waitForFunction(() => location.search === "?kind=create" && [...document.querySelectorAll("table.journal tbody tr td:nth-child(3)")].every((x) => x.textContent.startsWith("作成")));
	await page.reload();
	await page.waitForSelector("table.journal tbody tr");
	ok("and survives a reload", (await page.inputValue("select[name=kind]")) === "create");
	await page.fill("input[name=until]", "2001-01-01");
	await page.waitForSelector("text=条件に合うものはありません");
	await page.getByRole("button", { name: "条件を外す" }).click();
	await page.waitForFunction(() => location.search === "" && document.querySelectorAll("table.journal tbody tr").length > 5);
});
await step("from the history of a record to its entry", async () => {
	await page.goto(`/incidents/${incident}`);
	await page.locator("a.tolog").last().click();
	await page.waitForSelector("h1:has-text('ジャーナル')");
	await page.waitForSelector("table.diff, .tolog, #said");
	await page.goto(`/journal?record=${incident}`);
	await page.waitForFunction(() => document.querySelectorAll("table.journal tbody tr").length === 2);
	await page.locator("table.journal tbody tr").first().locator("td:last-child a").click();
	await page.waitForSelector("table.diff");
	const diff = await page.locator("table.diff").textContent();
	ok("each field before and after", /前の文/.test(diff) && /後の文/.test(diff), diff);
	await axe(page, "an entry");
});
let proofFile = "";
await step("it is proved in the browser, and on a machine without a node", async () => {
	await page.getByRole("button", { name: "証明する" }).click();
	await page.waitForSelector(".proved");
	const text = await page.locator("section[aria-labelledby=proof]").textContent();
	ok("all that is said holds, the signature too", (await page.locator(".prooflist .good").count()) === 4 && !/対応/.test(text), text);
	await axe(page, "a proof");
	await shot(page, "journal-proof-ja-light");
	proofFile = await saved(page, () => page.getByRole("button", { name: "証明をファイルに保存" }).click());
	const plain = JSON.parse(readFileSync(proofFile, "utf8"));
	ok("the file does not say what it said", plain.content === null && !JSON.stringify(plain).includes("後の文"));
	const first = verify(proofFile);
	ok("hikeshi journal verify", first.status === 0 && first.out.includes(incident.split("--")[1]), first.out);
	await page.getByLabel("内容も含める").check();
	const press = async () => {
		await page.getByRole("button", { name: "証明をファイルに保存" }).click();
		const again = page.locator("dialog[open] input[type=password]");
		if (await again.isVisible().catch(() => false)) {
			await again.fill(lead.password);
			await page.locator("dialog[open] button.primary").click();
		}
	};
	const full = JSON.parse(readFileSync(await saved(page, press), "utf8"));
	ok("unless one asks for it", full.content?.includes("後の文"));
});
await step("a checkpoint is kept, and the next proof goes on from it", async () => {
	await page.getByRole("button", { name: "チェックポイントを保管する" }).click();
	await page.waitForSelector("text=この端末に保管しています");
	const note = await saved(page, () => page.getByRole("button", { name: "ファイルに保存", exact: true }).click());
	await changed(page);
	await page.reload();
	await page.getByRole("button", { name: "証明する" }).click();
	await page.waitForSelector(".proved:has-text('書き換えられていません')");
	ok("five steps, the kept one among them", (await page.locator(".prooflist .good").count()) === 5);
	const next = await saved(page, () => page.getByRole("button", { name: "証明をファイルに保存" }).click());
	const said = verify("--kept", note, next);
	ok("the command says so as well", said.status === 0 && said.out.includes("goes on from the checkpoint kept"), said.out);
	await shot(page, "journal-kept-ja-light");
	/* a journal that was set back, or rewritten */
	await page.evaluate(() => {
		const k = JSON.parse(localStorage.getItem("hikeshi.checkpoint"));
		const lines = k.note.split("\n");
		localStorage.setItem("hikeshi.checkpoint", JSON.stringify({ ...k, note: [lines[0], "99999999", ...lines.slice(2)].join("\n") }));
	});
	await page.reload();
	await page.getByRole("button", { name: "証明する" }).click();
	await page.waitForSelector("[role=alert]:has-text('巻き戻された')");
	await page.evaluate(() => {
		const k = JSON.parse(localStorage.getItem("hikeshi.checkpoint"));
		const lines = k.note.split("\n");
		localStorage.setItem("hikeshi.checkpoint", JSON.stringify({ ...k, note: [lines[0], "7", ...lines.slice(2)].join("\n") }));
	});
	await page.reload();
	await page.getByRole("button", { name: "証明する" }).click();
	await page.waitForSelector("[role=alert]:has-text('証明が成り立ちません')");
	await axe(page, "a proof that does not hold");
	await shot(page, "journal-fails-ja-light");
	await page.evaluate(() => localStorage.removeItem("hikeshi.checkpoint"));
});
await step("what the server changes on the way is noticed", async () => {
	await page.route("**/proof*", async (route) => {
		const res = await route.fetch();
		const p = await res.json();
		await route.fulfill({ response: res, json: { ...p, entry: { ...p.entry, actor: p.entry.actor + 1 } } });
	});
	await page.reload();
	await page.getByRole("button", { name: "証明する" }).click();
	await page.waitForSelector("[role=alert]:has-text('証明が成り立ちません')");
	await page.unroute("**/proof*");
});
await step("a field is erased from the record's page; its entries stay, marked, and are proved", async () => {
	await page.goto(`/incidents/${incident}`);
	await page.locator(".moremenu > summary").focus();
	await page.keyboard.press("Enter");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await page.waitForSelector("dialog[open] .eraselist li");
	ok("what it cannot be without is not offered", !/表題/.test(await page.locator(".eraselist").textContent()), await page.locator(".eraselist").textContent());
	await page.locator('dialog[open] .eraselist li:has-text("後の文") input').check();
	await page.fill("#erase-reason", "依頼による");
	await page.getByLabel("元に戻せないことを確かめました").check();
	await axe(page, "erasing a field");
	await shot(page, "erase-dialog-ja-light", false);
	await page.locator("dialog[open] button.danger").click();
	await page.waitForFunction(() => !document.querySelector("dialog[open]") && !/前の文|後の文/.test(document.querySelector("main").textContent));
	await page.goto(`/journal?record=${incident}`);
	await page.waitForFunction(() => document.querySelectorAll("table.journal tbody tr").length === 3);
	ok("the journal says that it was erased, and why", /内容は消去済/.test(await page.locator("table.journal").textContent()) && /依頼による/.test(await page.locator("table.journal").textContent()));
	await page.locator('table.journal tr:has-text("内容は消去済") td:last-child a').first().click();
	await page.getByRole("button", { name: "証明する" }).click();
	await page.waitForSelector(".proved");
	ok("nothing of it is left to open", (await page.getByLabel("内容も含める").count()) === 0);
	await axe(page, "an erased entry");
	await shot(page, "journal-erased-ja-light");
	const small = await person(b, srv.base, { lang: "en", width: 380, height: 800, dark: true });
	await signIn(small, lead, "en");
	await small.goto(`/incidents/${incident}`);
	await small.locator(".moremenu > summary").click();
	await small.locator("[data-erase]").click();
	await small.waitForSelector("dialog[open] .eraselist li");
	await fits(small, "erasing at 380 px");
	await axe(small, "erasing, dark, at 380 px");
	await shot(small, "erase-dialog-en-dark-380", false);
	await small.context().close();
});
await step("by keyboard alone, in English, dark, at 380 px", async () => {
	const small = await person(b, srv.base, { lang: "en", width: 380, height: 800, dark: true });
	await signIn(small, lead, "en");
	await small.goto("/journal");
	await small.waitForSelector("table.journal tbody tr");
	await fits(small, "the list at 380 px");
	await axe(small, "the list, dark, at 380 px");
	await shot(small, "journal-list-en-dark-380", false);
	await small.goto(`/journal?record=${incident}`);
	await small.waitForSelector("table.journal tbody tr");
	const reach = async (sel) => {
		for (let i = 0; i < 200; i++) {
			if (await small.evaluate((s) => document.activeElement?.matches(s), sel)) return true;
			await small.keyboard.press("Tab");
		}
		return false;
	};
	ok("a link of the list is reached", await reach("table.journal td:last-child a"));
	await small.keyboard.press("Enter");
	await small.waitForSelector("h1:has-text('Journal entry')");
	ok("the button is reached", await reach("section[aria-labelledby=proof] button.primary"));
	await small.keyboard.press("Enter");
	await small.waitForSelector(".proved");
	ok("in words", /exactly as it is shown here/.test(await small.locator(".proved").textContent()));
	await fits(small, "a proof at 380 px");
	await axe(small, "a proof, dark, at 380 px");
	await shot(small, "journal-proof-en-dark-380");
	await small.context().close();
});
await step("wide, English, light; and Japanese, dark", async () => {
	const wide = await person(b, srv.base, { lang: "en" });
	await signIn(wide, admin, "en");
	await wide.goto("/journal");
	await wide.waitForSelector("table.journal tbody tr");
	await wide.selectOption("select[name=kind]", "setting");
	await wide.waitForSelector("table.journal td:has-text('Setting')");
	await shot(wide, "journal-admin-en-light", false);
	await wide.locator("table.journal td:last-child a").first().click();
	await wide.waitForSelector("#said");
	await axe(wide, "an entry of the node");
	await shot(wide, "journal-note-en-light");
	await wide.context().close();
	const dark = await person(b, srv.base, { lang: "ja", dark: true });
	await signIn(dark, lead, "ja");
	await dark.goto(`/journal?record=${incident}`);
	await dark.locator("table.journal td:last-child a").first().click();
	await dark.getByRole("button", { name: "証明する" }).click();
	await dark.waitForSelector(".proved");
	await axe(dark, "a proof, dark");
	await shot(dark, "journal-proof-ja-dark");
	await dark.context().close();
});
await step("an analyst has no place for it, but comes to an entry from a record", async () => {
	const other = await person(b, srv.base, { lang: "ja" });
	await signIn(other, analyst, "ja");
	await other.locator(".menu > summary").first().click();
	ok("no place in the menu", (await other.locator('.menu a[href="/journal"]').count()) === 0);
	await other.goto(`/incidents/${incident}`);
	ok("and no fields to erase", (await other.locator(".moremenu").count()) === 0);
	await other.locator("a.tolog").first().click();
	await other.waitForSelector("h1:has-text('ジャーナル')");
	await other.goto("/journal/99999999");
	await other.waitForSelector("h1:has-text('見つかりません')");
	await other.context().close();
});
await step("on an origin that is not secure the browser says so", async () => {
	/* as a browser has it there */
	const plain = await person(b, srv.base, { lang: "ja" });
	await plain.addInitScript(() => Object.defineProperty(globalThis, "isSecureContext", { value: false }));
	await signIn(plain, lead, "ja");
	await plain.goto(`/journal?record=${incident}`);
	await plain.locator("table.journal td:last-child a").first().click();
	await plain.getByRole("button", { name: "証明する" }).click();
	await plain.waitForSelector("text=hikeshi journal verify で確かめてください");
	const file = await saved(plain, () => plain.getByRole("button", { name: "証明をファイルに保存" }).click());
	ok("the file is saved all the same", verify(file).status === 0);
	await plain.context().close();
});
ok("no fault in a page", faultsSeen().length === 0, faultsSeen().join("\n"));
ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
ok("nothing was asked of another server", strangersSeen().length === 0, strangersSeen().join("\n"));
await b.close();
srv.stop();
rmSync(dir, { recursive: true, force: true });
process.exit(finish());
