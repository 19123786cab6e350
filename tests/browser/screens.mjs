// SPDX-License-Identifier: Apache-2.0
/* screens: every screen of common/screens.mjs as people meet it, in Japanese and English, light and dark, wide and narrow.
 * PICTURES=DIR only makes pictures of them (scripts/screenshots). NAMES=regular expression and ONLY=ja or en for some. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { eachScreen, NARROW, settled, WIDE } from "./common/screens.mjs";
import { makeWorld } from "./common/world.mjs";
import { browser, faultsSeen, finish, ok, strangersSeen, violationsSeen } from "./lib.mjs";

const pictures = process.env.PICTURES;
const names = new RegExp(process.env.NAMES ?? ".");
const LOOKS = [["wide", WIDE, "light"], ["wide", WIDE, "dark"], ["narrow", NARROW, "dark"], ["narrow", NARROW, "light"]];

async function picture(page, screen, lang) {
	for (const [width, size, theme] of LOOKS) {
		await page.setViewportSize(size);
		await page.emulateMedia({ colorScheme: theme });
		await settled(page);
		await page.screenshot({ path: join(pictures, `${screen.name}-${lang}-${theme}-${width}.png`), fullPage: !screen.view });
	}
}

const world = await makeWorld();
const b = await browser();
let code = 1;
try {
	if (pictures) mkdirSync(pictures, { recursive: true });
	for (const lang of ["ja", "en"]) {
		if (process.env.ONLY && process.env.ONLY !== lang) continue;
		await eachScreen(b, world, lang, {
			only: (s) => names.test(s.name),
			visit: async (page, screen) => {
				if (pictures) await picture(page, screen, lang);
				ok(`${lang}: ${screen.name}`, true);
			},
			failed: (page, screen, e) => ok(`${lang}: ${screen.name}`, false, e.message),
		});
	}
	ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
	ok("no request leaves the origin", strangersSeen().length === 0, strangersSeen().join("\n"));
	ok("no error in any page", faultsSeen().length === 0, faultsSeen().join("\n"));
	code = finish();
} finally {
	await b.close();
	await world.stop();
}
process.exit(code);
