// SPDX-License-Identifier: Apache-2.0
/* story: one warning from the first report to the answer of another team, as people do it in the browser, in
 * Japanese and in English. BASE and ACCOUNTS (JSON: [{email,password,role,team}]) name a running server; else one is started. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

/* A real MISP event where the corpus is at hand, else the project's own small one. */
const here = dirname(fileURLToPath(import.meta.url));
const corpus = process.env.HIKESHI_CORPUS ?? join(here, "../../../shared/data");
const event = [join(corpus, "misp-events/eset/sednit/2018-11-20_Zebrocy.json"), join(here, "../data/misp-event.json")].find(existsSync);

const WORDS = {
	ja: {
		report: "不審な添付ファイルを開いた",
		text: "経理の端末で請求書を装う ISO ファイルが開かれた。",
		incident: "情報窃取型マルウェアの検知",
		own: "自社端末の不審な通信",
		paste: (n) => `接続先 hxxps://gate.update-cdn-${n}[.]example/in と 203.0.113.${n} を確認。ハッシュ ${"ab".repeat(31)}${String(n).padStart(2, "0")}`,
		note: "端末を隔離した。<b>太字</b> はそのまま見える。",
		note2: "復旧を確認した",
		summary: "請求書を装う添付ファイルで情報窃取型マルウェアに感染させる攻撃を確認しました。",
		impact: "認証情報が盗まれます。",
		rationale: "同じ文面が複数の組織に届いています。",
		measure: "ISO 添付を遮断する",
		back: "該当の有無と台数",
		comment: "2 台を隔離しました",
		fix: "認証情報と閲覧履歴が盗まれます。",
		withdraw: "誤検知と分かったため",
		reply: "調査を始めました。端末は電源を切らずに置いてください。",
	},
	en: {
		report: "A suspicious attachment was opened",
		text: "An ISO file posing as an invoice was opened in accounting.",
		incident: "Information stealer detected",
		own: "Odd traffic from one of our hosts",
		paste: (n) => `Seen hxxps://gate.update-cdn-${n}[.]example/in and 203.0.113.${n}, hash ${"cd".repeat(31)}${String(n).padStart(2, "0")}`,
		note: "Host isolated. <b>bold</b> stays as typed.",
		note2: "Recovery confirmed",
		summary: "Mail posing as invoices infects recipients with an information stealer.",
		impact: "Credentials are stolen.",
		rationale: "The same text reached several organisations.",
		measure: "Block ISO attachments",
		back: "Whether you are affected and how many systems",
		comment: "two hosts isolated",
		fix: "Credentials and browsing history are stolen.",
		withdraw: "It turned out to be a false positive",
		reply: "We are looking into it. Please leave the machine switched on.",
	},
};

const idIn = (page) => decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);

/* Runs the dialog of a transition, with a reason when there is one. */
async function takeStep(page, name, reason) {
	await page.locator(`[data-step=${name}]`).first().click();
	await page.waitForSelector("dialog[open]");
	if (reason) await page.fill("#step-reason", reason);
	await page.locator("dialog[open] button.primary").click();
	await page.waitForSelector("dialog[open]", { state: "detached" });
}

