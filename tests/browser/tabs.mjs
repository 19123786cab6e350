// SPDX-License-Identifier: Apache-2.0
/* tabs: several tabs of one person and the live stream between them and the server, through a relay of ours that can cut it
 * and change the build that the server names: one stream for all tabs, handed on, resumed without a gap, and a new build told. */
import http from "node:http";
import { axe, browser, faultsSeen, finish, ok, person, server, shot, signIn, step, violationsSeen } from "./lib.mjs";

const STREAM = "/api/v1/stream";

/* Passes everything on to the server; the stream can be cut, and its build be another one. */
async function relay(base) {
	const state = { build: "", open: new Set(), resumed: [] };
	const to = new URL(base);
	const srv = http.createServer((rq, rs) => {
		const up = http.request({ host: to.hostname, port: to.port, method: rq.method, path: rq.url, headers: rq.headers }, (got) => {
			rs.writeHead(got.statusCode, got.headers);
			if (!rq.url.startsWith(STREAM)) return void got.pipe(rs);
			state.open.add(rs);
			state.resumed.push(rq.headers["last-event-id"] ?? "");
			got.on("data", (x) => rs.write(state.build ? x.toString().replace(/"build":"[0-9a-f]+"/, `"build":"${state.build}"`) : x));
			got.on("end", () => rs.end());
			got.on("error", () => rs.destroy());
			rs.on("close", () => {
				state.open.delete(rs);
				up.destroy();
			});
			rs.flushHeaders();
		});
		up.on("error", () => rs.destroy());
		rq.pipe(up);
	});

	await new Promise((up) => srv.listen(0, "127.0.0.1", up));
	return {
		base: `http://127.0.0.1:${srv.address().port}`,
		state,
		cut: () => [...state.open].forEach((rs) => rs.destroy()),
		stop: () => (srv.closeAllConnections(), srv.close()),
	};
}
async function until(what, good) {
	for (let i = 0; i < 600; i++) {
		if (await good()) return;
		await new Promise((next) => setTimeout(next, 100));
	}
	throw new Error(`never: ${what}`);
}
const incident = (page, title) =>
	page.evaluate(async (t) => (await fetch("/api/v1/incidents", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ title: t, severity: "low", tlp: "TLP:GREEN" }) })).status, title);
const shows = (page, title) => page.locator("[data-row]", { hasText: title }).first().waitFor();

const srv = await server();
const way = await relay(srv.base);
const b = await browser();
let code = 1;
try {
	const who = srv.people.find((p) => p.role === "analyst");
	const first = await person(b, way.base, { lang: "ja" });
	await signIn(first, who, "ja");
	await first.goto("/incidents");
	await first.waitForSelector("[data-row]");
	const second = await first.context().newPage();
	await second.goto("/incidents");
	await second.waitForSelector("[data-row]");

	await step("two tabs read one stream, and both see what changes", async () => {
		await until("a stream", () => way.state.open.size === 1);
		if ((await incident(second, "seen by both tabs")) !== 201) throw new Error("not created");
		await shows(first, "seen by both tabs");
		await shows(second, "seen by both tabs");
		if (way.state.open.size !== 1) throw new Error(`${way.state.open.size} streams`);
	});
	await step("the tab that reads is closed: the other reads on", async () => {
		const before = way.state.resumed.length;
		await first.close();
		await until("another stream", () => way.state.resumed.length > before && way.state.open.size === 1);
		if (!way.state.resumed.at(-1)) throw new Error("it did not say what the other tab had seen");
		if ((await incident(second, "after the hand-over")) !== 201) throw new Error("not created");
		await shows(second, "after the hand-over");
	});
	await step("a stream that is cut goes on where it was", async () => {
		const before = way.state.resumed.length;
		way.cut();
		await until("it is read again", () => way.state.resumed.length > before);
		if (!way.state.resumed.at(-1)) throw new Error("it did not say what it had seen");
		if ((await incident(second, "after the cut")) !== 201) throw new Error("not created");
		await shows(second, "after the cut");
		if (await second.locator(".quiet-banner").count()) throw new Error("it says there is a new build, and there is none");
	});
	await step("a server with another build is told, and nothing is lost by it", async () => {
		way.state.build = "0123456789abcdef";
		way.cut();
		await second.waitForSelector(".quiet-banner button");
		await axe(second, "a new build");
		await shot(second, "ja-new-build", false);
		way.state.build = "";
		await second.locator(".quiet-banner button").click();
		await second.waitForSelector("[data-row]");
		await second.waitForSelector(".quiet-banner", { state: "detached" });
	});
	ok("no violation of the content security policy", violationsSeen().length === 0, violationsSeen().join("\n"));
	ok("no error in any page", faultsSeen().length === 0, faultsSeen().join("\n"));
	code = finish();
} finally {
	await b.close();
	way.stop();
	srv.stop();
}
process.exit(code);
