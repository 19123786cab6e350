// SPDX-License-Identifier: Apache-2.0
/* figures: the reach of the warnings that are out, how the work is spread, and the numbers of the moment. */
import { get, list } from "../../core/api";
import { directory, isOwn, nameOf, typeOfSlug } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { place } from "../../core/router";
import { number } from "../../core/time";
import type { Rec } from "../../core/types";
import { t } from "../../i18n";
import { Deadline, ProblemBox, Tlp } from "../../ui/basics";
import { AnswerState } from "../warnings/answers";
import { reachOf } from "./needs";

interface Answered {
	team: string;
	state: string;
	outdated?: boolean;
}
export interface Reached {
	rec: Rec;
	answers: Answered[];
}
const OUT = "issued,updating,updating_review,updating_approved";
const REACH_MOST = 6;

/* The team's own warnings that are out, with who has answered how. */
export function useReach(on: boolean) {
	return useLoad<Reached[]>(on ? "today reach" : null, async () => {
		const page = await list<Rec>("/warnings", { box: "outbox", state: OUT, limit: REACH_MOST });
		return Promise.all(page.items.map(async (rec) => ({ rec, answers: (await list<Answered>(`/warnings/${rec.id}/assessments`, { limit: 1000 }).catch(() => ({ items: [] }))).items })));
	}, ofPlural("warnings", "assessments"));
}
export const silentIn = (r: Reached) => r.answers.filter((a) => a.state === "no_answer" || a.outdated).length;

export function Reach({ load }: { load: ReturnType<typeof useReach> }) {
	return (
		<section class="part" aria-labelledby="reach">
			<h2 id="reach">{t().today.reach}</h2>
			<ProblemBox problem={load.error} retry={load.reload} />
			{load.data && !load.data.length && <p class="hint">{t().today.reachNone}</p>}
			<ul class="plain reachlist">
				{(load.data ?? []).map((r) => {
					const n = r.answers.length - silentIn(r);
					return (
						<li key={r.rec.id}>
							<p><a href={`/warnings/${r.rec.id}`}>{r.rec.number} {r.rec.title}</a> <Tlp label={r.rec.tlp} /> <Deadline at={(r.rec.when as { ack_by?: string } | undefined)?.ack_by} /></p>
							{r.answers.length > 0 && (
								<p class="row">
									<progress max={r.answers.length} value={n} aria-label={t().today.reachCount(n, r.answers.length)} />
									<span class="hint">{t().today.reachCount(n, r.answers.length)}</span>
									{reachOf(r.answers).map((x) => <span key={x.state}><AnswerState state={x.state} /> {x.n}</span>)}
								</p>
							)}
						</li>
					);
				})}
			</ul>
		</section>
	);
}

const openOf = (plural: string) => (typeOfSlug(plural)?.states?.list ?? []).filter((s) => s.open).map((s) => s.state).join(",");
const count = async (path: string, query: Record<string, string>) => {
	const c = await get<{ count: number; exact: boolean }>(`${path}/count`, query);
	return `${number(c.count)}${c.exact ? "" : "+"}`;
};
const now = () => `${new Date().toISOString().slice(0, 19)}Z`;

/* For a lead: who has how much, and how much of it is late. */
export function Workload() {
	const people = directory.value.people.filter((p) => isOwn(p)).slice(0, 12);
	const ids = ["none", ...people.map((p) => p.id)];
	const load = useLoad(`load ${ids.join()}`, () => Promise.all(ids.map(async (id) => {
		const state = openOf("incidents");
		const [open, over] = await Promise.all([count("/incidents", { state, assignee: id }), count("/incidents", { state, assignee: id, due_before: now() })]);
		return { id, open, over };
	})), ofPlural("incidents"));
	const rows = (load.data ?? []).filter((r) => r.open !== "0");
	const link = (id: string, more: string, text: string) => <a href={`/incidents?state=open&assignee=${encodeURIComponent(id)}${more}`}>{text}</a>;

	if (!rows.length) return null;
	return (
		<section class="part" aria-labelledby="load">
			<h2 id="load">{t().today.load}</h2>
			<table class="plain workload">
				<thead><tr><th scope="col">{t().today.person}</th><th scope="col" class="num">{t().today.openCases}</th><th scope="col" class="num">{t().today.overdue}</th></tr></thead>
				<tbody>{rows.map((r) => <tr key={r.id}><th scope="row">{r.id === "none" ? t().desk.nobody : nameOf(r.id)}</th><td class="num">{link(r.id, "", r.open)}</td><td class="num">{r.over === "0" ? "0" : link(r.id, "&due=over", r.over)}</td></tr>)}</tbody>
			</table>
		</section>
	);
}

/* For a manager: five numbers, each the way to its list. */
export function Numbers() {
	const load = useLoad("numbers", async () => {
		const state = openOf("incidents");
		const [open, critical, over, reports, warnings] = await Promise.all([
			count("/incidents", { state }), count("/incidents", { state, severity: "critical" }), count("/incidents", { state, due_before: now() }),
			count("/reports", { state: "received,acknowledged" }), count("/warnings", { box: "outbox", state: OUT }),
		]);
		return { open, critical, over, reports, warnings };
	}, ofPlural("incidents", "reports", "warnings"));
	const to: Record<string, string> = { open: "/incidents", critical: "/incidents?state=open&severity=critical", over: "/incidents?state=open&due=over", reports: "/reports", warnings: "/warnings?box=outbox" };

	return (
		<section class="part" aria-labelledby="numbers">
			<h2 id="numbers">{t().today.numbers}</h2>
			<ProblemBox problem={load.error} retry={load.reload} />
			{load.data && <dl class="counts">{Object.entries(load.data).map(([k, v]) => <div key={k}><dt>{t().today.number[k]}</dt><dd><a href={to[k]}>{v}</a></dd></div>)}</dl>}
			{place.value.path !== "/figures" && <p><a href="/figures">{t().places.figures}</a></p>}
		</section>
	);
}
