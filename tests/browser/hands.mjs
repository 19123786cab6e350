// SPDX-License-Identifier: Apache-2.0
/* hands: the first light by the keyboard alone (in Japanese) and by touch on a telephone of 380 px (in English); what the
 * story of story.mjs does by mouse, the same steps. HANDS=keyboard or touch for one, ALL=1 for both in both languages. */
import { cast, firstLight, REAL, teamName } from "./common/firstlight.mjs";
import { keyboard, touch } from "./common/hands.mjs";
import { browser, faultsSeen, finish, fits, ok, server, shot, strangersSeen, violationsSeen } from "./lib.mjs";

const srv = await server();
const b = await browser();
let code = 1;
try {
	const who = cast(srv.people);
	const rounds = process.env.ALL ? [["ja", keyboard], ["en", touch], ["en", keyboard], ["ja", touch]] : [["ja", keyboard], ["en", touch]];
	for (const [round, [lang, h]] of rounds.entries()) {
		if (process.env.HANDS && process.env.HANDS !== h.name) continue;
		const team = await teamName(srv.base, who.other, lang);
		const done = await firstLight(b, srv.base, { ...who, other: { ...who.other, team } }, lang, round, h, { event: REAL, fits, shot: (page, name) => shot(page, `${h.name}-${name}`) });
		for (const page of [done.analyst, done.lead, done.other]) await page.context().close();
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
