// SPDX-License-Identifier: Apache-2.0
/* warnings: the composer's three columns, approval, the inbox by keys, the grid with calls, correction, paper and mail
 * text, in Japanese and English, light and dark, wide and narrow. ONLY=ja; SHOTS=DIR keeps screenshots. */
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const WORDS = {
	ja: { title: "請求書を装うメールの添付から感染させる攻撃", impact: "認証情報が外部に送信されます。", why: "複数の組織に届いています。", measure: "ISO 添付を遮断する", back: "該当の有無", fix: "認証情報と閲覧履歴が外部に送信されます。", withdraw: "誤検知と分かったため", called: "担当に伝えた" },
	en: { title: "Mail posing as invoices infects its readers", impact: "Credentials are sent out.", why: "It reached several organisations.", measure: "Block ISO attachments", back: "Whether you are affected", fix: "Credentials and browsing history are sent out.", withdraw: "It was a false positive", called: "told the duty officer" },
};
const idIn = (page) => decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);
const ahead = (hours) => new Date(Date.now() + hours * 3600e3).toISOString();
const api = (page, method, path, body) =>
	page.evaluate(async ([m, p, b]) => {
		const r = await fetch(`/api/v1${p}`, { method: m, headers: { "Content-Type": "application/json" }, body: m === "GET" ? undefined : JSON.stringify(b ?? {}) });
		const text = await r.text();
		if (!r.ok) throw new Error(`${m} ${p}: ${r.status} ${text}`);
		return text ? JSON.parse(text) : null;
	}, [method, path, body]);
async function takeStep(page, name, reason) {
	await page.locator(`[data-step=${name}]`).first().click();
	await page.waitForSelector("dialog[open]");
	if (reason) await page.fill("#step-reason", reason);
	await page.locator("dialog[open] button.primary").click();
	await page.waitForSelector("dialog[open]", { state: "detached" });
}

/* The text of each page of a PDF as Chromium writes it: fonts by ToUnicode, hexadecimal strings. */
function pdfPages(pdf) {
	const raw = pdf.toString("latin1");
	const objects = new Map([...raw.matchAll(/(?:^|[\r\n])(\d+) 0 obj([\s\S]*?)endobj/g)].map((m) => [m[1], m[2]]));
	const stream = (body) => {
		const m = /stream\r?\n/.exec(body ?? "");
		const length = Number(/\/Length (\d+)/.exec(body ?? "")?.[1] ?? 0);
		if (!m || !length) return "";
		const bytes = Buffer.from(body.slice(m.index + m[0].length, m.index + m[0].length + length), "latin1");
		return /FlateDecode/.test(body.slice(0, m.index)) ? inflateSync(bytes).toString("latin1") : bytes.toString("latin1");
	};
	const cmaps = new Map();
	const cmap = (font) => {
		if (cmaps.has(font)) return cmaps.get(font);
		const map = new Map();
		const text = stream(objects.get(/\/ToUnicode (\d+) 0 R/.exec(objects.get(font) ?? "")?.[1]));
		const chars = (hex) => String.fromCharCode(...(hex.match(/.{4}/g) ?? []).map((h) => Number.parseInt(h, 16)));
		for (const block of text.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) for (const m of block[1].matchAll(/<(\w+)>\s*<(\w+)>/g)) map.set(Number.parseInt(m[1], 16), chars(m[2]));
		for (const block of text.matchAll(/beginbfrange([\s\S]*?)endbfrange/g))
			for (const m of block[1].matchAll(/<(\w+)>\s*<(\w+)>\s*<(\w+)>/g))
				for (let i = Number.parseInt(m[1], 16), c = Number.parseInt(m[3], 16); i <= Number.parseInt(m[2], 16); i++, c++) map.set(i, String.fromCharCode(c));
		cmaps.set(font, map);
		return map;
	};
	const fontsOf = (body) => {
		const found = /\/Font\s*<<([\s\S]*?)>>/.exec(body)?.[1] ?? objects.get(/\/Font (\d+) 0 R/.exec(body)?.[1]) ?? "";
		return new Map([...found.matchAll(/\/(\S+) (\d+) 0 R/g)].map((m) => [m[1], m[2]]));
	};
	return [...objects.values()].filter((b) => /\/Type\s*\/Page\b/.test(b)).map((body) => {
		const fonts = fontsOf(body);
		let font = "";
		let out = "";
		for (const m of stream(objects.get(/\/Contents (\d+) 0 R/.exec(body)?.[1])).matchAll(/\/(\S+) [\d.]+ Tf|<([0-9A-Fa-f]+)>/g)) {
			if (m[1]) font = fonts.get(m[1]) ?? "";
			else for (const h of m[2].match(/Type0/.test(objects.get(font) ?? "") ? /.{4}/g : /.{2}/g) ?? []) out += cmap(font).get(Number.parseInt(h, 16)) ?? "";
		}
		return out;
	});
}

