// SPDX-License-Identifier: Apache-2.0
/* directory: teams are found by reading, sector and whom to contact; a team on one sheet, confirmed, on paper; a circle with
 * its rules in words, teams added, taken out and leaving, also by keys; the figures by week with their tables; the first
 * steps of an administrator; an administrator looks as another role, and is told so until it is ended. */
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const node = await server();
const b = await browser();
const byRole = (role) => node.people.find((p) => p.role === role);
const sec = byRole("secretariat") ?? node.people[0];
const admin = node.people.find((p) => p.role === "administrator") ?? node.people[0];

async function seeAs(lang, width, dark) {
	const page = await person(b, node.base, { lang, width, dark, height: 900 });
	const name = `${lang} ${width} ${dark ? "dark" : "light"}`;
	const words = lang === "ja" ? { title: "別の役割で見る", role: "閲覧者", band: "「閲覧者」として表示しています" } : { title: "See as another role", role: "Reader", band: "Seen as: Reader" };
	await signIn(page, admin, lang);
	ok(`${name}: the administrator has the links`, (await page.locator('.places a[href="/peers"]').count()) === 1);
	await page.locator(".menu > summary").click();
	await page.locator(".seeas > summary").click();
	await axe(page, `${name}: choosing a role`);
	await page.locator(".seeas").getByRole("button", { name: words.role, exact: true }).click();
	await page.waitForSelector(".seeband");
	ok(`${name}: a band says so`, (await page.locator(".seeband").textContent()).includes(words.band), await page.locator(".seeband").textContent());
	await page.waitForSelector(".places");
	ok(`${name}: the links are gone`, (await page.locator('.places a[href="/peers"]').count()) === 0);
	const status = await page.evaluate(async () => (await fetch("/api/v1/peers")).status);
	ok(`${name}: by the server, not by the page`, status === 403, status);
	const write = await page.evaluate(async () => (await fetch("/api/v1/incidents", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"title":"x"}' })).status);
	ok(`${name}: nothing is written`, write === 403, write);
	await fits(page, `${name}: with the band`);
	await axe(page, `${name}: seen as a reader`);
	await page.goto("/incidents");
	await page.waitForSelector(".seeband");
	await page.evaluate(() => scrollTo(0, 10000));
	ok(`${name}: the band stays in sight`, await page.locator(".seeband").evaluate((x) => x.getBoundingClientRect().top >= 0 && x.getBoundingClientRect().bottom <= innerHeight));
	await shot(page, `see-as-${lang}-${width}-${dark ? "dark" : "light"}`, false);
	await page.locator("body").press("q");
	await page.waitForSelector(".seeband", { state: "detached" });
	await page.waitForSelector('.places a[href="/peers"]', { state: "attached" });
	ok(`${name}: Q leads back`, true);
	await page.context().close();
}
for (const [lang, width, dark] of [["ja", 1440, false], ["en", 380, true]]) await step(`see as another role, ${lang} ${width}`, () => seeAs(lang, width, dark));

const api = (page, method, path, body, etag) => page.evaluate(async ([method, path, body, etag]) => {
	const r = await fetch(`/api/v1${path}`, { method, headers: { ...(body && { "Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json" }), ...(etag && { "If-Match": etag }) }, body: body && JSON.stringify(body) });
	const text = await r.text();
	return { status: r.status, etag: r.headers.get("etag"), json: text ? JSON.parse(text) : null };
}, [method, path, body, etag]);

async function teams(lang, width, dark) {
	const name = `${lang} ${width} ${dark ? "dark" : "light"}`;
	const page = await person(b, node.base, { lang, width, dark });
	const ja = lang === "ja";
	await signIn(page, sec, lang);
	const me = (await api(page, "GET", "/me")).json;
	const own = await api(page, "GET", `/teams/${me.team.id}`);
	await api(page, "PATCH", `/teams/${me.team.id}`, { name_kana: "あかつき じむきょく" }, own.etag);
	await page.goto("/members");
	await page.waitForSelector(".directory tbody tr");
	const all = await page.locator(".directory tbody tr").count();
	ok(`${name}: every team is there`, all >= 12, all);
	await fits(page, `${name}: the directory`);
	await axe(page, `${name}: the directory`);
	await shot(page, `directory-${lang}-${width}-${dark ? "dark" : "light"}`);
	await page.fill("#filter", "アカツキ");
	await page.waitForFunction(() => document.querySelectorAll(".directory tbody tr").length === 1);
	ok(`${name}: found by its reading, in the other kana`, (await page.locator(".directory tbody").textContent()).includes(ja ? "あかつき" : "Akatsuki"));
	ok(`${name}: the filter is the address`, new URL(page.url()).searchParams.get("q") === "アカツキ", page.url());
	await page.fill("#filter", "");
	await page.waitForFunction((n) => document.querySelectorAll(".directory tbody tr").length === n, all);
	await page.locator("select").first().selectOption({ index: 1 });
	await page.waitForFunction((n) => document.querySelectorAll(".directory tbody tr").length < n, all);
	ok(`${name}: fewer of one sector`, (await page.locator(".directory tbody tr").count()) > 0);
	await page.goto("/members?q=nobody-has-this-name");
	await page.waitForSelector(".empty");
	await page.locator(".empty button").click();
	await page.waitForSelector(".directory tbody tr");

	await page.locator(`.directory a[href$="${me.team.id}"]`).click();
	await page.waitForSelector(".standing");
	ok(`${name}: the other name and the reading are there`, (await page.locator(".names").textContent()).includes("あかつき じむきょく"));
	await page.getByRole("button", { name: ja ? "内容は最新です" : "This is up to date" }).click();
	await page.waitForFunction(() => !document.querySelector(".standing.old"));
	ok(`${name}: confirmed`, (await page.locator(".standing .stale").count()) === 0);
	await fits(page, `${name}: a team`);
	await axe(page, `${name}: a team`);
	await shot(page, `team-${lang}-${width}-${dark ? "dark" : "light"}`);
	if (width > 1000) {
		const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
		ok(`${name}: one sheet of paper`, (pdf.match(/\/Type\s*\/Page\b/g) ?? []).length === 1, (pdf.match(/\/Type\s*\/Page\b/g) ?? []).length);
	}
	await page.goto("/members?age=stale");
	await page.waitForSelector(".directory tbody tr");
	ok(`${name}: whoever has not confirmed is found`, (await page.locator(`.directory a[href$="${me.team.id}"]`).count()) === 0);
	await page.locator(".directory tbody a").first().click();
	await page.waitForSelector(".standing.old");
	const ask = await page.locator('.standing a[href^="mailto:"]').getAttribute("href");
	ok(`${name}: and asked by mail, with the way to the page`, decodeURIComponent(ask).includes("/r/teams/x-hikeshi-team--") && /subject=/.test(ask), ask);
	await page.context().close();
}
for (const [lang, width, dark] of [["ja", 1440, false], ["en", 380, true]]) await step(`teams, ${lang} ${width}`, () => teams(lang, width, dark));

async function circles(lang, width, dark) {
	const name = `${lang} ${width} ${dark ? "dark" : "light"}`;
	const ja = lang === "ja";
	const page = await person(b, node.base, { lang, width, dark });
	page.on("dialog", (d) => void d.accept());
	await signIn(page, sec, lang);
	const made = await api(page, "POST", "/circles", { title: `Harbour ${width}`, default_tlp: "TLP:GREEN", retention_days: 90, rules: { invite: "members", see_members: "members", forward: "nobody" } });
	await page.goto(`/r/circles/${made.json.id}`);
	await page.waitForSelector(".rules li");
	const rules = await page.locator(".rules").textContent();
	ok(`${name}: the rules are sentences`, ja ? /責任者も/.test(rules) && /外へは渡しません/.test(rules) && /90 日/.test(rules) : /leads of members add teams too/.test(rules) && /Nothing is passed on/.test(rules) && /90 days/.test(rules), rules);
	ok(`${name}: and say which of them are only agreed`, (await page.locator(".rules .hint").allTextContents()).filter((x) => /強制|enforces/.test(x)).length === 2);
	/* by keys alone */
	const teams = (await api(page, "GET", "/teams?limit=100")).json.items;
	for (const team of teams.slice(0, 3)) {
		await page.locator("#add-team").focus();
		await page.locator("#add-team").selectOption(team.id);
		await page.keyboard.press("Tab");
		await page.keyboard.press("Enter");
		await page.waitForSelector(`.memberlist a[href$="${team.id}"]`);
	}
	ok(`${name}: three teams are in it`, (await page.locator(".memberlist li").count()) === 3);
	ok(`${name}: who is in it is offered no more`, (await page.locator(`#add-team option[value="${teams[0].id}"]`).count()) === 0);
	await fits(page, `${name}: a circle`);
	await axe(page, `${name}: a circle`);
	await shot(page, `circle-${lang}-${width}-${dark ? "dark" : "light"}`);
	const out = page.locator(".memberlist li", { has: page.locator(`a[href$="${teams[2].id}"]`) }).getByRole("button");
	await out.focus();
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll(".memberlist li").length === 2);
	ok(`${name}: and one is out again`, true);
	await page.context().close();
}
for (const [lang, width, dark] of [["en", 1440, true], ["ja", 380, false]]) await step(`circles, ${lang} ${width}`, () => circles(lang, width, dark));

await step("a lead takes his team out, who sees no more than the rules show", async () => {
	const boss = await person(b, node.base, { lang: "ja" });
	await signIn(boss, sec, "ja");
	const lead = node.people.find((p) => p.role === "lead" && p.email.split("@")[1] !== sec.email.split("@")[1]);
	const page = await person(b, node.base, { lang: "ja" });
	page.on("dialog", (d) => void d.accept());
	await signIn(page, lead, "ja");
	const mine = (await api(page, "GET", "/me")).json.team;
	const made = await api(boss, "POST", "/circles", { title: "Closed", rules: { invite: "owner", see_members: "owner" } });
	const teams = (await api(boss, "GET", "/teams?limit=100")).json.items;
	for (const t of [mine, ...teams.filter((x) => x.id !== mine.id).slice(0, 2)]) await api(boss, "POST", `/circles/${made.json.id}/members`, { team: t.id });
	await page.goto(`/r/circles/${made.json.id}`);
	await page.waitForSelector(".memberlist li");
	ok("only his own team, or with the owner", (await page.locator(".memberlist li").count()) <= 2);
	ok("and he is told why", /主催の/.test(await page.locator("#members ~ p.hint").first().textContent()));
	ok("nobody is offered to be added", (await page.locator("#add-team").count()) === 0);
	await page.getByRole("button", { name: "脱退する" }).click();
	await page.waitForURL(/tab=circles/);
	ok("he is out", (await api(page, "GET", `/circles/${made.json.id}`)).status === 404);
	await boss.context().close();
	await page.context().close();
});

async function figures(lang, width, dark) {
	const name = `${lang} ${width} ${dark ? "dark" : "light"}`;
	const page = await person(b, node.base, { lang, width, dark });
	await signIn(page, sec, lang);
	for (let i = 0; i < 8; i++) await api(page, "POST", "/incidents", { title: `figure ${i}`, category: ["malicious-code", "fraud:phishing", "availability:ddos", "intrusions", "scan", "vulnerable", "=cmd|1", "other"][i] });
	await page.goto("/figures");
	await page.waitForSelector("#incidents-by-week ~ .legend, section[aria-labelledby=incidents-by-week] .weekplot");
	const plot = page.locator("section[aria-labelledby=incidents-by-week]");
	ok(`${name}: at most five piles`, (await plot.locator(".legend li").count()) === 5, await plot.locator(".legend").textContent());
	ok(`${name}: unit and zone`, /JST/.test(await plot.locator("p.hint").first().textContent()));
	await plot.locator(".twin > summary").click();
	ok(`${name}: a row a week`, (await plot.locator(".twin tbody tr").count()) === 26);
	const [down] = await Promise.all([page.waitForEvent("download"), plot.locator(".plot > .row > button, .row > button").first().click()]);
	const { readFileSync } = await import("node:fs");
	const csv = readFileSync(await down.path(), "utf8");
	ok(`${name}: the CSV has the same, and no formula`, csv.split("\r\n").length === 28 && csv.includes("'=cmd|1"), csv.slice(0, 300));
	await fits(page, `${name}: figures`);
	await axe(page, `${name}: figures`);
	await shot(page, `figures-${lang}-${width}-${dark ? "dark" : "light"}`);
	await page.locator(".segmented input[type=radio]").last().check();
	await page.waitForURL(/weeks=52/);
	await page.waitForFunction(() => document.querySelectorAll("section[aria-labelledby=incidents-by-week] .twin tbody tr").length === 52);
	ok(`${name}: a year, in the address`, true);
	await page.goto("/");
	await page.waitForSelector("#numbers");
	ok(`${name}: Today leads to it`, (await page.locator('section[aria-labelledby=numbers] a[href="/figures"]').count()) === 1);
	await page.locator("body").press("g");
	await page.locator("body").press("f");
	await page.waitForURL(/\/figures/);
	await page.context().close();
}
for (const [lang, width, dark] of [["ja", 1440, true], ["en", 380, false]]) await step(`figures, ${lang} ${width}`, () => figures(lang, width, dark));

await step("the first steps of an administrator", async () => {
	const page = await person(b, node.base, { lang: "ja" });
	await signIn(page, admin, "ja");
	await page.waitForSelector(".setup li");
	ok("what is done is marked", (await page.locator(".setup li.done").count()) > 1 && (await page.locator(".setup li").count()) === 6);
	await axe(page, "first steps");
	await shot(page, "setup-ja");
	await page.locator(".setup button").click();
	await page.waitForSelector(".setup", { state: "detached" });
	await page.reload();
	await page.waitForSelector("#since");
	ok("put away, it stays away", (await page.locator(".setup").count()) === 0);
	const other = await person(b, node.base, { lang: "en" });
	await signIn(other, sec, "en");
	await other.waitForSelector("#since");
	ok("nobody else is shown it", (await other.locator(".setup").count()) === 0);
});

ok("no fault in a page", faultsSeen().length === 0, faultsSeen().join("\n"));
ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
ok("nothing was asked of another server", strangersSeen().length === 0, strangersSeen().join("\n"));
await b.close();
node.stop();
process.exit(finish());
