// SPDX-License-Identifier: Apache-2.0
/* screens: every screen of common/screens.mjs as people meet it, in Japanese and English: axe (with headings and landmarks),
 * the focus to be seen on all that is reached by Tab, no page wider than its window down to 320 px (400 %), forced
 * colours, paper, no motion. Here each screen is looked at once in each language, wide and light or narrow and dark in
 * turn; --all looks at each in all eight ways (tests/run screens-all). PICTURES=DIR only makes pictures
 * (scripts/screenshots). NAMES=regular expression and ONLY=ja or en for some. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { cover, eachScreen, LOOKS, SMALL, settled } from "./common/screens.mjs";
import { decode } from "./common/png.mjs";
import { luminance } from "./common/vision.mjs";
import { makeWorld } from "./common/world.mjs";
import { axe, browser, faultsSeen, finish, ok, strangersSeen, violationsSeen } from "./lib.mjs";

const pictures = process.env.PICTURES;
const names = new RegExp(process.env.NAMES ?? ".");
const all = process.argv.includes("--all");

async function look(page, screen, { size, theme }) {
	await page.setViewportSize(size);
	await page.emulateMedia({ colorScheme: theme });
	await settled(page);
}
async function picture(page, screen, lang) {
	for (const l of LOOKS) {
		await look(page, screen, l);
		await page.screenshot({ path: join(pictures, `${screen.name}-${lang}-${l.theme}-${l.width}.png`), fullPage: !screen.view });
	}
}

const wider = (page) => page.evaluate(() => {
	const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
	if (over <= 1) return "";
	const out = [...document.querySelectorAll("body *")].filter((el) => el.getBoundingClientRect().right > innerWidth + 1 && !el.closest(".scroll"));
	return `${over} px too wide: ${out.slice(-3).map((el) => `${el.tagName}.${el.className} ${el.textContent.slice(0, 40)}`).join(" | ")}`;
});

/* What has the focus shows it: itself, or what stands for it (a label around a hidden box). Goes through all that Tab
 * reaches from the beginning of the page's own part, at most `most` stops. */
async function focusSeen(page, screen, most) {
	const lost = [];
	await page.evaluate(() => {
		const from = document.querySelector("dialog[open] *, main");
		document.activeElement?.blur();
		getSelection().collapse(from, 0);
	});
	for (let i = 0; i < most; i++) {
		await page.keyboard.press("Tab");
		const seen = await page.evaluate(() => {
			const el = document.activeElement;
			if (!el || el === document.body) return null;
			if (el.dataset.seen) return null;
			el.dataset.seen = "1";
			const shows = (x) => {
				const s = getComputedStyle(x);
				return s.outlineStyle !== "none" && Number.parseFloat(s.outlineWidth) >= 1.5 && s.outlineColor !== "rgba(0, 0, 0, 0)" && x.getBoundingClientRect().width > 2;
			};
			/* a point of a graph has a ring of its own */
			const ring = el.ownerSVGElement && el.querySelector(".hit");
			if (ring && getComputedStyle(ring).stroke !== "none" && Number.parseFloat(getComputedStyle(ring).strokeWidth) >= 1.5) return "";
			const near = [el, el.nextElementSibling];
			for (let up = el.parentElement, n = 0; up && up.tagName !== "MAIN" && n < 4; up = up.parentElement, n++) near.push(up);
			const what = `${el.tagName}#${el.id}.${el.className} ${el.textContent.slice(0, 30)}`;
			if (!near.some((x) => x && shows(x))) return `no outline: ${what}`;
			const box = near.find((x) => x && shows(x)).getBoundingClientRect();
			const cover = document.elementFromPoint(Math.min(Math.max(box.x + Math.min(box.width / 2, 8), 1), innerWidth - 1), Math.min(Math.max(box.y + box.height / 2, 1), innerHeight - 1));
			if (box.bottom <= 0 || box.top >= innerHeight) return `outside of the window: ${what}`;
			return cover && (cover.contains(el) || el.contains(cover) || near.find((x) => x && shows(x)).contains(cover)) ? "" : `covered by ${cover?.tagName}.${cover?.className}: ${what}`;
		});
		if (seen === null) break;
		if (seen) lost.push(seen);
	}
	await page.evaluate(() => document.querySelectorAll("[data-seen]").forEach((el) => delete el.dataset.seen));
	return lost;
}

