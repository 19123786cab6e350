// SPDX-License-Identifier: Apache-2.0
/* screens: every screen of the face, once: name, who looks at it, its address, what is there when it is there, and what
 * is opened on it. A new screen is a row of this table; tests/browser/screens.mjs looks at all of them for
 * accessibility, focus and width, scripts/screenshots makes pictures of them. Nothing here changes what others see.
 *
 * who: a role of the cast of world.mjs, "nobody" (the public pages of the demo), "fresh" (the administrator of an empty
 * node) or "freshNobody". path: text, or of the ids of the world. there: selector. open(page, world): what is done then.
 * colours: chips are looked at as people with other colour vision see them. after(page, world): puts it back. view: only what the window shows is on the picture (dialogs). */
import { readFileSync } from "node:fs";
import { person, signIn, until } from "../lib.mjs";

const dialog = "dialog[open]";
const palette = async (page, text) => {
	await page.keyboard.press("Control+k");
	await page.waitForSelector(`${dialog}.palette [role=option]`);
	if (!text) return;
	await page.locator(`${dialog} input`).fill(text);
	await page.waitForSelector(`${dialog} [role=option]`);
};

export const SCREENS = [
	/* the world, without an account */
	{ name: "public-report", who: "nobody", path: "/report", there: "#title" },
	{ name: "public-report-fault", who: "nobody", path: "/report", there: "#title", open: async (page) => {
		await page.locator("form").first().evaluate((f) => { f.noValidate = true; f.submit(); });
		await page.waitForSelector("[role=alert]");
		/* in the words of the form, not by the key of the field */
		if (/title/.test(await page.textContent("[role=alert]"))) throw new Error(await page.textContent("[role=alert]"));
	} },
	{ name: "public-report-receipt", who: "nobody", path: "/report", there: "#title", open: async (page) => {
		await page.fill("#title", "不審なメールが届いた / Suspicious mail");
		await page.fill("#description", "添付を開いてしまった。\nThe attachment was opened.");
		await page.locator("button[type=submit]").click();
		await page.waitForSelector("#code");
	} },
	{ name: "public-status", who: "nobody", path: "/report/status", there: "#n" },
	{ name: "public-status-wrong", who: "nobody", path: "/report/status", there: "#n", open: async (page, { ids }) => {
		await page.fill("#n", ids.receipt.number);
		await page.fill("#c", "AAAA-AAAA-AAAA-AAAA");
		await page.locator("button[type=submit]").click();
		await page.waitForSelector("[role=alert]");
	} },
	{ name: "public-status-found", who: "nobody", path: "/report/status", there: "#n", open: async (page, { ids }) => {
		await page.fill("#n", ids.receipt.number);
		await page.fill("#c", ids.receipt.code);
		await page.locator("button[type=submit]").click();
		await page.waitForSelector("#state");
	} },
	{ name: "public-warnings", who: "nobody", path: "/public/warnings", there: "h1" },
	{ name: "public-warning", who: "nobody", path: (i) => `/public/warnings/${i.publicWarning}`, there: "h1" },
	{ name: "public-gone", who: "nobody", path: "/public/warnings/x-hikeshi-warning--00000000-0000-4000-8000-000000000000", there: "h1" },
	{ name: "public-rfc2350", who: "nobody", path: "/rfc2350", there: "h1" },
	{ name: "public-warnings-empty", who: "freshNobody", path: "/public/warnings", there: "h1" },
	{ name: "public-rfc2350-fresh", who: "freshNobody", path: "/rfc2350", there: "h1" },
	{ name: "sign-in", who: "nobody", path: "/", there: ".signin" },
	{ name: "sign-in-wrong", who: "nobody", path: "/", there: ".signin", open: async (page) => {
		await page.fill("#email", "nobody@akatsuki.example");
		await page.fill("#password", "wrong");
		await page.locator(".signin button.primary").click();
		await page.waitForSelector(".signin [role=alert]");
	} },

	/* today, as each role finds it */
	...["analyst", "lead", "member", "manager", "reader", "secretariat", "admin"].map((who) => ({ name: `today-${who}`, who, colours: who === "lead" || who === "secretariat", path: "/", there: "main h1" })),

	/* the desk */
	{ name: "reports", who: "analyst", path: "/reports", there: "[data-row]" },
	{ name: "report", who: "analyst", path: (i) => `/reports/${i.report}`, there: ".record-head" },
	{ name: "report-intake", who: "analyst", path: "/reports/new", there: "main textarea", open: async (page) => {
		await page.fill("#f-description", "From: 高橋 舞 <mai@minato.example>\nSubject: 請求書を装う不審なメール\n\n接続先 hxxps://gate.screens[.]example/in と 203.0.113.77 を確認。8.8.8.8 にも問い合わせ。");
		await page.waitForSelector(".xchip");
	}, after: (page) => page.fill("#f-description", "") },
	{ name: "incidents", who: "analyst", path: "/incidents", there: "[data-row]" },
	{ name: "incidents-none", who: "analyst", path: "/incidents?severity=low&q=nothinglikethis", there: ".empty" },
	{ name: "incidents-preview", who: "analyst", path: "/incidents", there: "[data-row]", open: async (page) => {
		await page.keyboard.press("j");
		await page.waitForFunction(() => document.activeElement?.closest("[data-row]"));
		await page.keyboard.press(" ");
		await page.waitForSelector(".drawer h2");
	} },
	{ name: "incidents-selected", who: "analyst", path: "/incidents", there: "[data-row]", open: async (page) => {
		await page.locator(".desk tbody tr[data-row] .pick input").first().check();
		await page.waitForSelector(".desk tr.picked");
	} },
	{ name: "incident-intake", who: "analyst", path: "/incidents/new", there: "main textarea" },
	{ name: "incident-form", who: "analyst", path: "/incidents/new?form=1", there: "#f-title" },
	{ name: "incident", who: "analyst", path: (i) => `/incidents/${i.incident}`, there: ".bench" },
	{ name: "incident-edit", who: "analyst", path: (i) => `/incidents/${i.incident}/edit`, there: "#f-title" },
	{ name: "tasks", who: "analyst", path: "/r/tasks", there: "main h1" },
	{ name: "task", who: "analyst", path: (i) => `/r/tasks/${i.task}`, there: ".record-head" },

	/* warnings */
	{ name: "warnings-inbox", who: "member", path: "/warnings?box=inbox", there: ".inbox-row" },
	{ name: "warnings-outbox", colours: true, who: "lead", path: "/warnings?box=outbox", there: "main h1" },
	{ name: "warnings-drafts", who: "author", path: "/warnings?box=drafts", there: "main h1" },
	{ name: "warnings-figures", who: "lead", path: "/warnings?box=figures", there: "main h1" },
	{ name: "warning-received", who: "member", path: (i) => `/warnings/${i.received}`, there: ".answerbox" },
	{ name: "warning-review", who: "lead", path: (i) => `/warnings/${i.review}`, there: ".preview[data-hash]" },
	{ name: "warning-issued", who: "lead", path: (i) => `/warnings/${i.issued}`, there: "#reach" },
	{ name: "warning-withdrawn", who: "member", path: (i) => `/warnings/${i.withdrawn}`, there: "main h1" },
	{ name: "warning-paper", who: "lead", path: (i) => `/warnings/${i.issued}/paper`, there: "main h1" },
	{ name: "composer-new", who: "author", path: "/warnings/new", there: "#f-title" },
	{ name: "composer-draft", who: "author", path: (i) => `/warnings/${i.draft}/edit`, there: "#f-title" },

	/* the rest */
	{ name: "indicators", who: "analyst", path: "/indicators", there: "main h1" },
	{ name: "indicator", who: "analyst", path: (i) => `/indicators/${i.indicator}`, there: "main h1" },
	{ name: "value", who: "analyst", path: (i) => `/indicators/value?v=${i.value}`, there: "svg.graph a" },
	{ name: "value-further", who: "analyst", path: (i) => `/indicators/value?v=${i.value}&depth=2&by=month`, there: "svg.graph a.far" },
	{ name: "value-none", who: "analyst", path: "/indicators/value?v=nothing-of-it.example", there: ".empty" },
	{ name: "indicators-check", who: "analyst", path: (i) => `/indicators/check?text=${i.value}%20203.0.113.250%208.8.8.8`, there: ".checked" },
	{ name: "indicators-check-start", who: "analyst", path: "/indicators/check", there: ".empty" },
	{ name: "indicators-export", who: "analyst", path: "/indicators/export?format=rpz", there: "#out-q" },
	{ name: "indicators-checked", who: "analyst", path: "/indicators/check?text=203.0.113.45%20cdn.seikyu-kakunin.example%208.8.8.8%20new.example", there: "main h1" },
	{ name: "value-unknown", who: "analyst", path: "/indicators/value?v=never-seen.example", there: "main h1" },
	{ name: "figures", who: "secretariat", path: "/figures", there: "main h1" },
	{ name: "figures-analyst", who: "analyst", path: "/figures", there: "main h1" },
	{ name: "members-circles", who: "analyst", path: "/members?tab=circles", there: "main h1" },
	{ name: "members-people", who: "analyst", path: "/members?tab=people", there: "main h1" },
	{ name: "members-none", who: "analyst", path: "/members?q=nobody-has-this-name", there: "main h1" },
	{ name: "members", who: "analyst", path: "/members", there: "main h1" },
	{ name: "team", who: "analyst", path: (i) => `/r/teams/${i.team}`, there: "main h1" },
	{ name: "circles", who: "analyst", path: "/r/circles", there: "main h1" },
	{ name: "circle", who: "analyst", path: (i) => `/r/circles/${i.circle}`, there: "main h1" },
	{ name: "person", who: "analyst", path: (i) => `/r/people/${i.person}`, there: "main h1" },
	{ name: "imports", who: "analyst", path: "/imports", there: "main h1" },
	{ name: "import-result", who: "analyst", path: (i) => `/imports/${i.import}`, there: "#import-result" },
	{ name: "import-gone", who: "analyst", path: "/imports/00000000-0000-4000-8000-000000000000", there: ".note-box" },
	{ name: "peers", who: "admin", path: "/peers", there: "main h1" },
	{ name: "journal", who: "lead", path: "/journal", there: "table.journal tbody tr" },
	{ name: "journal-none", who: "lead", path: "/journal?until=2001-01-01", there: ".empty" },
	{ name: "journal-entry", who: "lead", path: "/journal?kind=create", there: "table.journal tbody tr", open: async (page) => {
		await page.locator("table.journal tbody tr:first-child td:last-child a").click();
		await page.waitForSelector("#said");
		await page.locator("section[aria-labelledby=proof] button.primary").click();
		await page.waitForSelector(".proved");
	} },
	{ name: "peers-invite", who: "admin", path: "/peers?do=invite", there: "dialog[open]", view: true },
	{ name: "peers-accept", who: "admin", path: "/peers?do=accept", there: "dialog[open]", view: true },
	{ name: "sources", who: "admin", path: "/peers?view=sources", there: "main h1" },
	{ name: "sources-add", who: "admin", path: "/peers?view=sources&do=add", there: "dialog[open]", view: true },
	{ name: "account", who: "analyst", path: "/account", there: "main h1" },
	{ name: "accounts", who: "admin", path: "/accounts", there: "main h1" },
	{ name: "accounts-not-allowed", who: "reader", path: "/accounts", there: "main h1" },
	{ name: "settings", who: "admin", path: "/settings", there: "main h1" },
	{ name: "search", who: "analyst", path: "/search?q=ISO", there: ".hitlist" },
	{ name: "search-value", who: "analyst", path: "/search?q=203.0.113.45", there: "main h1" },
	{ name: "search-none", who: "analyst", path: "/search?q=nothinglikethisatall", there: "main h1" },
	{ name: "records", who: "analyst", path: "/r", there: "main h1" },
	{ name: "help", who: "analyst", path: "/help", there: ".topics" },
	{ name: "help-incidents", who: "analyst", path: "/help/incidents", there: ".markdown h2" },

	/* what lies over a page */
	{ name: "palette", who: "analyst", path: "/", there: "main h1", view: true, open: (page) => palette(page) },
	{ name: "palette-found", who: "analyst", path: "/", there: "main h1", view: true, open: (page) => palette(page, "INC") },
	{ name: "keyboard-map", who: "analyst", path: "/incidents", there: "[data-row]", view: true, open: async (page) => {
		await page.keyboard.press("?");
		await page.waitForSelector(`${dialog} .keymap`);
	} },
	{ name: "own-menu", who: "analyst", path: "/", there: "main h1", view: true, open: async (page) => {
		await page.locator(".top .menu > summary").click();
		await page.waitForSelector(".top .menu .sheet");
	} },
	{ name: "see-as", who: "lead", path: "/", there: "main h1", open: async (page) => {
		await page.locator(".top .menu > summary").first().click();
		await page.locator(".seeas > summary").click();
		await page.locator(".seeas button").first().click();
		await page.waitForSelector(".seeband");
	}, after: async (page) => {
		await page.locator(".seeband button").click();
		await page.waitForSelector(".seeband", { state: "detached" });
	} },
	{ name: "tlp-explained", who: "analyst", path: (i) => `/incidents/${i.incident}`, there: ".bench", view: true, open: async (page) => {
		await page.locator("button.tlp").first().click();
		await page.waitForSelector(".explain:popover-open");
	} },
	{ name: "other-steps", who: "analyst", path: (i) => `/incidents/${i.incident}`, there: ".bench", view: true, open: async (page) => {
		await page.locator(".record-head details.menu > summary").click();
		await page.waitForSelector(".record-head .sheet button");
	} },
	{ name: "step-dialog", who: "lead", path: (i) => `/warnings/${i.review}`, there: ".preview[data-hash]", view: true, open: async (page) => {
		await page.locator("[data-step=approve]").first().click();
		await page.waitForSelector(dialog);
	} },
	{ name: "step-up", who: "analyst", path: "/indicators/export?format=csv", there: "#out-q", view: true, open: async (page) => {
		await until(page, () => fetch("/api/v1/export?format=csv&type=indicator").then((r) => r.status === 403));
		await page.locator("form button.primary").click();
		await page.waitForSelector(`${dialog} #confirm-password`);
	} },
	{ name: "session-ended", who: "analyst", path: (i) => `/incidents/${i.incident}`, there: "#note", view: true, open: async (page) => {
		await page.fill("#note", "kept");
		await page.context().clearCookies();
		await page.press("#note", "Control+Enter");
		await page.waitForSelector(`${dialog} #password`);
	} },
	{ name: "offline", who: "analyst", path: (i) => `/incidents/${i.incident}`, there: "#note", open: async (page) => {
		await page.context().setOffline(true);
		await page.fill("#note", "kept");
		await page.press("#note", "Control+Enter");
		await page.waitForSelector(".quiet-banner");
	}, after: async (page) => {
		await page.context().setOffline(false);
		await page.fill("#note", "");
	} },

	/* what is not there, or not for this person */
	{ name: "not-found", who: "analyst", path: "/nowhere", there: ".empty" },
	{ name: "record-not-found", who: "analyst", path: "/incidents/x-hikeshi-incident--00000000-0000-4000-8000-000000000000", there: ".empty" },
	{ name: "not-allowed", who: "reader", path: "/peers", there: "main h1" },

	/* an empty node */
	{ name: "fresh-today", who: "fresh", path: "/", there: "main h1" },
	...["reports", "incidents", "warnings", "indicators", "members", "peers", "imports", "figures", "indicators/check", "r/circles", "r/tasks"].map((p) => ({ name: `fresh-${p.replace(/^r\//, "").replace("/", "-")}`, who: "fresh", path: `/${p}`, there: "main h1" })),
	{ name: "fresh-outbox", who: "fresh", path: "/warnings?box=outbox", there: "main h1" },
	{ name: "fresh-composer", who: "fresh", path: "/warnings/new", there: "main h1" },
];

