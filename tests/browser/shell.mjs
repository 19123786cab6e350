// SPDX-License-Identifier: Apache-2.0
/* shell: what surrounds every page, as people use it: the palette and the keys by keyboard alone, input methods, undo,
 * drafts that survive, help; in Japanese and English. ONLY=ja or en; SHOTS=DIR keeps screenshots. */
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, signIn, step, strangersSeen, until, violationsSeen } from "./lib.mjs";

const W = {
	ja: { warnings: "早期警戒", help: "ヘルプ", dark: "暗い", create: "インシデントを作成" },
	en: { warnings: "Warnings", help: "Help", dark: "Dark", create: "Create incident" },
};
const api = (page, method, path, body, etag) =>
	page.evaluate(async ([m, at, b, e]) => {
		const res = await fetch(`/api/v1${at}`, { method: m, headers: { "Content-Type": m === "PATCH" ? "application/merge-patch+json" : "application/json", ...(e && { "If-Match": e }) }, body: b ? JSON.stringify(b) : undefined });
		return { status: res.status, etag: res.headers.get("etag"), ...(res.status === 204 ? {} : await res.json()) };
	}, [method, path, body, etag]);
const dialog = "dialog[open]";
const gone = (page, selector) => page.waitForSelector(selector, { state: "detached" });
const option = (page, text) => page.locator(`${dialog} [role=option]`, { hasText: text }).first();
/* What the palette has marked. */
const marked = (page) => page.locator(`${dialog} [aria-selected=true]`).innerText();

async function palette(page, w, lang, incident) {
	const say = (text) => `${lang}: ${text}`;

	await step(say("Ctrl+K opens one line for everything"), async () => {
		await page.goto("/");
		await page.waitForSelector("h1");
		await page.keyboard.press("Control+k");
		await page.waitForSelector(`${dialog} [role=option]`);
		if (!(await page.locator(`${dialog} input`).evaluate((el) => el === document.activeElement))) throw new Error("the line does not have the focus");
		await axe(page, say("palette"));
		await shot(page, `${lang}-palette`, false);
	});
	await step(say("a place is jumped to by its name"), async () => {
		await page.keyboard.type(w.warnings);
		await option(page, w.warnings).waitFor();
		while (!(await marked(page)).includes(w.warnings)) await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Enter");
		await page.waitForURL(/\/warnings$/);
		await gone(page, dialog);
	});
	await step(say("what was chosen stays chosen when hits arrive above it"), async () => {
		let open = () => {};
		await page.route("**/api/v1/search?*", async (route) => {
			await new Promise((go) => { open = go; });
			await route.continue();
		});
		await page.keyboard.press("Control+k");
		await page.locator(`${dialog} input`).fill("in");
		await page.waitForRequest("**/api/v1/search?*");
		await page.keyboard.press("End");
		await page.keyboard.press("ArrowUp");
		const chosen = await marked(page);
		const before = await page.locator(`${dialog} [role=option]`).count();
		open();
		await page.waitForFunction((n) => document.querySelectorAll("dialog[open] [role=option]").length > n, before);
		if ((await marked(page)) !== chosen) throw new Error(`${chosen} became ${await marked(page)}`);
		await page.unroute("**/api/v1/search?*");
		await page.keyboard.press("Escape");
		await gone(page, dialog);
	});
	await step(say("a record is jumped to by its number"), async () => {
		await page.keyboard.press("Control+k");
		await page.locator(`${dialog} input`).fill(incident.number);
		await option(page, incident.title).waitFor();
		await axe(page, say("palette with a record"));
		await shot(page, `${lang}-palette-record`, false);
		await page.keyboard.press("Enter");
		await page.waitForURL(new RegExp(incident.id));
	});
	await step(say("a command runs: dark, and back"), async () => {
		await page.keyboard.press("Control+k");
		await page.locator(`${dialog} input`).fill(w.dark);
		await option(page, w.dark).waitFor();
		while (!(await marked(page)).includes(w.dark)) await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Enter");
		await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
		await page.keyboard.press("Control+k");
		await page.waitForSelector(`${dialog} [role=option]`);
		await axe(page, say("palette, dark"));
		await shot(page, `${lang}-palette-dark`, false);
		await page.keyboard.press("Escape");
		await gone(page, dialog);
		await page.evaluate(() => localStorage.removeItem("hikeshi.theme"));
		await page.reload();
		await page.waitForSelector("h1");
	});
	await step(say("an input method that composes chooses nothing"), async () => {
		await page.keyboard.press("Control+k");
		await page.waitForSelector(`${dialog} [role=option]`);
		const cdp = await page.context().newCDPSession(page);
		const where = page.url();
		await cdp.send("Input.imeSetComposition", { text: "けいかい", selectionStart: 4, selectionEnd: 4 });
		await page.locator(`${dialog} input`).evaluate((el) => el.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true })));
		if (page.url() !== where || !(await page.locator(dialog).count())) throw new Error("Enter while composing chose something");
		await cdp.send("Input.insertText", { text: "警戒" });
		if ((await page.locator(`${dialog} input`).inputValue()) !== "警戒") throw new Error("the composed word did not arrive");
		await page.keyboard.press("Escape");
		await gone(page, dialog);
	});
}

