// SPDX-License-Identifier: Apache-2.0
/* world: what the screens are shown on: a demo association with what its story leaves out, a node that is empty, and the
 * addresses of what is on them. Made once for a run. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { server } from "../lib.mjs";

const program = process.env.HIKESHI ?? join(dirname(fileURLToPath(import.meta.url)), "../../../build/hikeshi");
const password = "correct horse battery staple 火消し";

/* A person at the API: { me, get, post, patch, call }; call gives the bare answer. */
export async function api(base, who) {
	const headers = { "Content-Type": "application/json", Origin: base, "Sec-Fetch-Site": "same-origin" };
	const signed = await fetch(`${base}/api/v1/session`, { method: "POST", headers, body: JSON.stringify({ email: who.email, password: who.password }) });
	if (!signed.ok) throw new Error(`sign-in of ${who.email}: ${signed.status} ${await signed.text()}`);
	const cookie = signed.headers.get("set-cookie").split(";")[0];
	const call = (method, path, body, more = {}) =>
		fetch(`${base}/api/v1${path}`, { method, headers: { ...headers, Cookie: cookie, ...(method === "PATCH" && { "Content-Type": "application/merge-patch+json" }), ...more }, body: body === undefined ? undefined : JSON.stringify(body) });
	const made = async (method, path, body, more) => {
		const res = await call(method, path, body, more);
		const text = await res.text();
		if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text}`);
		return text ? { ...JSON.parse(text), etag: res.headers.get("etag") } : null;
	};
	return {
		call, me: await signed.json(),
		get: (p) => made("GET", p),
		post: (p, b = {}, more = {}) => made("POST", p, b, more),
		patch: (p, b, etag) => made("PATCH", p, b, { "If-Match": etag }),
	};
}

/* A node with one team and its administrator, nothing else. */
export async function freshNode({ team = "Aoba CSIRT", config = "" } = {}) {
	const dir = mkdtempSync(join(tmpdir(), "hikeshi-fresh-"));
	const data = join(dir, "node");
	const file = join(dir, "password");
	writeFileSync(file, `${password}\n`);
	execFileSync(program, ["--data", data, "init", "--team", team, "--admin", "admin@aoba.example", "--password-file", file], { stdio: "pipe" });
	if (config) writeFileSync(join(data, "config"), `\n${config}`, { flag: "a" });
	const child = spawn(program, ["--data", data, "serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
	const base = await new Promise((up, gone) => {
		let text = "";
		child.once("exit", (code) => gone(new Error(`the server ended with ${code}`)));
		child.stdout.on("data", (c) => {
			text += c;
			const found = /https?:\/\/[^\s/]+/.exec(text);
			if (found) up(found[0]);
		});
	});
	const stop = () => new Promise((done) => {
		child.removeAllListeners("exit");
		child.once("exit", () => {
			rmSync(dir, { recursive: true, force: true });
			done();
		});
		child.kill("SIGTERM");
	});
	return { base, stop, run: (...args) => execFileSync(program, ["--data", data, ...args], { stdio: "pipe" }).toString(), people: [{ email: "admin@aoba.example", password, role: "administrator" }] };
}

const ahead = (hours) => new Date(Date.now() + hours * 3600e3).toISOString();
const find = (people, email) => {
	const who = people.find((p) => p.email.startsWith(email));
	if (!who) throw new Error(`nobody ${email} in the demo`);
	return who;
};
const CAST = { analyst: "analyst@kita-logi", lead: "lead@akatsuki", author: "analyst@akatsuki", member: "lead@kita-logi", manager: "manager@higurashi", reader: "reader@higurashi", secretariat: "jimukyoku@", admin: "admin@akatsuki" };

async function issue(a, body) {
	const w = await a.post("/warnings", body);
	const step = async (name, more = {}) => a.post(`/warnings/${w.id}/${name}`, more, { "If-Match": (await a.get(`/warnings/${w.id}`)).etag });
	await step("submit");
	await step("approve", { hash: (await a.get(`/warnings/${w.id}/preview`)).hash, reason: "単独当番" });
	await step("issue");
	return w.id;
}
const CLEAR = {
	title: "配送会社をかたる SMS に注意してください", summary: "不在通知を装う SMS から偽サイトへ誘導し、暗証番号を入力させます。\n記載の宛先は開かないでください。", class: "advisory", urgency: "high", severity: "high", tlp: "TLP:CLEAR", language: "ja",
	what: { event_type: "attack", impact: "暗証番号とクレジットカードの番号が盗まれます。" }, when: { known_at: ahead(-5), valid_until: ahead(720) }, why: { rationale: "同じ文面を複数の会員が確認しています。", confidence: "high", basis: "own_observation" },
	how: { mitigate: [{ text: "SMS の宛先を開かない", kind: "temporary" }], report_back: "不要" }, who: { contact: "csirt@akatsuki.example" }, whom: { public: true },
};

/* A value that several records show, seen over some months; and an import with rejects and losses. */
export async function seedValue(a, value, more = {}) {
	const object = { type: "indicator", name: `C2 ${value}`, pattern: `[domain-name:value = '${value}']`, pattern_type: "stix", valid_from: "2026-01-01T00:00:00Z", valid_until: "2026-10-01T00:00:00Z", confidence: 75, indicator_types: ["malicious-activity"], kill_chain_phases: [{ kill_chain_name: "lockheed-martin-cyber-kill-chain", phase_name: "command-and-control" }] };
	const ind = await a.post("/indicators", { object, ...more });
	const inc = await a.post("/incidents", { title: "請求書を装うメールからの感染", summary: `接続先 ${value}、203.0.113.66、配布元 hxxp://files.${value}/a.iso` });
	await a.post(`/incidents/${inc.id}/links`, { target: ind.id, relation: "has" });
	await a.post("/reports", { title: "不審なメールが届いた", description: `リンク先は ${value}`, reporter: { name: "山田" } });
	for (const [day, count] of [["2026-05-03", 1], ["2026-06-18", 4], ["2026-08-02", 2], ["2026-08-20", 7], ["2026-11-01", 1]])
		await a.post("/sightings", { object: { type: "sighting", sighting_of_ref: ind.id, first_seen: `${day}T01:00:00Z`, last_seen: `${day}T20:00:00Z`, count }, ...more });
	return { indicator: ind.id, incident: inc.id };
}
export const BROKEN = JSON.stringify({ type: "bundle", id: "bundle--0b1c8a54-1111-4111-8111-111111111111", objects: [
	{ type: "indicator", spec_version: "2.1", id: "indicator--0b1c8a54-2222-4111-8111-111111111111", created: "2026-01-01T00:00:00.000Z", modified: "2026-01-01T00:00:00.000Z", pattern: "[domain-name:value = 'imported.example']", pattern_type: "stix", valid_from: "2026-01-01T00:00:00Z" },
	{ type: "indicator", id: "not an id", name: "<b>broken</b>" }, { type: "malware", id: "malware--1" }] });