const PUBLIC = { nobody: "demo", freshNobody: "fresh" };
/* Places of the navigation that no row of the table has. */
export function cover() {
	const source = readFileSync(new URL("../../../web/src/core/places.ts", import.meta.url), "utf8");
	const paths = SCREENS.map((s) => (typeof s.path === "function" ? s.path({}) : s.path));
	return [...source.matchAll(/href: "([^"]+)"/g)].map((m) => m[1]).filter((href) => !paths.some((p) => p.split("?")[0] === href));
}
export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 380, height: 800 };
/* a window of 1280 × 1024 at 400 % */
export const SMALL = { width: 320, height: 256 };
export const LOOKS = [
	{ width: "wide", size: WIDE, theme: "light" }, { width: "narrow", size: NARROW, theme: "dark" },
	{ width: "wide", size: WIDE, theme: "dark" }, { width: "narrow", size: NARROW, theme: "light" },
];

/* Everything that was asked for has come and stands. */
export async function settled(page) {
	/* what waits for an answer in a dialog is busy for as long as that is open */
	await page.waitForFunction(() => document.querySelector("dialog[open]") || !document.querySelector("main .loading, main [aria-busy=true]"));
	await page.evaluate(async () => {
		await document.fonts.ready;
		await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
	});
}

/* Opens each screen once in a language and calls visit(page, screen); a fault is told to failed(screen, error). */
export async function eachScreen(b, world, lang, { only = () => true, visit, failed }) {
	const rows = SCREENS.filter(only);
	for (const who of [...new Set(rows.map((s) => s.who))]) {
		const node = world[PUBLIC[who] ?? (who === "fresh" ? "fresh" : "demo")];
		const page = await person(b, node.base, { lang, ...WIDE });
		if (!PUBLIC[who]) await signIn(page, world.cast[who], lang);
		const cookies = await page.context().cookies();
		for (const screen of rows.filter((s) => s.who === who)) {
			try {
				await page.setViewportSize(WIDE);
				await page.emulateMedia({ colorScheme: "light" });
				await page.goto(typeof screen.path === "function" ? screen.path(world.ids) : screen.path);
				await page.waitForSelector(screen.there);
				await settled(page);
				await screen.open?.(page, world);
				await settled(page);
				await visit(page, screen);
			} catch (e) {
				await failed(page, screen, e);
			}
			await screen.after?.(page, world);
			await page.context().addCookies(cookies);
		}
		await page.context().close();
	}
}