async function keys(page, w, lang, incident) {
	const say = (text) => `${lang}: ${text}`;

	await step(say("the keyboard map, and single keys switched off and on"), async () => {
		await page.goto("/incidents");
		await page.waitForSelector("[data-row]");
		await page.keyboard.press("?");
		await page.waitForSelector(`${dialog} .keymap`);
		await axe(page, say("keyboard map"));
		await shot(page, `${lang}-keymap`, false);
		await page.locator(`${dialog} input[type=checkbox]`).uncheck();
		await page.keyboard.press("Escape");
		await gone(page, dialog);
		await page.keyboard.press("?");
		await page.keyboard.press("Control+k"); /* others go on working; and by now ? would have opened */
		await page.waitForSelector(`${dialog}.palette`);
		if (await page.locator(`${dialog} .keymap`).count()) throw new Error("a key acted that was switched off");
		await page.keyboard.press("Escape");
		await gone(page, dialog);
		await page.evaluate(() => localStorage.setItem("hikeshi.keys", "on"));
		await page.reload();
		await page.waitForSelector("[data-row]");
	});
	await step(say("no single key acts while an input method composes"), async () => {
		await page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "c", keyCode: 229, isComposing: true, bubbles: true, cancelable: true })));
		await page.keyboard.press("j");
		if (!/\/incidents$/.test(page.url())) throw new Error("C acted while composing");
		if (!(await page.evaluate(() => !!document.activeElement.closest("[data-row]")))) throw new Error("J does not go to a row");
	});
	await step(say("rows by J K and arrows, O opens, U goes back, Y copies the address"), async () => {
		const at = () => page.evaluate(() => [...document.querySelectorAll("[data-row]")].findIndex((r) => r.contains(document.activeElement)));
		await page.keyboard.press("ArrowDown");
		const down = await at();
		await page.keyboard.press("k");
		if (down === (await at()) && (await page.locator("[data-row]").count()) > 1) throw new Error("K does not move");
		await page.keyboard.press("o");
		await page.waitForURL(/\/incidents\/x-/);
		await page.waitForSelector(".record-head");
		await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
		await page.keyboard.press("y");
		await page.waitForSelector(".notices p");
		if ((await page.evaluate(() => navigator.clipboard.readText())) !== page.url()) throw new Error("not this address");
		await page.keyboard.press("u");
		await page.waitForURL(/\/incidents$/);
	});
	await step(say("help for a place, by keys alone"), async () => {
		await page.keyboard.press("g");
		await page.keyboard.press("h");
		await page.waitForURL(/\/help$/);
		await page.waitForSelector(".topics");
		await axe(page, say("help"));
		await page.goto(`/incidents/${incident.id}`);
		await page.waitForSelector(".record-head");
		await page.locator(".helplink").press("Enter");
		await page.waitForURL(/\/help\/incidents$/);
		await page.waitForSelector(".markdown h2");
		await axe(page, say("help for incidents"));
		await fits(page, say("help for incidents"));
		await shot(page, `${lang}-help-incidents`);
	});
	await step(say("every help page is there"), async () => {
		await page.goto("/help");
		await page.waitForSelector(".topics a");
		const hrefs = await page.locator(".topics a").evaluateAll((l) => l.map((a) => a.getAttribute("href")));
		for (const href of hrefs) {
			await page.goto(href);
			await page.waitForSelector(".markdown :is(p, h2)");
			for (const to of await page.locator(".markdown a").evaluateAll((l) => l.map((a) => a.getAttribute("href")))) if (!/^\//.test(to)) throw new Error(`${href} leads to ${to}`);
		}
		if (hrefs.length < 10) throw new Error(`only ${hrefs.length} pages`);
	});
}