async function seed(demo, cast) {
	const [author, lead, analyst, admin] = [await api(demo.base, cast.author), await api(demo.base, cast.lead), await api(demo.base, cast.analyst), await api(demo.base, cast.admin)];
	const ids = {};
	ids.publicWarning = await issue(lead, CLEAR);
	ids.draft = (await author.post("/warnings", { ...CLEAR, title: "配信前の下書き", tlp: "TLP:AMBER", whom: {}, what: {} })).id;
	for (const [language, name] of [["ja", "あかつき情報共有協議会 事務局"], ["en", "Akatsuki Council"]]) {
		const sheet = await admin.post("/factsheets", { name, language, email: "csirt@akatsuki.example", phone: "+81 3 0000 0000", mission: "会員のインシデント対応を助け、警戒情報を届けます。", constituency: "会員 12 組織", valid_until: ahead(2400), keys: "0123 4567 89AB CDEF" });
		await admin.post(`/factsheets/${sheet.id}/publish`, {}, { "If-Match": sheet.etag });
	}
	await analyst.post("/indicators", { value: "red.kita-logi.example", tlp: "TLP:RED" });
	await admin.post("/sources", { name: "公開脅威情報", url: "https://taxii.example/taxii2/", paused: true }).catch(() => {});
	/* a report of the public form: number and code to look it up with */
	const form = await fetch(`${demo.base}/report`, { method: "POST", redirect: "manual", headers: { "Content-Type": "application/x-www-form-urlencoded", Origin: demo.base, "Sec-Fetch-Site": "same-origin" }, body: new URLSearchParams({ title: "偽の配送通知が届いた", description: "携帯電話に SMS が届きました。", name: "山田 花子", email: "hanako@example.jp", lang: "ja" }) });
	const text = await form.text();
	ids.receipt = { number: /id="number"[^>]*>([^<]+)/.exec(text)?.[1], code: /id="code"[^>]*>([^<]+)/.exec(text)?.[1] };
	const first = async (a, path, pick = () => true) => (await a.get(path)).items.find(pick)?.id ?? (await a.get(path)).items[0]?.id;
	ids.report = await first(analyst, "/reports?limit=50");
	ids.incident = await first(analyst, "/incidents?limit=50");
	ids.task = await first(analyst, "/tasks?limit=50");
	ids.review = await first(lead, "/warnings?limit=100", (w) => w.state === "review");
	ids.issued = await first(lead, "/warnings?limit=100", (w) => w.state === "issued" && w.addressed !== true && w.tlp !== "TLP:CLEAR");
	const member = await api(demo.base, cast.member);
	ids.received = await first(member, "/warnings?limit=100", (w) => w.state === "issued" && w.addressed && !w.answer);
	ids.withdrawn = await first(member, "/warnings?limit=100", (w) => w.state === "withdrawn");
	ids.value = "gate.screens-world.example";
	await seedValue(analyst, ids.value);
	ids.import = (await (await analyst.call("POST", "/import?name=feed-2026-11.json", JSON.parse(BROKEN))).json()).job;
	ids.indicator = await first(analyst, "/indicators?limit=50");
	ids.team = await first(analyst, "/teams?limit=50");
	const entry = (await lead.get("/journal?limit=5")).items[0];
	ids.entry = `${entry.seq}?epoch=${entry.epoch}`;
	ids.circle = await first(analyst, "/circles?limit=50");
	ids.person = await first(analyst, "/people?limit=50");
	return ids;
}

/* { demo, fresh, cast, ids, stop } */
export async function makeWorld() {
	const demo = await server();
	const fresh = await freshNode();
	const cast = Object.fromEntries(Object.entries(CAST).map(([role, email]) => [role, find(demo.people, email)]));
	const stop = () => {
		demo.stop();
		return fresh.stop();
	};
	try {
		const ids = await seed(demo, cast);
		demo.configure("session.confirm_seconds = 1\n");
		return { demo, fresh, cast: { ...cast, fresh: fresh.people[0] }, ids, stop };
	} catch (e) {
		await stop();
		throw e;
	}
}
