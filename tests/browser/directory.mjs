// SPDX-License-Identifier: Apache-2.0
/* directory: an administrator looks as another role, and is told so until it is ended. */
import { axe, browser, faultsSeen, finish, fits, ok, person, server, shot, signIn, step, strangersSeen, violationsSeen } from "./lib.mjs";

const node = await server();
const b = await browser();
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

ok("no fault in a page", faultsSeen().length === 0, faultsSeen().join("\n"));
ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
ok("nothing was asked of another server", strangersSeen().length === 0, strangersSeen().join("\n"));
await b.close();
node.stop();
process.exit(finish());
