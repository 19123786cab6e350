// SPDX-License-Identifier: Apache-2.0
/* cases: two incidents are merged by whoever works on them, read as one and taken apart again; one is split. In Japanese
 * (dark) and English (light), wide and at 380 px. ONLY=ja; SHOTS=DIR keeps screenshots. */
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const api = (page, method, path, body) =>
	page.evaluate(async ([m, p, b]) => {
		const r = await fetch(`/api/v1${p}`, { method: m, headers: { "Content-Type": "application/json" }, body: m === "GET" ? undefined : JSON.stringify(b ?? {}) });
		const text = await r.text();
		if (!r.ok) throw new Error(`${m} ${p}: ${r.status} ${text}`);
		return text ? JSON.parse(text) : null;
	}, [method, path, body]);

async function round(b, base, who, lang) {
	const say = (text) => `${lang}: ${text}`;
	const page = await person(b, base, { lang, dark: lang === "ja" });
	const word = lang === "ja" ? "統合先" : "keeper";
	let kept;
	let dup;

	await step(say("two incidents of one thing"), async () => {
		await signIn(page, who, lang);
		kept = await api(page, "POST", "/incidents", { title: `${word} ${lang}`, summary: "a" });
		dup = await api(page, "POST", "/incidents", { title: lang === "ja" ? "同じメールの別の報告" : "The same mail again", severity: "high" });
		await api(page, "POST", `/incidents/${dup.id}/comments`, { text: "zq first note" });
		await api(page, "POST", `/incidents/${dup.id}/comments`, { text: "zq second note" });
	});
	await step(say("the duplicate is pointed to the one that is kept, and there it is read"), async () => {
		await page.goto(`/incidents/${dup.id}`);
		await page.waitForSelector(".bench #note");
		const button = page.locator("[data-step=mark_duplicate]");
		if (!(await button.isVisible())) await page.locator(".bench .menu > summary").first().click();
		await button.click();
		await page.waitForSelector("dialog[open]");
		await page.fill("dialog[open] input[type=search]", word);
		await page.locator("dialog[open] .hits button", { hasText: kept.number }).click();
		await axe(page, say("merging"));
		await page.locator("dialog[open] button.primary").click();
		await page.waitForSelector("dialog[open]", { state: "detached" });
		await page.locator(".notices .undo").waitFor();
		await page.goto(`/incidents/${kept.id}`);
		await page.locator(".mergedlist a", { hasText: dup.number }).waitFor();
		await page.locator(".mergedlist summary").click();
		await page.locator(".mergedlist .entry-note", { hasText: "zq first note" }).waitFor();
		await axe(page, say("merged"));
		await fits(page, say("merged"));
		await shot(page, `cases-${lang}-merged`);
		await page.setViewportSize({ width: 380, height: 800 });
		await fits(page, say("merged at 380"));
		await shot(page, `cases-${lang}-merged-380`);
		await page.setViewportSize({ width: 1440, height: 900 });
	});
	await step(say("merged by mistake: the notice takes it back"), async () => {
		const other = await api(page, "POST", "/incidents", { title: `mistake ${lang}` });
		await page.goto(`/incidents/${other.id}`);
		await page.waitForSelector(".bench #note");
		const button = page.locator("[data-step=mark_duplicate]");
		if (!(await button.isVisible())) await page.locator(".bench .menu > summary").first().click();
		await button.click();
		await page.waitForSelector("dialog[open]");
		await page.fill("dialog[open] input[type=search]", word);
		await page.locator("dialog[open] .hits button", { hasText: kept.number }).click();
		await page.locator("dialog[open] button.primary").click();
		await page.locator(".notices .undo").waitFor();
		await page.waitForSelector("[data-step=reopen]");
		await page.locator(".notices .undo").click();
		await page.waitForSelector("[data-step=reopen]", { state: "detached" });
		if ((await api(page, "GET", `/incidents/${other.id}`)).state !== "new") throw new Error("it is not as it was");
	});
	await step(say("chosen notes go to a new incident"), async () => {
		const whole = await api(page, "POST", "/incidents", { title: `whole ${lang}` });
		for (const text of ["zq stays", "zq goes"]) await api(page, "POST", `/incidents/${whole.id}/comments`, { text });
		await page.goto(`/incidents/${whole.id}`);
		await page.locator("[data-split]").click();
		await page.waitForSelector("dialog[open] fieldset");
		await page.fill("#split-title", `half ${lang}`);
		await page.locator("dialog[open] label", { hasText: "zq goes" }).locator("input").check();
		await axe(page, say("splitting"));
		await shot(page, `cases-${lang}-split`, false);
		await page.locator("dialog[open] button.primary").click();
		await page.waitForURL((u) => u.pathname.startsWith("/incidents/") && !u.pathname.endsWith(whole.id));
		await page.locator(".entry-note", { hasText: "zq goes" }).waitFor();
		if (await page.locator(".entry-note", { hasText: "zq stays" }).count()) throw new Error("what was not chosen came too");
		await page.locator(".linklist a", { hasText: `whole ${lang}` }).waitFor();
		await axe(page, say("split"));
	});
	await page.context().close();
}

const srv = await server();
const b = await browser();
let code = 1;
try {
	const who = srv.people.find((p) => p.role === "analyst");
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