async function kept(page, w, lang, incident) {
	const say = (text) => `${lang}: ${text}`;
	const edit = `/incidents/${incident.id}/edit`;

	await step(say("what was typed is there again after the tab went away"), async () => {
		await page.goto(edit);
		await page.fill("#f-summary", "typed before the crash");
		await page.goto("about:blank");
		await page.goto(edit);
		await page.waitForSelector(".note-box");
		if ((await page.inputValue("#f-summary")) !== "typed before the crash") throw new Error("it is lost");
		await axe(page, say("form that goes on"));
		await shot(page, `${lang}-draft`, false);
		await page.locator(".note-box button").click();
		await page.waitForFunction(() => document.querySelector("#f-summary").value === "");
		await gone(page, ".note-box");
	});
	await step(say("a record that moved on meanwhile: both sides, nothing lost"), async () => {
		await page.fill("#f-summary", "mine");
		await page.goto("about:blank");
		await page.goto("/");
		await page.waitForSelector("h1");
		const now = await api(page, "GET", `/incidents/${incident.id}`);
		await api(page, "PATCH", `/incidents/${incident.id}`, { summary: "theirs" }, now.etag);
		await page.goto(edit);
		await page.waitForSelector(".note-box");
		await page.locator("button.primary[type=submit]").click();
		await page.waitForSelector(".problem table");
		const text = await page.locator(".problem").innerText();
		if (!text.includes("mine") || !text.includes("theirs")) throw new Error(text);
		if ((await page.inputValue("#f-summary")) !== "mine") throw new Error("mine is lost");
		await axe(page, say("both sides of a draft"));
		await page.locator(".problem button.primary").click();
		await page.waitForSelector(".record-head");
		await page.waitForFunction(() => document.querySelector("main").textContent.includes("mine"));
	});
	await step(say("a change is taken back with Z"), async () => {
		await page.goto(edit);
		await page.fill("#f-summary", "a slip of the hand");
		await page.locator("button.primary[type=submit]").click();
		await page.waitForSelector(".notices .undo");
		await page.waitForSelector(".record-head");
		await shot(page, `${lang}-undo`, false);
		await page.locator("h1").click();
		await page.keyboard.press("z");
		await until(page, (id) => fetch(`/api/v1/incidents/${id}`).then((r) => r.json()).then((r) => r.summary === "mine"), incident.id);
	});
	await step(say("leaving a form keeps nothing from coming back"), async () => {
		await page.goto(edit);
		await page.fill("#f-summary", "left by mistake");
		await page.locator("form button[type=button]").last().click();
		await page.waitForSelector(".record-head");
		await page.locator(".notices .undo").first().click();
		await page.waitForURL(/\/edit$/);
		await page.waitForFunction(() => document.querySelector("#f-summary")?.value === "left by mistake");
		await page.locator(".note-box button").click();
	});
	await step(say("a note half written survives, and is gone when sent"), async () => {
		await page.goto(`/incidents/${incident.id}`);
		await page.fill("#note", "half a note");
		await page.goto("/");
		await page.waitForSelector("h1");
		await page.goto(`/incidents/${incident.id}`);
		await page.waitForFunction(() => document.querySelector("#note")?.value === "half a note");
		await page.press("#note", "Control+Enter");
		await page.waitForFunction(() => document.querySelector("#note").value === "" && document.querySelector(".timeline").textContent.includes("half a note"));
		await page.reload();
		await page.waitForSelector("#note");
		if (await page.inputValue("#note")) throw new Error("it came back");
	});
}

/* The same at 380 px, in the dark, by touch. */
async function telephone(b, srv, who, lang, incident) {
	const say = (text) => `${lang}: ${text}, on a telephone`;
	const page = await person(b, srv.base, { lang, width: 380, height: 800, dark: true });

	await step(say("palette, own menu, help, a record with its TLP explained"), async () => {
		await signIn(page, who, lang);
		await page.locator(".topsearch").click();
		await page.waitForSelector(`${dialog} [role=option]`);
		await axe(page, say("palette"));
		await fits(page, say("palette"));
		await shot(page, `${lang}-narrow-palette`, false);
		await page.keyboard.press("Escape");
		await gone(page, dialog);
		await page.locator(".menu > summary").first().click();
		await page.waitForSelector(".segmented");
		await axe(page, say("own menu"));
		await fits(page, say("own menu"));
		await shot(page, `${lang}-narrow-menu`, false);
		await page.goto("/help/warnings");
		await page.waitForSelector(".markdown h2");
		await fits(page, say("help"));
		await shot(page, `${lang}-narrow-help`);
		await page.goto(`/incidents/${incident.id}`);
		await page.locator("button.tlp").first().click();
		await page.waitForSelector(".explain:popover-open");
		await axe(page, say("TLP explained"));
		await fits(page, say("TLP explained"));
		await shot(page, `${lang}-narrow-tlp`, false);
	});
	await page.context().close();
}