const inForcedColours = (page) => page.evaluate(() => {
	const same = (el) => {
		const s = getComputedStyle(el);
		return s.color === s.backgroundColor;
	};
	const marked = [...document.querySelectorAll("[aria-current=page], [aria-pressed=true], .sev-critical")].filter((el) => el.getClientRects().length);
	const plain = marked.filter((el) => {
		const s = getComputedStyle(el);
		return s.outlineStyle === "none" && ["Top", "Bottom", "Left"].every((side) => s[`border${side}Style`] === "none" || s[`border${side}Width`] === "0px") && s.fontWeight < 600;
	});
	const lost = [...document.querySelectorAll("button, a, h1, p")].filter((el) => el.getClientRects().length && el.textContent.trim() && same(el));
	return [...plain.map((el) => `looks like the rest: ${el.className} ${el.textContent.slice(0, 30)}`), ...lost.map((el) => `cannot be read: ${el.textContent.slice(0, 30)}`)];
});
/* On paper: nothing to press, nothing that is fixed, and the label of what is on it. */
const onPaper = (page) => page.evaluate(() => {
	const seen = (el) => el.getClientRects().length > 0 && getComputedStyle(el).visibility !== "hidden";
	const out = [...document.querySelectorAll(".places, .top, .sticky, .notices, .bulkbar")].filter(seen).map((el) => `on paper: ${el.className}`);
	for (const el of document.querySelectorAll("main *")) if (seen(el) && getComputedStyle(el).position === "fixed") out.push(`fixed: ${el.className}`);
	const labels = [...document.querySelectorAll("main .tlp")].filter(seen).map((el) => el.textContent);
	if (labels.length && getComputedStyle(document.body).page === "auto") out.push(`no label at the head of the sheet: ${labels[0]}`);
	return out;
});
const moving = (page) => page.evaluate(() => [...document.querySelectorAll("*")].filter((el) => {
	const s = getComputedStyle(el);
	return Number.parseFloat(s.animationDuration) > 0.01 || Number.parseFloat(s.transitionDuration) > 0.01;
}).map((el) => `moves: ${el.tagName}.${el.className}`));