async function story(b, base, who, lang, round) {
	const w = WORDS[lang];
	const n = (Date.now() % 89) + 10 + round;
	const analyst = await person(b, base, { lang });
	const lead = await person(b, base, { lang, dark: true });
	const other = await person(b, base, { lang, width: 390, height: 844 });
	const say = (text) => `${lang}: ${text}`;
	let incident = "";
	let own = "";
	let warning = "";
	let report = "";
	let receipt = { number: "", code: "" };

	await step(say("three people sign in"), async () => {
		await analyst.goto("/");
		await analyst.waitForSelector(".signin");
		await axe(analyst, say("sign-in"));
		await shot(analyst, `${lang}-01-signin`);
		await signIn(analyst, who.analyst, lang);
		await signIn(lead, who.lead, lang);
		await signIn(other, who.other, lang);
	});
	await step(say("today is there"), async () => {
		await analyst.goto("/");
		await analyst.waitForSelector("h1");
		await analyst.waitForTimeout(600);
		await axe(analyst, say("today"));
		await shot(analyst, `${lang}-02-today`);
		await other.goto("/");
		await other.waitForTimeout(600);
		await fits(other, say("today on a telephone"));
		await shot(other, `${lang}-02-today-narrow`);
	});
	await step(say("somebody without an account and without a script reports"), async () => {
		const public_ = await person(b, base, { lang, width: 380, height: 800, js: false });
		await public_.goto("/report");
		await fits(public_, say("public form on a telephone"));
		await shot(public_, `${lang}-03-form-narrow`);
		if ((await public_.getAttribute("html", "lang")) !== lang) throw new Error("not in the reader's language");
		await public_.fill("#title", `${w.report} ${n}`);
		await public_.fill("#description", `${w.text}\n<script>window.owned=1</script> \u202Etxt.exe`);
		await public_.fill("#occurred", "2026-01-05T09:30");
		await public_.fill("#name", '"><img src=x onerror=alert(1)>');
		await public_.locator("button[type=submit]").click();
		receipt = { number: await public_.locator("#number").innerText(), code: await public_.locator("#code").innerText() };
		await shot(public_, `${lang}-03-receipt-narrow`);
		await public_.context().close();
	});
	await step(say("the public pages are accessible"), async () => {
		const page = await person(b, base, { lang });
		for (const path of ["/report", "/report/status"]) {
			await page.goto(path);
			await axe(page, say(path));
			await shot(page, `${lang}-03${path.replaceAll("/", "-")}`);
		}
		await page.context().close();
	});
	await step(say("the report is at the top of the analyst's day, with its next step"), async () => {
		const row = analyst.locator(".board li", { hasText: `${w.report} ${n}` });
		await row.waitFor();
		await row.locator("a.title").click();
		await analyst.waitForURL(/\/reports\/x-hikeshi-report/);
		await analyst.waitForSelector(".record-head");
		report = idIn(analyst);
		const text = await analyst.locator("main").innerText();
		const at = lang === "ja" ? "2026/01/05 09:30" : "5 Jan 2026, 18:30";
		if (!text.includes(at)) throw new Error(`the time of the form is not ${at}: ${text}`);
		if ((await analyst.locator("main img, main script").count()) > 0 || (await analyst.evaluate(() => globalThis.owned))) throw new Error("markup came alive");
		await axe(analyst, say("report"));
		await shot(analyst, `${lang}-03-report`);
	});
	await step(say("an incident is opened from it"), async () => {
		await analyst.locator("[data-incident]").click();
		await analyst.waitForSelector("#f-title");
		await axe(analyst, say("incident form"));
		await shot(analyst, `${lang}-04-incident-form`);
		await analyst.fill("#f-title", `${w.incident} ${n}`);
		await analyst.selectOption("#f-severity", "critical");
		await analyst.locator("button.primary[type=submit]").click();
		await analyst.waitForURL(/\/incidents\/x-hikeshi-incident/);
		await analyst.waitForSelector("#paste");
		incident = idIn(analyst);
	});
	await step(say("pasted text gives indicators, defanged"), async () => {
		await analyst.fill("#paste", w.paste(n));
		await analyst.locator(".paste button").first().click();
		await analyst.waitForFunction(() => document.querySelectorAll(".known tbody tr").length >= 3);
		const text = await analyst.locator(".known").first().innerText();
		if (!text.includes(`203[.]0[.]113[.]${n}`)) throw new Error(`not defanged: ${text}`);
	});
	await step(say("a MISP event is attached, and what the node knows stands beside each value"), async () => {
		const before = await analyst.locator(".known tbody tr").count();
		await analyst.setInputFiles(".paste input[type=file]", event);
		await analyst.waitForFunction((m) => document.querySelectorAll(".known tbody tr").length > m, before);
		await analyst.waitForFunction(() => !document.querySelector(".upload[aria-busy=true]"));
		await axe(analyst, say("incident with an event"));
	});
	await step(say("a note keeps what looks like markup as text"), async () => {
		await analyst.fill("#note", w.note);
		await analyst.press("#note", "Control+Enter");
		await analyst.waitForFunction((t) => document.querySelector(".timeline")?.textContent.includes(t), w.note);
		if (await analyst.locator(".timeline b").count()) throw new Error("markup came alive");
		await axe(analyst, say("incident"));
		await fits(analyst, say("incident"));
		await shot(analyst, `${lang}-04-incident`);
	});
	await step(say("a second tab of the same browser hears of a change"), async () => {
		const tab = await analyst.context().newPage();
		await tab.goto(`/incidents/${incident}`);
		await tab.waitForSelector(".timeline li");
		await analyst.fill("#note", w.note2);
		await analyst.press("#note", "Control+Enter");
		await tab.waitForFunction((t) => document.querySelector(".timeline")?.textContent.includes(t), w.note2);
		await analyst.fill("#note", `${w.note2} 2`);
		await tab.close();
		await analyst.press("#note", "Control+Enter");
		await analyst.waitForFunction((t) => document.querySelector(".timeline")?.textContent.includes(`${t} 2`), w.note2);
	});
	await step(say("the other team has met one of the values too, and says so to nobody"), async () => {
		await other.goto("/incidents/new");
		await other.fill("#f-title", `${w.own} ${n}`);
		await other.locator("button.primary[type=submit]").click();
		await other.waitForSelector("#paste");
		own = idIn(other);
		await other.fill("#paste", `203.0.113.${n}`);
		await other.locator(".paste button").first().click();
		await other.waitForSelector(".known tbody tr");
		await axe(other, say("incident on a telephone"));
	});
	await step(say("a warning is written from the incident"), async () => {
		await analyst.locator("[data-warn]").click();
		await analyst.waitForSelector("#f-summary");
		await analyst.fill("#f-title", `${w.incident} ${n}`);
		await analyst.fill("#f-summary", w.summary);
		await analyst.locator(".sticky button").first().click();
		await analyst.waitForURL(/\/warnings\/x-hikeshi-warning.*\/edit/);
		warning = idIn(analyst);
		await analyst.waitForSelector(".missing");
		await axe(analyst, say("composer"));
		await shot(analyst, `${lang}-05-composer-draft`);
	});
	await step(say("the six questions are answered and the audience chosen"), async () => {
		const pick = (id) => analyst.locator(id).selectOption({ index: 1 });
		const future = (hours) => {
			const d = new Date(Date.now() + hours * 3600e3 + 9 * 3600e3);
			return d.toISOString().slice(0, 16);
		};
		for (const id of ["#f-class", "#f-urgency", "#f-what-event_type", "#f-why-confidence", "#f-why-basis"]) await pick(id);
		await analyst.selectOption("#f-severity", "high");
		await analyst.fill("#f-what-impact", w.impact);
		await analyst.fill("#f-when-known_at", future(-2));
		await analyst.fill("#f-when-valid_until", future(240));
		await analyst.fill("#f-when-ack_by", future(24));
		await analyst.fill("#f-why-rationale", w.rationale);
		await analyst.fill("#f-how-report_back", w.back);
		await analyst.fill("#f-who-contact", "csirt@aoba.example");
		if (!(await analyst.locator("#f-how-mitigate-0-text").count())) await analyst.locator("#f-how-mitigate > button").click();
		await analyst.fill("#f-how-mitigate-0-text", w.measure);
		const box = analyst.locator("#f-whom-teams-g label", { hasText: who.other.team });
		await box.locator("input").check();
		await analyst.locator(".sticky button").first().click();
		await analyst.waitForSelector(".preview .gets");
		await analyst.waitForSelector(".missing", { state: "detached" });
		await axe(analyst, say("composer, complete"));
		await shot(analyst, `${lang}-06-composer`);
		await analyst.locator(".sticky button.primary").click();
		await analyst.waitForURL(new RegExp(`/warnings/${warning}$`));
	});
	await step(say("the lead approves exactly what is shown"), async () => {
		await lead.goto(`/warnings/${warning}`);
		await lead.waitForSelector(".preview[data-hash]");
		await axe(lead, say("approval, dark"));
		await shot(lead, `${lang}-07-approval-dark`);
		await takeStep(lead, "approve");
		await lead.waitForSelector("[data-step=issue]");
		await takeStep(lead, "issue");
		await lead.waitForSelector("#reach");
	});
	await step(say("it arrives in the other team's inbox"), async () => {
		await other.goto("/warnings?box=inbox");
		await other.locator(`.inbox-row a[href="/warnings/${warning}"]`).waitFor();
		await axe(other, say("inbox on a telephone"));
		await fits(other, say("inbox on a telephone"));
		await shot(other, `${lang}-08-inbox-narrow`);
		await other.locator(`.inbox-row a[href="/warnings/${warning}"]`).click();
		await other.waitForSelector(".answerbox");
		await other.waitForSelector(".concerns.hit");
		await other.locator(`.concerns a[href$="${own}"]`).first().waitFor();
		await other.waitForTimeout(500);
		await axe(other, say("received warning on a telephone"));
		await fits(other, say("received warning on a telephone"));
		await shot(other, `${lang}-09-received-narrow`);
		const text = await other.locator("main").innerText();
		if (text.includes(`${WORDS[lang].report} ${n}`)) throw new Error("the report's title left the team");
	});
	await step(say("an answer shows at the issuer without a reload"), async () => {
		const row = lead.locator(".reach tr", { hasText: who.other.team });
		await row.waitFor();
		await other.locator("[data-answer=affected]").first().click();
		await lead.waitForFunction((team) => [...document.querySelectorAll(".reach tr")].some((r) => r.textContent.includes(team) && r.querySelector(".answer-affected")), who.other.team);
		await axe(lead, say("reach and answers, dark"));
		await shot(lead, `${lang}-10-reach-dark`);
	});
	await step(say("a team that is hit opens an incident from the warning"), async () => {
		await other.locator('.answerbox a[href*="warning="]').click();
		await other.waitForSelector("#f-title");
		if (!(await other.inputValue("#f-title")).includes(`${w.incident} ${n}`)) throw new Error("the title was not carried over");
		await other.goBack();
		await other.waitForSelector(".answerbox");
	});
	await step(say("the key 3 answers too"), async () => {
		await other.locator("h1").click();
		await other.keyboard.press("3");
		await lead.waitForFunction((team) => [...document.querySelectorAll(".reach tr")].some((r) => r.textContent.includes(team) && r.querySelector(".answer-not_affected")), who.other.team);
	});
	await step(say("a correction says what changed and asks again"), async () => {
		await takeStep(lead, "update");
		await lead.waitForSelector("#f-what-impact");
		await lead.fill("#f-what-impact", w.fix);
		await lead.locator(".sticky button.primary").last().click();
		await lead.waitForURL(new RegExp(`/warnings/${warning}$`));
		await lead.waitForSelector(".preview[data-hash]");
		await lead.locator("[data-step=approve]").waitFor();
		await takeStep(lead, "approve", "単独当番 / on duty alone");
		await lead.waitForSelector("[data-step=issue]");
		await takeStep(lead, "issue");
		await lead.waitForSelector("#reach");
		await other.reload();
		await other.waitForSelector(".changes");
		await other.waitForFunction((t) => document.querySelector(".changes")?.textContent.includes(t), w.fix);
		await axe(other, say("corrected warning"));
		await shot(other, `${lang}-11-corrected-narrow`);
	});
	await step(say("a withdrawal is seen by the recipient"), async () => {
		await takeStep(lead, "withdraw", w.withdraw);
		await other.reload();
		await other.waitForSelector(".banner");
		await axe(other, say("withdrawn warning"));
		await shot(other, `${lang}-12-withdrawn-narrow`);
	});
	await step(say("the reporter reads the answer, with number and code"), async () => {
		await analyst.goto(`/reports/${report}`);
		await analyst.waitForSelector(".record-head");
		await analyst.locator(".record-head details.menu > summary").click();
		await analyst.locator("[data-step=close]").click();
		await analyst.waitForSelector("dialog[open]");
		await analyst.fill("dialog[open] #f-answer", w.reply);
		await analyst.locator("dialog[open] button.primary").click();
		await analyst.waitForSelector("dialog[open]", { state: "detached" });
		const public_ = await person(b, base, { lang, js: false });
		await public_.goto("/report/status");
		await public_.fill("#n", receipt.number);
		await public_.fill("#c", "AAAA-AAAA-AAAA-AAAA");
		await public_.locator("button[type=submit]").click();
		await public_.waitForSelector("[role=alert]");
		if ((await public_.inputValue("#n")) !== receipt.number) throw new Error("the number has to be typed again");
		await public_.fill("#c", receipt.code);
		await public_.locator("button[type=submit]").click();
		const text = await public_.locator("main").innerText();
		if (!text.includes(w.reply)) throw new Error(`no answer: ${text}`);
		await shot(public_, `${lang}-12-status`);
		await public_.context().close();
	});
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

/* Roles from what the server printed: an analyst and a lead of one team, a lead of another. */
function cast(people) {
	const teamOf = (p) => p.team ?? p.email.split("@")[1];
	const analyst = people.find((p) => p.role === "analyst");
	const lead = people.find((p) => p.role === "lead" && analyst && teamOf(p) === teamOf(analyst));
	const other = people.find((p) => p.role === "lead" && analyst && teamOf(p) !== teamOf(analyst));

	if (!analyst || !lead || !other) throw new Error(`need an analyst and a lead of one team and a lead of another, got ${JSON.stringify(people.map((p) => [p.role, p.email]))}`);
	return { analyst, lead, other };
}

/* The name of a team in the language of the round, asked of the server. */
async function teamName(base, who, lang) {
	const res = await fetch(`${base}/api/v1/session`, { method: "POST", headers: { "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", Origin: base }, body: JSON.stringify({ email: who.email, password: who.password }) });
	const me = await res.json();

	if (!me.team) throw new Error(`no team for ${who.email}: ${JSON.stringify(me)}`);
	return lang === "ja" ? (me.team.name_ja ?? me.team.name) : me.team.name;
}

const srv = await server();
const b = await browser();
let code = 1;
try {
	const who = cast(srv.people);
	for (const [round, lang] of ["ja", "en"].entries()) {
		if (process.env.ONLY && process.env.ONLY !== lang) continue;
		const team = await teamName(srv.base, who.other, lang);
		await story(b, srv.base, { ...who, other: { ...who.other, team } }, lang, round);
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
