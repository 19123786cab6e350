// SPDX-License-Identifier: Apache-2.0
/* firstlight: one warning from the first report to the answer of another team, its correction, its withdrawal and the
 * answer to the reporter, as people do it in the browser, with whatever hands they have. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { person, signIn, step } from "../lib.mjs";

/* A real MISP event where the corpus is at hand, else the project's own small one. */
const here = dirname(fileURLToPath(import.meta.url));
const corpus = process.env.HIKESHI_CORPUS ?? join(here, "../../../../shared/data");
const OWN = join(here, "../../data/misp-event.json");
export const REAL = [join(corpus, "misp-events/eset/sednit/2018-11-20_Zebrocy.json"), OWN].find(existsSync);

export const WORDS = {
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

export const idIn = (page) => decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);

/* Runs the dialog of a transition, with a reason when there is one. */
async function takeStep(h, page, name, reason) {
	await h.click(page.locator(`[data-step=${name}]`).first());
	await page.waitForSelector("dialog[open]");
	if (reason) await h.fill(page.locator("#step-reason"), reason);
	await h.click(page.locator("dialog[open] button.primary"));
	await page.waitForSelector("dialog[open]", { state: "detached" });
}

const nothing = async () => {};

/* h: hands of hands.mjs. watch: { event, axe, fits, shot }: a file, what is looked at on the way; nothing for who only does it. */
export async function firstLight(b, base, who, lang, round, h, watch = {}) {
	const { event = OWN, axe = nothing, fits = nothing, shot = nothing } = watch;
	const w = WORDS[lang];
	const n = (Date.now() % 89) + 10 + round;
	const analyst = await person(b, base, { lang, ...h.screen });
	const lead = await person(b, base, { lang, dark: true, ...h.screen });
	const other = await person(b, base, { lang, width: 390, height: 844, ...h.screen });
	const say = (text) => `${lang}, ${h.name}: ${text}`;
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
		await signIn(analyst, who.analyst, lang, h);
		await signIn(lead, who.lead, lang, h);
		await signIn(other, who.other, lang, h);
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
		const public_ = await person(b, base, { lang, width: 380, height: 800, js: false, ...h.screen });
		await public_.goto("/report");
		await fits(public_, say("public form on a telephone"));
		await shot(public_, `${lang}-03-form-narrow`);
		if ((await public_.getAttribute("html", "lang")) !== lang) throw new Error("not in the reader's language");
		await h.fill(public_.locator("#title"), `${w.report} ${n}`);
		await h.fill(public_.locator("#description"), `${w.text}\n<script>window.owned=1</script> \u202Etxt.exe`);
		await h.fill(public_.locator("#occurred"), "2026-01-05T09:30");
		await h.fill(public_.locator("#name"), '"><img src=x onerror=alert(1)>');
		await h.click(public_.locator("button[type=submit]"));
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
		await h.click(row.locator("a.title"));
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
		await h.click(analyst.locator("[data-incident]"));
		await analyst.waitForSelector("#f-title");
		await axe(analyst, say("incident form"));
		await shot(analyst, `${lang}-04-incident-form`);
		await h.fill(analyst.locator("#f-title"), `${w.incident} ${n}`);
		await h.choose(analyst.locator("#f-severity"), "critical");
		await h.click(analyst.locator("button.primary[type=submit]"));
		await analyst.waitForURL(/\/incidents\/x-hikeshi-incident/);
		await analyst.waitForSelector("#paste");
		incident = idIn(analyst);
	});
	await step(say("pasted text gives indicators, defanged"), async () => {
		await h.fill(analyst.locator("#paste"), w.paste(n));
		await h.click(analyst.locator(".paste button").first());
		await analyst.waitForFunction(() => document.querySelectorAll(".known tbody tr").length >= 3);
		const text = await analyst.locator(".known").first().innerText();
		if (!text.includes(`203[.]0[.]113[.]${n}`)) throw new Error(`not defanged: ${text}`);
	});
	await step(say("a MISP event is attached, and what the node knows stands beside each value"), async () => {
		const before = await analyst.locator(".known tbody tr").count();
		await h.file(analyst.locator(".paste input[type=file]"), event);
		await analyst.waitForFunction((m) => document.querySelectorAll(".known tbody tr").length > m, before);
		await analyst.waitForFunction(() => !document.querySelector(".upload[aria-busy=true]"));
		await axe(analyst, say("incident with an event"));
	});
	await step(say("a note keeps what looks like markup as text"), async () => {
		await h.fill(analyst.locator("#note"), w.note);
		await h.send(analyst, "#note");
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
		await h.fill(analyst.locator("#note"), w.note2);
		await h.send(analyst, "#note");
		await tab.waitForFunction((t) => document.querySelector(".timeline")?.textContent.includes(t), w.note2);
		await h.fill(analyst.locator("#note"), `${w.note2} 2`);
		await tab.close();
		await h.send(analyst, "#note");
		await analyst.waitForFunction((t) => document.querySelector(".timeline")?.textContent.includes(`${t} 2`), w.note2);
	});
	await step(say("the other team has met one of the values too, and says so to nobody"), async () => {
		await other.goto("/incidents/new");
		await h.fill(other.locator("#f-title"), `${w.own} ${n}`);
		await h.click(other.locator("button.primary[type=submit]"));
		await other.waitForSelector("#paste");
		own = idIn(other);
		await h.fill(other.locator("#paste"), `203.0.113.${n}`);
		await h.click(other.locator(".paste button").first());
		await other.waitForSelector(".known tbody tr");
		await axe(other, say("incident on a telephone"));
	});
	await step(say("a warning is written from the incident"), async () => {
		await h.click(analyst.locator("[data-warn]"));
		await analyst.waitForSelector("#f-summary");
		await h.fill(analyst.locator("#f-title"), `${w.incident} ${n}`);
		await h.fill(analyst.locator("#f-summary"), w.summary);
		await h.click(analyst.locator(".sticky button").first());
		await analyst.waitForURL(/\/warnings\/x-hikeshi-warning.*\/edit/);
		warning = idIn(analyst);
		await analyst.waitForSelector(".missing");
		await axe(analyst, say("composer"));
		await shot(analyst, `${lang}-05-composer-draft`);
	});
	await step(say("the six questions are answered and the audience chosen"), async () => {
		const pick = (id) => h.choose(analyst.locator(id), { index: 1 });
		const future = (hours) => {
			const d = new Date(Date.now() + hours * 3600e3 + 9 * 3600e3);
			return d.toISOString().slice(0, 16);
		};
		for (const id of ["#f-class", "#f-urgency", "#f-what-event_type", "#f-why-confidence", "#f-why-basis"]) await pick(id);
		await h.choose(analyst.locator("#f-severity"), "high");
		await h.fill(analyst.locator("#f-what-impact"), w.impact);
		await h.fill(analyst.locator("#f-when-known_at"), future(-2));
		await h.fill(analyst.locator("#f-when-valid_until"), future(240));
		await h.fill(analyst.locator("#f-when-ack_by"), future(24));
		await h.fill(analyst.locator("#f-why-rationale"), w.rationale);
		await h.fill(analyst.locator("#f-how-report_back"), w.back);
		await h.fill(analyst.locator("#f-who-contact"), "csirt@aoba.example");
		if (!(await analyst.locator("#f-how-mitigate-0-text").count())) await h.click(analyst.locator("#f-how-mitigate > button"));
		await h.fill(analyst.locator("#f-how-mitigate-0-text"), w.measure);
		const box = analyst.locator("#f-whom-teams-g label", { hasText: who.other.team });
		await h.check(box.locator("input"));
		await h.click(analyst.locator(".sticky button").first());
		await analyst.waitForSelector(".preview .gets");
		await analyst.waitForSelector(".missing", { state: "detached" });
		await axe(analyst, say("composer, complete"));
		await shot(analyst, `${lang}-06-composer`);
		await h.click(analyst.locator(".sticky button.primary"));
		await analyst.waitForURL(new RegExp(`/warnings/${warning}$`));
	});
	await step(say("the lead approves exactly what is shown"), async () => {
		await lead.goto(`/warnings/${warning}`);
		await lead.waitForSelector(".preview[data-hash]");
		await axe(lead, say("approval, dark"));
		await shot(lead, `${lang}-07-approval-dark`);
		await takeStep(h, lead, "approve");
		await lead.waitForSelector("[data-step=issue]");
		await takeStep(h, lead, "issue");
		await lead.waitForSelector("#reach");
	});
	await step(say("it arrives in the other team's inbox"), async () => {
		await other.goto("/warnings?box=inbox");
		await other.locator(`.inbox-row a[href="/warnings/${warning}"]`).waitFor();
		await axe(other, say("inbox on a telephone"));
		await fits(other, say("inbox on a telephone"));
		await shot(other, `${lang}-08-inbox-narrow`);
		await h.click(other.locator(`.inbox-row a[href="/warnings/${warning}"]`));
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
		await h.click(other.locator("[data-answer=affected]").first());
		await lead.waitForFunction((team) => [...document.querySelectorAll(".reach tr")].some((r) => r.textContent.includes(team) && r.querySelector(".answer-affected")), who.other.team);
		await axe(lead, say("reach and answers, dark"));
		await shot(lead, `${lang}-10-reach-dark`);
	});
	await step(say("a team that is hit opens an incident from the warning"), async () => {
		await h.click(other.locator('.answerbox a[href*="warning="]'));
		await other.waitForSelector("#f-title");
		if (!(await other.inputValue("#f-title")).includes(`${w.incident} ${n}`)) throw new Error("the title was not carried over");
		await other.goBack();
		await other.waitForSelector(".answerbox");
	});
	await step(say("the key 3 answers too"), async () => {
		await h.three(other);
		await lead.waitForFunction((team) => [...document.querySelectorAll(".reach tr")].some((r) => r.textContent.includes(team) && r.querySelector(".answer-not_affected")), who.other.team);
	});
	await step(say("a correction says what changed and asks again"), async () => {
		await takeStep(h, lead, "update");
		await lead.waitForSelector("#f-what-impact");
		await h.fill(lead.locator("#f-what-impact"), w.fix);
		await h.click(lead.locator(".sticky button.primary").last());
		await lead.waitForURL(new RegExp(`/warnings/${warning}$`));
		await lead.waitForSelector(".preview[data-hash]");
		await lead.locator("[data-step=approve]").waitFor();
		await takeStep(h, lead, "approve", "単独当番 / on duty alone");
		await lead.waitForSelector("[data-step=issue]");
		await takeStep(h, lead, "issue");
		await lead.waitForSelector("#reach");
		await other.reload();
		await other.waitForSelector(".changes");
		await other.waitForFunction((t) => document.querySelector(".changes")?.textContent.includes(t), w.fix);
		await axe(other, say("corrected warning"));
		await shot(other, `${lang}-11-corrected-narrow`);
	});
	await step(say("a withdrawal is seen by the recipient"), async () => {
		await takeStep(h, lead, "withdraw", w.withdraw);
		await other.reload();
		await other.waitForSelector(".banner");
		await axe(other, say("withdrawn warning"));
		await shot(other, `${lang}-12-withdrawn-narrow`);
	});
	await step(say("the reporter reads the answer, with number and code"), async () => {
		await analyst.goto(`/reports/${report}`);
		await analyst.waitForSelector(".record-head");
		await h.click(analyst.locator(".record-head details.menu > summary"));
		await h.click(analyst.locator("[data-step=close]"));
		await analyst.waitForSelector("dialog[open]");
		await h.fill(analyst.locator("dialog[open] #f-answer"), w.reply);
		await h.click(analyst.locator("dialog[open] button.primary"));
		await analyst.waitForSelector("dialog[open]", { state: "detached" });
		const public_ = await person(b, base, { lang, js: false, ...h.screen });
		await public_.goto("/report/status");
		await h.fill(public_.locator("#n"), receipt.number);
		await h.fill(public_.locator("#c"), "AAAA-AAAA-AAAA-AAAA");
		await h.click(public_.locator("button[type=submit]"));
		await public_.waitForSelector("[role=alert]");
		if ((await public_.inputValue("#n")) !== receipt.number) throw new Error("the number has to be typed again");
		await h.fill(public_.locator("#c"), receipt.code);
		await h.click(public_.locator("button[type=submit]"));
		await public_.waitForSelector("#state");
		const text = await public_.locator("main").innerText();
		if (!text.includes(w.reply)) throw new Error(`no answer: ${text}`);
		await shot(public_, `${lang}-12-status`);
		await public_.context().close();
	});
	return { analyst, lead, other, incident, warning, w, n };
}

/* Roles from what the server printed: an analyst and a lead of one team, a lead of another. */
export function cast(people) {
	const teamOf = (p) => p.team ?? p.email.split("@")[1];
	const analyst = people.find((p) => p.role === "analyst");
	const lead = people.find((p) => p.role === "lead" && analyst && teamOf(p) === teamOf(analyst));
	const other = people.find((p) => p.role === "lead" && analyst && teamOf(p) !== teamOf(analyst));

	if (!analyst || !lead || !other) throw new Error(`need an analyst and a lead of one team and a lead of another, got ${JSON.stringify(people.map((p) => [p.role, p.email]))}`);
	return { analyst, lead, other };
}

/* The name of a team in the language of the round, asked of the server. */
export async function teamName(base, who, lang) {
	const res = await fetch(`${base}/api/v1/session`, { method: "POST", headers: { "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", Origin: base }, body: JSON.stringify({ email: who.email, password: who.password }) });
	const me = await res.json();

	if (!me.team) throw new Error(`no team for ${who.email}: ${JSON.stringify(me)}`);
	return lang === "ja" ? (me.team.name_ja ?? me.team.name) : me.team.name;
}