/* Colour is never alone: each of these has a word, and severities and answers a shape besides, one for each. */
const alone = (page) => page.evaluate(() => {
	const out = [];
	const shapes = new Map();
	for (const el of document.querySelectorAll(".sev, .tlp, .answer, .tile, .deadline, .state")) {
		const glyph = el.querySelector(":scope > [aria-hidden=true], :scope > .mark")?.textContent.trim() ?? "";
		const word = el.textContent.replace(glyph, "").trim();
		if (!/\p{L}/u.test(word)) out.push(`no word: ${el.className} ${el.textContent}`);
		if (el.matches(".tlp") && !/^TLP:(RED|AMBER|AMBER\+STRICT|GREEN|CLEAR)$/.test(el.textContent.trim())) out.push(`not the label: ${el.textContent}`);
		if (!el.matches(".sev")) continue;
		if (!glyph) out.push(`no shape: ${el.className} ${el.textContent}`);
		const kind = [...el.classList].find((c) => c.startsWith("sev-"));
		if ([...shapes].some(([k, g]) => k !== kind && g === glyph) || (shapes.get(kind) ?? glyph) !== glyph) out.push(`one shape for two: ${kind} ${glyph}`);
		shapes.set(kind, glyph);
	}
	return out;
});
/* As Chromium simulates it: the letters of each kind of chip stand out from their ground. */
async function otherEyes(page) {
	const lost = [];
	const cdp = await page.context().newCDPSession(page);
	const chips = [".sev-critical", ".sev-high", ".sev-medium", ".sev-low", ".tlp-red", ".tlp-amber", ".tlp-green", ".answer-affected", ".answer-not_affected", ".deadline.soon"];
	const bit = (v) => (v <= 0.04045 * 255 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
	let n = 0;
	for (const type of ["protanopia", "deuteranopia", "tritanopia", "achromatopsia"]) {
		await cdp.send("Emulation.setEmulatedVisionDeficiency", { type });
		for (const chip of chips) {
			const box = await page.locator(`main ${chip}`).first().boundingBox({ timeout: 500 }).catch(() => null);
			if (!box || box.y + box.height > page.viewportSize().height || box.y < 0) continue;
			const png = decode(await page.screenshot({ clip: box }));
			let [lo, hi] = [1, 0];
			for (let y = 1; y < png.height - 1; y++) for (let x = 1; x < png.width - 1; x++) {
				const light = luminance(png.at(x, y).map(bit));
				[lo, hi] = [Math.min(lo, light), Math.max(hi, light)];
			}
			n++;
			if ((hi + 0.05) / (lo + 0.05) < (chip === ".tlp-red" ? 3 : 4.5)) lost.push(`${chip}, ${type}: ${((hi + 0.05) / (lo + 0.05)).toFixed(1)}`);
		}
	}
	await cdp.send("Emulation.setEmulatedVisionDeficiency", { type: "none" });
	await cdp.detach();
	return n ? lost : ["no chip was looked at"];
}

const told = (what, list) => ok(what, list.length === 0, list.slice(0, 6).join("\n"));
async function check(page, screen, lang, turn) {
	const say = (text) => `${lang}: ${screen.name}${text}`;
	for (const [i, l] of LOOKS.entries()) {
		if (!all && i !== turn) continue;
		await look(page, screen, l);
		await axe(page, say(`, ${l.width}, ${l.theme}`), { wait: 0 });
		told(say(`, ${l.width}, fits its window`), [await wider(page)].filter(Boolean));
	}
	await page.setViewportSize(SMALL);
	await settled(page);
	told(say(", 400 %, fits its window"), [await wider(page)].filter(Boolean));
	if (!all && (lang === "en") !== (turn % 2 === 0)) return;
	await page.emulateMedia({ forcedColors: "active" });
	told(say(", forced colours"), await inForcedColours(page));
	await page.emulateMedia({ forcedColors: "none", media: "print" });
	if (!screen.view) told(say(", on paper"), await onPaper(page));
	await page.emulateMedia({ media: "screen" });
	told(say(", nothing moves"), await moving(page));
	await look(page, screen, LOOKS[0]);
	told(say(", colour is never alone"), await alone(page));
	if (screen.colours) told(say(", for other eyes"), await otherEyes(page));
	told(say(", the focus is seen"), await focusSeen(page, screen, all ? 150 : 24));
}

const world = await makeWorld();
const b = await browser();
let code = 1;
try {
	if (pictures) mkdirSync(pictures, { recursive: true });
	for (const lang of ["ja", "en"]) {
		if (process.env.ONLY && process.env.ONLY !== lang) continue;
		let turn = lang === "ja" ? 0 : 2;
		await eachScreen(b, world, lang, {
			only: (s) => names.test(s.name),
			visit: async (page, screen) => {
				if (pictures) {
					await picture(page, screen, lang);
					ok(`${lang}: ${screen.name}`, true);
				} else await check(page, screen, lang, turn++ % LOOKS.length);
			},
			failed: (page, screen, e) => ok(`${lang}: ${screen.name}`, false, e.message),
		});
	}
	if (names.test("")) told("every place of the navigation is in the table", cover());
	ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
	ok("no request leaves the origin", strangersSeen().length === 0, strangersSeen().join("\n"));
	ok("no error in any page", faultsSeen().length === 0, faultsSeen().join("\n"));
	code = finish();
} finally {
	await b.close();
	await world.stop();
}
process.exit(code);