async function round(b, base, who, lang) {
	const w = WORDS[lang];
	const say = (text) => `${lang}: ${text}`;
	const author = await person(b, base, { lang, width: 1680, height: 1000 });
	const lead = await person(b, base, { lang, dark: true });
	const other = await person(b, base, { lang });
	let id = "";
	let name = "";

	for (const page of [author, lead, other]) page.setDefaultTimeout(60000); /* a safety net; what is waited for are states */
	await step(say("sign in"), async () => {
		await signIn(author, who.author, lang);
		await signIn(lead, who.lead, lang);
		await signIn(other, who.other, lang);
		const me = await api(other, "GET", "/me");
		name = lang === "ja" ? (me.team.name_ja ?? me.team.name) : me.team.name;
	});
	await step(say("what is missing is said where it is missing"), async () => {
		await author.goto("/warnings/new");
		await author.fill("#f-title", w.title);
		await author.locator(".sticky button").first().click();
		await author.waitForURL(/\/warnings\/x-hikeshi-warning.*\/edit/);
		id = idIn(author);
		for (const part of ["head", "what", "whom", "when", "why", "how"]) if (!(await author.locator(`section[aria-labelledby=part-${part}] .lacks`).count())) throw new Error(`${part} says nothing`);
		if (await author.locator("section[aria-labelledby=part-who] .lacks").count()) throw new Error("who lacks nothing");
		await author.locator(".sticky button.primary").click();
		await author.waitForFunction(() => document.activeElement?.id === "f-summary");
		if (!(await author.locator("#f-what-impact[aria-invalid=true]").count())) throw new Error("the field does not say it");
		await axe(author, say("composer with gaps"));
		await shot(author, `${lang}-warn-1-gaps`);
		await author.locator("section[aria-labelledby=part-why] .lacks a").first().click();
		await author.waitForFunction(() => document.activeElement?.id === "f-why-rationale");
	});
	await step(say("the gaps close as they are filled"), async () => {
		for (const f of ["#f-class", "#f-urgency", "#f-what-event_type", "#f-why-confidence", "#f-why-basis"]) await author.locator(f).selectOption({ index: 1 });
		await author.selectOption("#f-severity", "high");
		await author.fill("#f-summary", lang === "ja" ? `${name}の 12台 が感染した。詳細は INC-2026-0001、踏み台は 10.1.2.3。` : `12 hosts of ${name} were infected. See INC-2026-0001; it came over 10.1.2.3.`);
		await author.fill("#f-what-impact", w.impact);
		await author.fill("#f-when-known_at", "2026-01-05T09:00");
		for (const [n, i] of [["ack_by", 0], ["valid_until", 3]]) await author.locator(".spans").nth(n === "ack_by" ? 0 : 2).locator("button").nth(i).click();
		await author.fill("#f-why-rationale", w.why);
		await author.fill("#f-how-report_back", w.back);
		await author.fill("#f-how-mitigate-0-text", w.measure);
		await author.locator("#f-whom-teams-g label", { hasText: name }).locator("input").check();
		await author.waitForFunction(() => !document.querySelector(".lacks"));
		await author.locator(".sticky button").first().click();
		await author.waitForSelector(".preview .gets");
	});
	await step(say("each passage that may tell who it was has to be decided"), async () => {
		const send = author.locator(".sticky button.primary");
		await author.waitForFunction(() => document.querySelectorAll(".passage").length === 4);
		if (!(await send.isDisabled()) || !(await send.innerText()).includes("4")) throw new Error(await send.innerText());
		await axe(author, say("composer, passages"));
		await shot(author, `${lang}-warn-2-passages`, false);
		const passage = (hit) => author.locator(".passage", { has: author.locator("del", { hasText: hit }) });
		await passage(name).locator("[data-replace]").click();
		await author.waitForFunction(() => document.querySelectorAll(".passage").length === 3);
		if ((await author.inputValue("#f-summary")).includes(name)) throw new Error("the name is still there");
		await passage("INC-2026-0001").locator("[data-replace]").click();
		await author.waitForFunction(() => document.querySelectorAll(".passage").length === 2);
		await passage("10.1.2.3").locator("[data-keep]").click();
		await author.waitForFunction(() => document.querySelectorAll(".passage").length === 1);
		await author.locator(".passage input").fill(lang === "ja" ? "複数の端末" : "many hosts");
		await author.locator(".passage [data-replace]").click();
		await author.waitForFunction(() => document.querySelectorAll(".passage").length === 0);
		await author.waitForFunction(() => !document.querySelector(".sticky button.primary")?.disabled);
	});
	await step(say("the preview speaks of label, audience and ways"), async () => {
		await author.locator(".sticky button").first().click();
		await author.waitForSelector(".missing", { state: "detached" });
		const text = await author.locator(".preview").innerText();
		if (!text.includes("TLP:AMBER") || !text.includes(name)) throw new Error(text);
		await axe(author, say("composer, ready"));
		await fits(author, say("composer"));
		await shot(author, `${lang}-warn-3-ready`);
		for (const width of [1280, 380, 2560]) {
			await author.setViewportSize({ width, height: 900 });
			await fits(author, say(`composer at ${width}`));
			await shot(author, `${lang}-warn-3-ready-${width}`);
		}
		await author.setViewportSize({ width: 1680, height: 1000 });
		await author.locator(".sticky button.primary").click();
		await author.waitForURL(new RegExp(`/warnings/${id}$`));
	});
	await step(say("who approves is shown what was left standing"), async () => {
		await lead.goto(`/warnings/${id}`);
		await lead.waitForSelector(".preview[data-hash]");
		await lead.waitForSelector("mark:has-text('10.1.2.3')");
		await axe(lead, say("approval, dark"));
		await shot(lead, `${lang}-warn-4-approval-dark`);
		await takeStep(lead, "approve");
		await lead.waitForSelector("[data-step=issue]");
		await takeStep(lead, "issue");
		await lead.waitForSelector("#reach");
	});
	await step(say("the inbox is answered by keys"), async () => {
		await other.goto("/warnings?box=inbox");
		const row = other.locator(`.inbox-row[data-warning="${id}"]`);
		await row.waitFor();
		await axe(other, say("inbox"));
		await shot(other, `${lang}-warn-5-inbox`);
		await other.locator("h1").click();
		await other.keyboard.press("j");
		for (let i = 0; i < 60 && !(await row.evaluate((el) => el.contains(document.activeElement))); i++) await other.keyboard.press("j");
		await other.keyboard.press("1");
		await row.locator(".answer-acknowledged").waitFor();
		await other.keyboard.press("2");
		await row.locator(".answer-affected").waitFor();
		await other.keyboard.press("z");
		await row.locator(".answer-acknowledged").waitFor();
		await other.waitForFunction((said) => [...document.querySelectorAll(".notices p")].some((p) => p.textContent.includes(said)), lang === "ja" ? "取り消しました" : "taken back");
		await axe(other, say("taken back"));
		await other.locator("h1").click();
		for (let i = 0; i < 60 && !(await row.evaluate((el) => el.contains(document.activeElement))); i++) await other.keyboard.press("j");
		await other.keyboard.press("2");
		await row.locator(".answer-affected").waitFor();
		await other.setViewportSize({ width: 380, height: 800 });
		await fits(other, say("inbox on a telephone"));
		await shot(other, `${lang}-warn-5-inbox-380`);
		await other.setViewportSize({ width: 1440, height: 900 });
	});
	await step(say("a key typed into a field answers nothing"), async () => {
		await other.focus("#filter");
		await other.keyboard.type("3zzz");
		await other.locator(`.inbox-row[data-warning="${id}"]`).waitFor({ state: "detached" });
		await other.fill("#filter", "");
		await other.locator(`.inbox-row[data-warning="${id}"] .answer-affected`).waitFor();
	});
	await step(say("the grid fills live, and a call is logged"), async () => {
		await lead.goto(`/warnings/${id}?reach=tiles`);
		await lead.waitForSelector(`.tile-affected[data-team="${name}"]`);
		await lead.locator(`.tile[data-team="${name}"]`).focus();
		await lead.keyboard.press("Enter");
		await lead.waitForSelector(".chosen");
		await axe(lead, say("tiles, dark"));
		await lead.locator(".chosen input[type=text]").fill(w.called);
		await lead.locator(".chosen .callform button").click();
		await lead.waitForSelector(`.calllog >> text=${w.called}`);
		await other.goto(`/warnings/${id}`);
		await other.locator("h1").click();
		await other.keyboard.press("3");
		await lead.waitForSelector(`.tile-answered[data-team="${name}"]`);
		await other.reload();
		await other.waitForSelector(".takeback [data-undo]");
		await axe(other, say("an answer that can be taken back"));
		await fits(other, say("an answer that can be taken back"));
		await shot(other, `${lang}-warn-6-takeback`);
		await other.locator("h1").click();
		await other.keyboard.press("z");
		await lead.waitForSelector(`.tile-affected[data-team="${name}"]`);
		await other.waitForSelector(".takeback", { state: "detached" });
		await other.keyboard.press("3");
		await lead.waitForSelector(`.tile-answered[data-team="${name}"]`);
		await shot(lead, `${lang}-warn-6-tiles-dark`);
		await lead.setViewportSize({ width: 380, height: 800 });
		await fits(lead, say("tiles on a telephone"));
		await lead.setViewportSize({ width: 1440, height: 900 });
		const heard = await api(other, "GET", `/warnings/${id}/comments`);
		if (JSON.stringify(heard).includes(w.called)) throw new Error("the other team reads the log of calls");
	});
	await step(say("a warning to many teams: tiles by sector, numbers to call"), async () => {
		const circles = (await api(lead, "GET", "/circles")).items;
		const many = await api(lead, "POST", "/warnings", {
			title: w.title, summary: w.impact, class: "alert", urgency: "emergency", severity: "critical", tlp: "TLP:GREEN", circles: [circles[0].id], language: lang,
			what: { event_type: "attack", impact: w.impact }, when: { known_at: ahead(-5), valid_until: ahead(300), ack_by: ahead(5) }, why: { rationale: w.why, confidence: "high", basis: "vendor" },
			how: { mitigate: [{ text: w.measure, kind: "temporary" }], report_back: w.back }, who: { contact: "csirt@aoba.example" },
		});
		await api(lead, "POST", `/warnings/${many.id}/submit`);
		await api(lead, "POST", `/warnings/${many.id}/approve`, { reason: "on duty alone" });
		await api(lead, "POST", `/warnings/${many.id}/issue`);
		await lead.goto(`/warnings/${many.id}?reach=tiles&by=sector`);
		await lead.waitForSelector(".tiles");
		await lead.locator(".phones > p button").click();
		await lead.waitForSelector(".calls li");
		await axe(lead, say("numbers to call, dark"));
		await shot(lead, `${lang}-warn-7-many-dark`);
		await author.goto(`/warnings/${many.id}?reach=tiles`);
		await author.waitForSelector(".tiles");
		await axe(author, say("tiles, light"));
		await shot(author, `${lang}-warn-7-many`);
	});
	await step(say("a correction shows what changed before it is sent, to author and approver"), async () => {
		await author.goto(`/warnings/${id}`);
		await author.waitForSelector("[data-step=update]");
		await takeStep(author, "update");
		await author.waitForSelector("#f-what-impact");
		await author.fill("#f-what-impact", w.fix);
		await author.waitForSelector(`.since ins >> text=${w.fix}`);
		const del = await author.locator(".since del").allInnerTexts();
		if (del.length !== 1 || !del[0].includes(w.impact)) throw new Error(del.join("|"));
		await axe(author, say("correction"));
		await shot(author, `${lang}-warn-8-correction`, false);
		await author.locator(".passage [data-keep]").first().click();
		await author.locator(".sticky button.primary").last().click();
		await author.waitForURL(new RegExp(`/warnings/${id}$`));
		await lead.goto(`/warnings/${id}`);
		await lead.waitForSelector(`.since ins >> text=${w.fix}`);
		await takeStep(lead, "approve", "on duty alone");
		await lead.waitForSelector("[data-step=issue]");
		await takeStep(lead, "issue");
		await other.goto(`/warnings/${id}`);
		await other.waitForSelector(".changes");
	});
	await step(say("on paper the label stands on every page"), async () => {
		await other.goto(`/warnings/${id}`);
		await other.locator("[data-print]").click();
		await other.waitForSelector(".paper .warntext");
		const due = await other.locator(".paper .deadline").allTextContents();
		if (!due.length || due.some((x) => !/\d{4}.*\d:\d\d/.test(x))) throw new Error(`what is left is no date on paper: ${due.join()}`);
		await axe(other, say("paper"));
		await shot(other, `${lang}-warn-9-paper`);
		/* long enough for several pages */
		await other.evaluate(() => { const p = document.querySelector(".paper .warntext"); for (let i = 0; i < 4; i++) p.append(...[...p.children].map((c) => c.cloneNode(true))); });
		const pages = pdfPages(await other.pdf({ preferCSSPageSize: true, format: "A4" }));
		const wrong = pages.map((text, i) => [i + 1, (text.match(/TLP:AMBER/g) ?? []).length]).filter(([, n]) => n < 2);
		if (pages.length < 3 || wrong.length) throw new Error(`${pages.length} pages; ${JSON.stringify(wrong)}; ${pages[0]?.slice(0, 200)}`);
	});
	await step(say("the text of a mail has the label first and last"), async () => {
		await other.goto(`/warnings/${id}/paper?as=mail`);
		const text = (await other.locator(".mailtext").innerText()).trim().split("\n");
		if (text[0] !== "TLP:AMBER" || text.at(-1) !== "TLP:AMBER") throw new Error(`${text[0]} … ${text.at(-1)}`);
		if (!text.some((x) => x.includes(w.measure))) throw new Error(text.join("\n"));
		await axe(other, say("mail text"));
		await fits(other, say("mail text"));
		await shot(other, `${lang}-warn-9-mail`);
		await other.setViewportSize({ width: 380, height: 800 });
		await fits(other, say("mail text on a telephone"));
		await other.setViewportSize({ width: 1440, height: 900 });
	});
	await step(say("reach and time to answers as plots, tables and CSV"), async () => {
		await lead.goto("/warnings?box=figures");
		await lead.waitForSelector("#warning-time");
		await axe(lead, say("plots, dark"));
		await shot(lead, `${lang}-warn-10-plots-dark`);
		await author.goto("/warnings?box=figures");
		await author.waitForSelector("#warning-time");
		for (const s of await author.locator(".twin > summary").all()) await s.click();
		await axe(author, say("plots with their tables"));
		await shot(author, `${lang}-warn-10-plots`);
		const [down] = await Promise.all([author.waitForEvent("download"), author.locator(".plot button").first().click()]);
		const text = readFileSync(await down.path(), "utf8");
		if (!/^\ufeff.*\r\n/.test(text) || !text.includes("JST") || !text.includes("EW-")) throw new Error(text.slice(0, 300));
		await author.setViewportSize({ width: 380, height: 800 });
		await fits(author, say("plots on a telephone"));
		await shot(author, `${lang}-warn-10-plots-380`);
		await author.setViewportSize({ width: 1680, height: 1000 });
	});
	await step(say("a withdrawal is seen with its reason"), async () => {
		await lead.goto(`/warnings/${id}`);
		await lead.waitForSelector("[data-step=withdraw]");
		await takeStep(lead, "withdraw", w.withdraw);
		await other.goto(`/warnings/${id}`);
		await other.waitForSelector(`.banner >> text=${w.withdraw}`);
		await axe(other, say("withdrawn"));
	});
	for (const page of [author, lead, other]) await page.context().close();
}

const srv = await server();
const b = await browser();
let code = 1;
try {
	const of = (role, host) => srv.people.find((p) => p.role === role && (!host || p.email.endsWith(host)));
	const author = of("analyst");
	const home = author.email.split("@")[1];
	const who = { author, lead: of("lead", home), other: srv.people.find((p) => p.role === "lead" && !p.email.endsWith(home)) };
	for (const lang of ["ja", "en"]) {
		if (process.env.ONLY && process.env.ONLY !== lang) continue;
		await round(b, srv.base, who, lang);
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
