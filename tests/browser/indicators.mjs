// SPDX-License-Identifier: Apache-2.0
/* indicators: a value is looked up, its page says who saw it and when, over time, in which records, and what is around it;
 * many values at once with what to do next; an import with its progress, rejects and losses, still there after a reload;
 * exports in every format, with the password asked for where TLP:RED is in it. What another team holds is nowhere.
 * Japanese and English, light and dark, wide and narrow, by the keyboard. ONLY=ja; SHOTS=DIR keeps screenshots. */
import { readFileSync } from "node:fs";
import { api, BROKEN, seedValue } from "./common/world.mjs";
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const FORMATS = ["stix", "misp", "misp-feed", "csv", "suricata", "snort", "zeek", "rpz", "nft", "sigma-values"];
const pageOf = (value, more = "") => `/indicators/value?v=${encodeURIComponent(value)}${more}`;
const saved = async (page, press) => {
	const [file] = await Promise.all([page.waitForEvent("download"), press()]);
	return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
};
const bodyHas = (page, text) => page.waitForFunction((x) => document.querySelector("main").innerText.includes(x), text);

async function valuePage(b, base, who, lang, dark) {
	const say = (x) => `${lang}: ${x}`;
	const value = `gate-${lang}.value-page.example`;
	const secret = `zqsecret${lang}qz`;
	const a = await api(base, who.analyst);
	const other = await api(base, who.other);
	const page = await person(b, base, { lang, dark });
	const shown = value.replaceAll(".", "[.]");

	await step(say("one value typed into the line opens its page, defanged or not"), async () => {
		await seedValue(a, value);
		await other.post("/indicators", { value, name: secret });
		await other.post("/incidents", { title: secret, summary: value });
		await signIn(page, who.analyst, lang);
		await page.goto("/indicators");
		await page.waitForSelector("[data-row]");
		await axe(page, say("list"));
		await fits(page, say("list"));
		await shot(page, `ind-${lang}-list`);
		await page.fill("#q", shown);
		await page.press("#q", "Enter");
		await page.waitForURL((u) => u.pathname === "/indicators/value");
		await page.waitForSelector("svg.graph a");
		await page.waitForSelector("svg.timeplot");
		await page.keyboard.press("Control+k");
		await page.fill(".palette-q", `never-met-${lang}[.]example`);
		await page.locator(".palette [role=option]", { hasText: `never-met-${lang}` }).first().click();
		await page.waitForURL(/never-met/);
		await page.goBack();
		await page.waitForSelector("svg.graph a");
		if (!(await page.locator("h1").innerText()).includes(shown)) throw new Error(await page.locator("h1").innerText());
	});
	await step(say("it says who saw it and when, counts what the reader may see, and nothing of others"), async () => {
		const rows = await page.locator(".who tbody tr").allInnerTexts();
		if (rows.length !== 1 || !/\b3\b.*\b5\b/s.test(rows[0].replace(/\s+/g, " "))) throw new Error(rows.join("|"));
		if ((await page.content()).includes(secret)) throw new Error("another team's record is on the page");
		if (/command-and-control/.test(await page.locator("main").innerText())) throw new Error("a phase by its code");
		await axe(page, say("value"));
		await fits(page, say("value"));
		await shot(page, `ind-${lang}-value`);
	});
	await step(say("over time: a table with the same numbers, CSV with its zone, by month in the address"), async () => {
		await page.locator("section[aria-labelledby=value-time] .segmented label").nth(3).click();
		await page.waitForURL(/by=month/);
		await page.waitForFunction(() => document.querySelectorAll("section[aria-labelledby=value-time] tbody tr").length === 7);
		await page.locator("section[aria-labelledby=value-time] summary").click();
		const cells = await page.locator("section[aria-labelledby=value-time] tbody tr").allInnerTexts();
		if (!/(2026\/08|Aug 2026)\s+2\s+9/.test(cells[3])) throw new Error(cells.join("|"));
		const file = await saved(page, () => page.locator("section[aria-labelledby=value-time] .row > button").click());
		if (!file.text.includes("UTC+09:00") || !/2026-08,2,9,0/.test(file.text)) throw new Error(file.text);
		await axe(page, say("value by month"));
	});
	await step(say("the graph by keyboard: its nodes are links; its table says the same; one step further"), async () => {
		const incident = page.locator("svg.graph a", { hasText: "INC-" }).first();
		await incident.focus();
		await page.waitForFunction(() => document.activeElement?.closest("svg.graph"));
		await page.keyboard.press("Tab");
		await page.waitForFunction(() => document.activeElement?.closest("svg.graph, section[aria-labelledby=value-graph]"));
		await page.locator("section[aria-labelledby=value-graph] summary").click();
		const nodes = await page.locator("svg.graph a").count();
		const twins = await page.locator("section[aria-labelledby=value-graph] tbody tr").count();
		if (nodes !== twins || nodes !== 3) throw new Error(`${nodes} nodes, ${twins} rows`);
		await page.locator("section[aria-labelledby=value-graph] button", { hasText: /1 段|One step/ }).click();
		await page.waitForURL(/depth=2/);
		await page.waitForSelector("svg.graph a.far");
		await axe(page, say("graph further"));
		await shot(page, `ind-${lang}-further`);
		await page.locator("svg.graph a", { hasText: "INC-" }).first().focus();
		await page.keyboard.press("Enter");
		await page.waitForURL(/\/incidents\//);
		await page.goBack();
		await page.waitForURL(/depth=2/);
	});
	await step(say("records by type; a sighting is recorded and counted"), async () => {
		await page.selectOption("#filter", "x-hikeshi-report");
		await page.waitForURL(/type=x-hikeshi-report/);
		await page.waitForFunction(() => document.querySelectorAll("section[aria-labelledby=value-records] [data-row]").length === 1);
		await page.locator(".actions button", { hasText: /観測を記録|Record a sighting/ }).click();
		await page.waitForFunction(() => /\b6\b/.test(document.querySelector(".who tbody tr").innerText));
		await page.keyboard.press("Escape");
		await page.locator("h1").evaluate((h) => { h.tabIndex = -1; h.focus(); });
		await page.keyboard.press("u");
		await page.waitForURL((u) => u.pathname === "/indicators");
	});
	await step(say("a value that only others have looks like one that nobody has"), async () => {
		await other.post("/incidents", { title: secret, summary: `only-others-${lang}.example` });
		const looks = async (v) => {
			await page.goto(pageOf(v));
			await page.waitForSelector(".empty");
			return (await page.locator("main").innerText()).replaceAll(v.replaceAll(".", "[.]"), "V");
		};
		const x = await looks(`only-others-${lang}.example`);
		const y = await looks(`nobody-has-it-${lang}.example`);
		if (x !== y) throw new Error(`${x}\n${y}`);
		await axe(page, say("unknown value"));
		await shot(page, `ind-${lang}-unknown`);
	});
	await page.context().close();
	return value;
}

async function many(b, base, who, lang, value, dark) {
	const say = (x) => `${lang}: ${x}`;
	const page = await person(b, base, { lang, dark });
	const fresh = `fresh-${lang}.check.example`;
	let job = "";

	await step(say("many values at once: what is known, what is not, what is common, and what to do next"), async () => {
		await signIn(page, who.analyst, lang);
		await page.goto("/indicators/check");
		await page.waitForSelector(".empty");
		await page.fill("#check", `hxxp://${value.replace(".", "[.]")} ${value} ${fresh} 8.8.8.8`);
		await page.locator("form.paste button.primary").click();
		await page.waitForURL(/text=/);
		await page.waitForSelector("#check-known");
		await page.waitForSelector("#check-common");
		const freshRows = await page.locator("section[aria-labelledby=check-fresh] [data-row]").allInnerTexts();
		if (!freshRows.some((r) => r.includes(fresh.replaceAll(".", "[.]")))) throw new Error(freshRows.join("|"));
		if (/public-resolvers/.test(await page.locator("main").innerText())) throw new Error("a list of common values by its code");
		await axe(page, say("check"));
		await fits(page, say("check"));
		await shot(page, `ind-${lang}-check`);
		const file = await saved(page, () => page.getByRole("button", { name: "CSV", exact: true }).click());
		if (!file.text.includes(fresh)) throw new Error(file.text);
		await page.reload();
		await page.waitForSelector("#check-known");
	});
	await step(say("what nobody knew is registered: the text is in the import already"), async () => {
		await page.locator("section[aria-labelledby=check-fresh] button").first().click();
		await page.waitForURL(/\/imports$/);
		await page.waitForFunction((x) => document.querySelector("#imp-text")?.value.includes(x), fresh);
		await page.locator("form button.primary").click();
		await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
		await page.waitForSelector("#import-result");
		await page.goto(pageOf(fresh));
		await page.waitForSelector(".who");
	});
	await step(say("an import with rejects: each with its place and reason; still there after a reload and in the list"), async () => {
		await page.goto("/imports");
		await page.fill("#imp-text", BROKEN);
		await page.locator("form button.primary").click();
		await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
		job = page.url();
		await page.waitForFunction(() => document.querySelectorAll("section[aria-labelledby=import-rejects] tbody tr").length === 2);
		await page.reload();
		await page.waitForFunction(() => document.querySelectorAll("section[aria-labelledby=import-rejects] tbody tr").length === 2);
		if (await page.locator("main b").count()) throw new Error("what a file says became markup");
		const reasons = await page.locator("section[aria-labelledby=import-rejects] tbody td:last-child").allTextContents();
		if (reasons.some((x) => /[ぁ-んァ-ヶ]/.test(x) !== (lang === "ja"))) throw new Error(reasons.join("\n"));
		await axe(page, say("import result"));
		await fits(page, say("import result"));
		await shot(page, `ind-${lang}-import`);
		const file = await saved(page, () => page.locator("section[aria-labelledby=import-rejects] button").click());
		if (file.text.trim().split("\r\n").length !== 3) throw new Error(file.text);
		await page.goto("/imports");
		await page.locator("section[aria-labelledby=import-mine] [data-row]").first().waitFor();
		await axe(page, say("imports"));
		await fits(page, say("imports"));
		await shot(page, `ind-${lang}-imports`);
	});
	await step(say("another person does not get that import"), async () => {
		const stranger = await person(b, base, { lang });
		await signIn(stranger, who.other, lang);
		await stranger.goto(new URL(job).pathname);
		await stranger.waitForSelector(".note-box");
		await stranger.goto("/imports");
		await stranger.waitForFunction(() => document.querySelector("section[aria-labelledby=import-mine] .hint"));
		await stranger.context().close();
	});
	await page.context().close();
}

async function slow(b, base, who, lang) {
	const page = await person(b, base, { lang });
	await step(`${lang}: an import under way says how far it is, and its page can be left and come back to`, async () => {
		await signIn(page, who.analyst, lang);
		/* the server's own answers, held at "running" until the page has shown it */
		let held = true;
		await page.route("**/api/v1/jobs/*", async (route) => {
			const res = await route.fetch();
			const job = await res.json();
			await route.fulfill({ response: res, json: held ? { ...job, state: "running", result: null, progress: { objects: 1234, bytes: 500000, total: 2000000 } } : job });
		});
		await page.goto("/imports");
		await page.fill("#imp-text", `slow-${lang}.example`);
		await page.locator("form button.primary").click();
		await page.waitForSelector("progress");
		await bodyHas(page, "1,234");
		await axe(page, `${lang}: import under way`);
		await shot(page, `ind-${lang}-progress`);
		held = false;
		await page.waitForSelector("#import-result");
	});
	await page.context().close();
}

async function exports(b, base, who, lang, value, dark) {
	const say = (x) => `${lang}: ${x}`;
	const a = await api(base, who.analyst);
	const page = await person(b, base, { lang, dark });

	await step(say("every format is written, with how many and what was lost"), async () => {
		await signIn(page, who.analyst, lang);
		await page.goto(`/indicators/export?q=${encodeURIComponent(value)}`);
		await page.waitForSelector("#out-q");
		const found = await page.locator(".formats .mono").allInnerTexts();
		if (found.join() !== FORMATS.join()) throw new Error(found.join());
		await axe(page, say("export"));
		await fits(page, say("export"));
		for (const f of FORMATS) {
			await page.locator(".formats label", { hasText: new RegExp(`^\\s*${f}\\b(?!-)`) }).locator("input").check();
			await page.waitForFunction((x) => (new URL(location.href).searchParams.get("format") ?? "stix") === x, f);
			const file = await saved(page, () => page.locator("form button.primary").click());
			if (!file.name.startsWith("indicators") || !file.name.includes(f) || (["stix", "csv", "rpz", "zeek"].includes(f) && !file.text.includes(value))) throw new Error(`${f}: ${file.name} ${file.text.slice(0, 300)}`);
		}
		await shot(page, `ind-${lang}-export`);
	});
	await step(say("the limit of TLP holds; TLP:RED asks for the password, and is refused without"), async () => {
		await a.post("/indicators", { value: `red-${lang}.export.example`, tlp: "TLP:RED" });
		await page.goto(`/indicators/export?format=csv&q=red-${lang}.export.example&tlp=TLP:AMBER`);
		let file = await saved(page, () => page.locator("form button.primary").click());
		if (file.text.includes("red-")) throw new Error("stricter than the limit");
		await page.selectOption("#out-tlp", "");
		await page.waitForURL((u) => !u.searchParams.has("tlp"));
		while ((await page.evaluate(async (x) => (await fetch(`/api/v1/export?format=csv&type=indicator&q=${x}`)).status, `red-${lang}.export.example`)) !== 403) await page.waitForTimeout(500);
		await page.locator("form button.primary").click();
		await page.waitForSelector("dialog[open] #confirm-password");
		await page.keyboard.press("Escape");
		await page.waitForSelector("main .problem");
		await page.locator("form button.primary").click();
		await page.fill("#confirm-password", who.analyst.password);
		file = await saved(page, () => page.locator("dialog[open] button.primary").click());
		if (!file.text.includes(`red-${lang}.export.example`)) throw new Error(file.text);
	});
	await page.context().close();
}

async function narrow(b, base, who, lang, value, dark) {
	const page = await person(b, base, { lang, dark, width: 380, height: 800 });
	await step(`${lang}: at 380 px`, async () => {
		await signIn(page, who.analyst, lang);
		for (const [path, there, name] of [["/indicators", "[data-row]", "list"], [pageOf(value, "&depth=2"), "svg.graph a.far", "value"], [`/indicators/check?text=${value}%20other.example`, ".checked", "check"], ["/indicators/export", "#out-q", "export"], ["/imports", "#imp-text", "imports"]]) {
			await page.goto(path);
			await page.waitForSelector(there);
			await fits(page, `${lang}, 380 px: ${name}`);
			await axe(page, `${lang}, 380 px: ${name}`);
			await shot(page, `ind-${lang}-380-${name}`);
		}
	});
	await page.context().close();
}

const srv = await server({ config: "session.confirm_seconds = 15\n" });
const b = await browser();
let code = 1;
try {
	const find = (x) => srv.people.find((p) => p.email.startsWith(x));
	const who = { analyst: find("analyst@kita-logi"), other: find("analyst@akatsuki") };
	for (const lang of ["ja", "en"]) {
		if (process.env.ONLY && process.env.ONLY !== lang) continue;
		const dark = lang === "en";
		const value = await valuePage(b, srv.base, who, lang, dark);
		await many(b, srv.base, who, lang, value, !dark);
		await slow(b, srv.base, who, lang);
		await exports(b, srv.base, who, lang, value, dark);
		await narrow(b, srv.base, who, lang, value, !dark);
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