/* Two of one team at the same record, each at a browser of their own. */
async function together(b, srv, page, lang, incident) {
	const say = (text) => `${lang}: ${text}`;
	const lead = srv.people.find((p) => p.role === "lead" && p.email.split("@")[1] === srv.people.find((x) => x.role === "analyst").email.split("@")[1]);
	const other = await person(b, srv.base, { lang });

	await step(say("who else looks at a record, and who writes in it"), async () => {
		await signIn(other, lead, lang);
		await page.goto(`/incidents/${incident.id}`);
		await page.waitForSelector(".record-head");
		await other.goto(`/incidents/${incident.id}`);
		await page.waitForSelector(".presence .viewing");
		await other.waitForSelector(".presence .viewing");
		await axe(page, say("somebody else is here"));
		await shot(page, `${lang}-presence`, false);
		await other.fill("#note", "w");
		await page.waitForSelector(".presence .writing");
		await other.fill("#note", "");
		await other.goto("/");
		await page.waitForSelector(".presence > span", { state: "detached" });
	});
	await other.context().close();
}

/* A node that asks for the password at every important step. */
async function again(b, lang) {
	const say = (text) => `${lang}: ${text}`;
	const srv = await server({ config: "session.confirm_seconds = 1\n" });
	const who = srv.people.find((p) => p.role === "lead");
	const page = await person(b, srv.base, { lang });
	const form = `${dialog} #confirm-password`;

	try {
		await step(say("an export with TLP:RED in it asks for the password; a wrong one is said, nothing is lost"), async () => {
			await signIn(page, who, lang);
			await api(page, "POST", "/indicators", { value: "red.example", tlp: "TLP:RED" });
			await page.goto("/indicators/export?format=csv");
			await page.waitForSelector("#out-q");
			await until(page, () => fetch("/api/v1/export?format=csv&type=indicator").then((r) => r.status === 403));
			await page.locator("main form button.primary").click();
			await page.waitForSelector(form);
			await axe(page, say("the password once more"));
			await shot(page, `${lang}-confirm`, false);
			await page.fill(form, "wrong");
			await page.keyboard.press("Enter");
			await page.waitForSelector(`${dialog} .fault`);
			await page.keyboard.press("Escape");
			await gone(page, dialog);
		});
		await step(say("with the right one the file comes"), async () => {
			for (let tries = 0; ; tries++) {
				/* a second is short: on a slow machine it may have passed before the export is made */
				await page.locator("main form button.primary").click();
				const file = page.waitForEvent("download");
				await page.waitForSelector(form);
				await page.fill(form, who.password);
				await page.keyboard.press("Enter");
				await gone(page, dialog);
				const first = await Promise.race([file, page.waitForSelector("main .problem", { timeout: 0 }).then(() => null)]);
				if (first) {
					if (first.suggestedFilename() !== "indicators.csv") throw new Error(first.suggestedFilename());
					break;
				}
				file.catch(() => {});
				if (tries > 5) throw new Error("the file never comes");
			}
		});
	} finally {
		await page.context().close();
		srv.stop();
	}
}

async function story(b, srv, lang) {
	const w = W[lang];
	const who = srv.people.find((p) => p.role === "analyst");
	const page = await person(b, srv.base, { lang });
	let incident = null;

	await step(`${lang}: sign in`, async () => {
		await signIn(page, who, lang);
		for (const n of [1, 2]) incident = await api(page, "POST", "/incidents", { title: `${lang} shell ${n}`, severity: "high", tlp: "TLP:AMBER" });
	});
	await palette(page, w, lang, incident);
	await keys(page, w, lang, incident);
	await kept(page, w, lang, incident);
	await together(b, srv, page, lang, incident);
	await telephone(b, srv, who, lang, incident);
	await step(`${lang}: signing out leaves nothing typed on the device`, async () => {
		await page.goto("/incidents/new");
		await page.fill("#f-title", "left behind");
		page.once("dialog", (d) => void d.accept());
		await page.locator(".menu > summary").click();
		await page.locator(".menu .sheet > p:last-of-type button").click();
		await page.waitForSelector(".signin");
		const left = await page.evaluate(() => Object.keys(localStorage).filter((k) => k.includes("draft")));
		if (left.length) throw new Error(left.join());
	});
	await page.context().close();
}

const srv = await server();
const b = await browser();
let code = 1;
try {
	for (const lang of ["ja", "en"]) if (!process.env.ONLY || process.env.ONLY === lang) {
		await story(b, srv, lang);
		await again(b, lang);
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
