// SPDX-License-Identifier: Apache-2.0
/* links: two nodes link as people do it in the browser: one makes an invitation (in Japanese), the other accepts it (in
 * English), both compare the same sixteen words, the first confirms, stops, resumes and ends the link. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { axe, browser, faultsSeen, finish, fits, ok, person, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const program = process.env.HIKESHI ?? join(dirname(fileURLToPath(import.meta.url)), "../../build/hikeshi");
const dir = mkdtempSync(join(tmpdir(), "hikeshi-links-"));
const password = "correct horse battery staple 火消し";

async function node(name, team) {
	const data = join(dir, name);
	const file = join(dir, "password");
	writeFileSync(file, `${password}\n`);
	execFileSync(program, ["--data", data, "init", "--team", team, "--admin", `admin@${name}.example`, "--password-file", file], { stdio: "pipe" });
	const child = spawn(program, ["--data", data, "serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
	let text = "";
	child.stdout.on("data", (c) => {
		text += c;
	});
	for (let i = 0; i < 600 && !/https?:\/\/\S+/.test(text); i++) await new Promise((next) => setTimeout(next, 100));
	return { base: /https?:\/\/[^\s/]+/.exec(text)[0], email: `admin@${name}.example`, password, stop: () => child.kill("SIGTERM") };
}

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
a.stop();
b.stop();
await new Promise((next) => setTimeout(next, 500));
rmSync(dir, { recursive: true, force: true });
process.exit(finish());
