// SPDX-License-Identifier: Apache-2.0
/* story: the first light by mouse, in Japanese and in English, looked at on the way (axe, widths, pictures, and what a screen
 * reader would say: golden/first-light.LANGUAGE.txt, which UPDATE=1 writes anew); then what surrounds it. BASE and ACCOUNTS
 * (JSON: [{email,password,role,team}]) name a running server; else one is started. ONLY=ja or en. */
import { cast, firstLight, teamName } from "./common/firstlight.mjs";
import { mouse } from "./common/hands.mjs";
import { transcript } from "./common/transcript.mjs";
import { axe, browser, faultsSeen, finish, fits, ok, server, shot, step, strangersSeen, violationsSeen } from "./lib.mjs";

async function around(lang, { analyst, lead, other, incident, warning, w, n }, who) {
	const say = (text) => `${lang}: ${text}`;

	await step(say("search finds the incident and knows a value, defanged or not"), async () => {
		await analyst.goto("/search");
		await analyst.fill("#q", `${w.incident} ${n}`);
		await analyst.press("#q", "Enter");
		await analyst.locator(`.hitlist a[href="/incidents/${incident}"]`).waitFor();
		await analyst.fill("#q", `203[.]0[.]113[.]${n}`);
		await analyst.press("#q", "Enter");
		await analyst.waitForSelector(".known tbody tr");
		await axe(analyst, say("search"));
		await shot(analyst, `${lang}-13-search`);
	});
	await step(say("two editors: the slower one keeps the text and sees both changes"), async () => {
		await analyst.goto(`/incidents/${incident}/edit`);
		await analyst.waitForSelector("#f-summary");
		await lead.goto(`/incidents/${incident}/edit`);
		await lead.waitForSelector("#f-summary");
		await lead.locator("details.rest > summary").first().click();
		await lead.fill("#f-impact", "lead's text");
		await lead.locator("button.primary[type=submit]").click();
		await lead.waitForSelector(".record-head");
		await analyst.fill("#f-summary", "analyst's text");
		await analyst.locator("button.primary[type=submit]").click();
		await analyst.waitForSelector(".problem table");
		if ((await analyst.inputValue("#f-summary")) !== "analyst's text") throw new Error("the text was lost");
		await axe(analyst, say("conflict"));
		await shot(analyst, `${lang}-14-conflict`);
		await analyst.locator(".problem button.primary").click();
		await analyst.waitForSelector(".record-head");
		await analyst.waitForFunction(() => document.querySelector("main").textContent.includes("lead's text") && document.querySelector("main").textContent.includes("analyst's text"));
	});
	await step(say("lists, members and import"), async () => {
		for (const [path, name] of [["/incidents", "incidents"], ["/warnings?box=outbox", "outbox"], ["/members", "members"], ["/imports", "imports"], ["/indicators", "indicators"]]) {
			await analyst.goto(path);
			await analyst.waitForSelector("h1");
			await analyst.waitForTimeout(500);
			await axe(analyst, say(name));
			await fits(analyst, say(name));
			await shot(analyst, `${lang}-15-${name}`);
		}
		await analyst.goto("/imports");
		await analyst.fill("#imp-text", `bad-${n}.example\n198.51.100.${n}`);
		await analyst.locator("form button.primary").click();
		await analyst.waitForSelector("#import-result");
		await axe(analyst, say("import result"));
		await shot(analyst, `${lang}-16-import`);
	});
	await step(say("keys: G W, J, Enter, ?, and none while typing"), async () => {
		await analyst.goto("/");
		await analyst.waitForSelector("h1");
		await analyst.keyboard.press("g");
		await analyst.keyboard.press("i");
		await analyst.waitForURL(/\/incidents$/);
		await analyst.waitForSelector("[data-row]");
		await analyst.keyboard.press("j");
		await analyst.keyboard.press("Enter");
		await analyst.waitForURL(/\/incidents\/x-/);
		await analyst.waitForSelector("#note");
		await analyst.locator("#note").pressSequentially("gw?");
		if (await analyst.locator("dialog[open]").count()) throw new Error("a key acted while typing");
		await analyst.fill("#note", "");
		await analyst.locator("h1").click();
		await analyst.keyboard.press("?");
		await analyst.waitForSelector("dialog[open]");
		await axe(analyst, say("keyboard map"));
		await analyst.keyboard.press("Escape");
		await analyst.waitForSelector("dialog[open]", { state: "detached" });
	});
	await step(say("an input method that composes answers no warning"), async () => {
		const asked = [];
		analyst.on("request", (r) => { if (r.method() === "POST" && r.url().includes("/assessments")) asked.push(r.url()); });
		await analyst.goto("/warnings?box=inbox");
		await analyst.waitForSelector("[data-row]");
		await analyst.keyboard.press("j");
		await analyst.waitForFunction(() => document.activeElement?.closest("[data-row]"));
		for (const key of ["1", "2", "3"]) await analyst.evaluate((k) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: k, keyCode: 229, isComposing: true, bubbles: true, cancelable: true })), key);
		await analyst.keyboard.press("?"); /* keys after those have been heard */
		await analyst.waitForSelector("dialog[open]");
		await analyst.keyboard.press("Escape");
		if (asked.length) throw new Error(asked.join());
	});
	await step(say("a hostile report stays text"), async () => {
		const evil = `<img src=x onerror="window.owned=1"> [x](javascript:owned) {{7*7}} \u202E${n} ${"long".repeat(30)}`;
		await analyst.goto("/reports/new");
		await analyst.fill("#f-title", evil);
		await analyst.fill("#f-description", "<script>window.owned=1</script> http://evil.example/ \u202Etxt.exe");
		await analyst.locator("button.primary[type=submit]").click();
		await analyst.waitForSelector(".record-head");
		if (!(await analyst.locator("h1").innerText()).includes("<img src=x")) throw new Error("the title was changed");
		if ((await analyst.locator("main img, main script, main a[href^='javascript'], main a[href^='http']").count()) > 0) throw new Error("markup came alive");
		if (await analyst.evaluate(() => globalThis.owned)) throw new Error("a script ran");
		await fits(analyst, say("hostile report"));
		await analyst.goto("/reports");
		await analyst.locator(".list a", { hasText: "<img src=x" }).first().waitFor();
		await fits(analyst, say("list with a hostile report"));
		await axe(analyst, say("list with a hostile report"));
		await shot(analyst, `${lang}-20-hostile`);
	});
	await step(say("a lost connection is said, and reading goes on"), async () => {
		await analyst.goto(`/incidents/${incident}`);
		await analyst.waitForSelector("#note");
		await analyst.context().setOffline(true);
		await analyst.fill("#note", "kept");
		await analyst.press("#note", "Control+Enter");
		await analyst.waitForSelector(".quiet-banner");
		if ((await analyst.inputValue("#note")) !== "kept") throw new Error("the note was lost");
		await axe(analyst, say("offline"));
		await shot(analyst, `${lang}-18-offline`);
		await analyst.context().setOffline(false);
		await analyst.press("#note", "Control+Enter");
		await analyst.waitForFunction(() => document.querySelector(".timeline")?.textContent.includes("kept"));
		await analyst.waitForSelector(".quiet-banner", { state: "detached" });
	});
	await step(say("a session that ended asks for the password over the page and keeps the text"), async () => {
		await analyst.fill("#note", "written before the session ended");
		await analyst.context().clearCookies();
		await analyst.press("#note", "Control+Enter");
		await analyst.waitForSelector("dialog[open] #password");
		await axe(analyst, say("sign in again"));
		await shot(analyst, `${lang}-19-again`);
		await analyst.fill("dialog #password", who.analyst.password);
		await analyst.locator("dialog button.primary").click();
		await analyst.waitForFunction(() => document.querySelector(".timeline")?.textContent.includes("written before the session ended"));
	});
	await step(say("widths from 380 to 2560"), async () => {
		for (const [width, height] of [[380, 800], [768, 1024], [2560, 1300]]) {
			await analyst.setViewportSize({ width, height });
			for (const [path, name] of [["/", "today"], ["/incidents", "incidents"], [`/incidents/${incident}`, "incident"], [`/warnings/${warning}`, "warning"], ["/warnings/new", "composer"]]) {
				await analyst.goto(path);
				await analyst.waitForSelector("h1");
				await analyst.waitForTimeout(400);
				await fits(analyst, say(`${name} at ${width}`));
				if (width !== 768) await shot(analyst, `${lang}-17-${name}-${width}`);
			}
		}
	});
	for (const page of [analyst, lead, other]) await page.context().close();
}

const srv = await server();
const b = await browser();
let code = 1;
try {
	const who = cast(srv.people);
	for (const [round, lang] of ["ja", "en"].entries()) {
		if (process.env.ONLY && process.env.ONLY !== lang) continue;
		const team = await teamName(srv.base, who.other, lang);
		const said = transcript(`first-light.${lang}`);
		const done = await firstLight(b, srv.base, { ...who, other: { ...who.other, team } }, lang, round, mouse, {
			axe, fits,
			shot: async (page, name) => {
				await shot(page, name);
				await said.hear(page, name);
			},
		});
		/* the lists are those of a node where nothing else has happened */
		if (!process.env.BASE && !process.env.ONLY) said.compare();
		await around(lang, done, who);
	}
	ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
	ok("no request leaves the origin", strangersSeen().length === 0, strangersSeen().join("\n"));
	ok("no error in any page", faultsSeen().length === 0, faultsSeen().join("\n"));
	code = finish();
} finally {
	await b.close();
	srv.stop();
}
process.exit(code);
