// SPDX-License-Identifier: Apache-2.0
/* today: what needs this person now, in the order of deadlines, each line with the reason and the next step as a button;
 * what happened meanwhile; how far the warnings have got; the note to the next duty officer. The same parts for every
 * role, in the order that role needs them. */
import { useEffect, useState } from "preact/hooks";
import { list, patch, post } from "../../core/api";
import { apiOf, covers, hrefOf, may, me, nameOf, stateWord, typeNamed, typeOfSlug } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { absolute } from "../../core/time";
import { titleOf } from "../../core/titles";
import type { Rec } from "../../core/types";
import { lang, t } from "../../i18n";
import { Act, Deadline, Empty, Loading, ProblemBox, Severity, Tlp, When, cx, notice } from "../../ui/basics";
import { AnswerState, answerOf, mayAnswer } from "../warnings/answers";
import { Numbers, Reach, Workload, silentIn, useReach } from "./figures";
import { Handover, useHandover, writing } from "./handover";
import { needsOf, type Need } from "./needs";
import { Setup } from "./setup";
import { Since } from "./since";

const MOST = 12;
const openOf = (plural: string) => (typeOfSlug(plural)?.states?.list ?? []).filter((s) => s.open).map((s) => s.state).join(",");
const soon = () => `${new Date(Date.now() + 86400e3).toISOString().slice(0, 19)}Z`;

/* What the parts of the day are made of. */
function useDay() {
	const analyst = covers("analyst");
	const lead = covers("lead");
	const many = (plural: string, query: Record<string, string>) => (typeOfSlug(plural) ? list<Rec>(`/${plural}`, { limit: 50, ...query }).then((p) => p.items) : Promise.resolve([]));
	const open = openOf("incidents");
	const inbox = useLoad("today inbox", () => many("warnings", { box: "inbox" }), ofPlural("warnings", "assessments"));
	const drafts = useLoad(lead ? "today drafts" : null, () => many("warnings", { box: "drafts" }), ofPlural("warnings"));
	const reports = useLoad(analyst ? "today reports" : null, () => many("reports", { state: "received,acknowledged" }), ofPlural("reports"));
	const mine = useLoad(analyst ? "today mine" : null, () => many("incidents", { state: open, assignee: "me" }), ofPlural("incidents"));
	const nobody = useLoad(analyst ? "today nobody" : null, () => many("incidents", { state: open, assignee: "none" }), ofPlural("incidents"));
	const over = useLoad(lead ? "today over" : null, () => many("incidents", { state: open, due_before: soon() }), ofPlural("incidents"));
	const tasks = useLoad(analyst ? "today tasks" : null, () => many("tasks", { state: openOf("tasks") }), ofPlural("tasks"));
	const reach = useReach(may("create:warnings") || lead);
	const loads = [inbox, drafts, reports, mine, nobody, over, tasks];
	const needs = needsOf(
		{ inbox: inbox.data, drafts: drafts.data, reports: reports.data, mine: mine.data, nobody: nobody.data, over: over.data, tasks: tasks.data, silent: lead ? reach.data?.map((r) => ({ rec: r.rec, n: silentIn(r) })) : [] },
		{ person: me.value?.person, answers: mayAnswer(), lead, analyst, now: Date.now() },
	);
	const told = mayAnswer() ? [] : (inbox.data ?? []).filter((w) => !["withdrawn", "closed", "expired"].includes(w.state ?? ""));

	return { needs, told, reach, lead, analyst, busy: loads.some((l) => l.busy && !l.data), failed: loads.find((l) => l.error), reload: () => Promise.all(loads.map((l) => l.reload())) };
}

/* The next step: done at once where that is all there is to it, else the way to where it is done. */
function Verb({ need, reload, onProblem }: { need: Need; reload: () => Promise<unknown>; onProblem: (p: unknown) => void }) {
	const { rec, verb } = need;
	const d = typeNamed(rec.type)!;
	const path = `${apiOf(d)}/${rec.id}`;
	const text = t().today.verb[verb]!;
	const act = (run: () => Promise<void>) => async () => {
		try {
			await run();
			await reload();
		} catch (e) {
			onProblem(e);
		}
	};
	if (verb === "take") {
		const field = { assignee: me.value?.person ?? null };
		return <Act run={act(async () => {
			const now = await patch(path, field, `"r${rec.version}"`);
			notice(t().today.done(text), rec.circles?.length ? undefined : async () => {
				await patch(path, { assignee: null }, now.etag);
				await reload();
			});
		})}>{text}</Act>;
	}
	if (verb === "acknowledge" || verb === "check" || verb === "start") {
		return <Act run={act(async () => {
			await post(`${path}/${verb}`);
			notice(t().today.done(text));
		})}>{text}</Act>;
	}
	return <a class="button" href={hrefOf(rec.id, rec.type) ?? "#"}>{text}</a>;
}

function Pin({ rec }: { rec: Rec }) {
	const note = writing.value;
	const what = rec.number || rec.title || "";

	if (!note) return null;
	const on = note.pinned.includes(rec.id);
	return <button type="button" class="quiet pin" aria-pressed={on} aria-keyshortcuts="p" title={on ? t().today.handover.unpin(what) : t().today.handover.pin(what)} aria-label={on ? t().today.handover.unpin(what) : t().today.handover.pin(what)} onClick={() => note.pin(rec.id)}><span aria-hidden="true">{on ? "★" : "☆"}</span></button>;
}

/* whose reason says the state already */
const STATED = new Set(["received", "acknowledged", "approve", "waiting", "unanswered", "concerns"]);
function NeedRow({ need, reload, onProblem }: { need: Need; reload: () => Promise<unknown>; onProblem: (p: unknown) => void }) {
	const { rec } = need;
	const d = typeNamed(rec.type);
	const say = /^x-hikeshi-person--/.test(need.say ?? "") ? nameOf(need.say) : (need.say ?? "");
	const why = t().today.why[need.why]!(need.why === "over" && need.say === me.value?.person ? "" : say);
	return (
		<li data-row>
			<span class="when">{need.at ? <Deadline at={need.at} /> : <span class="hint" title={absolute(rec.created ?? rec.modified)}>{t().today.noDeadline}</span>}</span>
			<span><Severity value={rec.severity} /></span>
			<a href={hrefOf(rec.id, rec.type) ?? "#"} class="title" lang={rec.language ?? undefined}>{rec.number} {titleOf(d, rec)}</a>
			<span class={cx("why", (need.why === "concerns" || need.why === "over") && "hitmark")}>{why}{!STATED.has(need.why) && <span class="hint"> · {stateWord(d, rec.state)}</span>} <Tlp label={rec.tlp} /></span>
			<span class="verb"><Pin rec={rec} /><Verb need={need} reload={reload} onProblem={onProblem} /></span>
		</li>
	);
}

function Needs({ day }: { day: ReturnType<typeof useDay> }) {
	const [all, setAll] = useState(false);
	const [problem, setProblem] = useState<unknown>(null);
	const { needs } = day;
	const shown = all ? needs : needs.slice(0, MOST);

	if (!needs.length) return null;
	return (
		<section class="part" aria-labelledby="needs">
			<h2 id="needs">{t().today.lead} <span class="hint">{needs.length} · {t().today.byDeadline}</span></h2>
			<ProblemBox problem={problem} />
			<ul class="board">{shown.map((n) => <NeedRow key={n.rec.id} need={n} reload={day.reload} onProblem={setProblem} />)}</ul>
			{needs.length > shown.length && <p class="row"><button type="button" onClick={() => setAll(true)}>{t().today.all(needs.length - shown.length)}</button></p>}
		</section>
	);
}

/* For those who read and do not answer. */
function Told({ items }: { items: Rec[] }) {
	const d = typeOfSlug("warnings");

	if (!items.length) return null;
	return (
		<section class="part" aria-labelledby="told">
			<h2 id="told">{t().today.told} <span class="hint">{items.length}</span></h2>
			<ul class="board">
				{items.slice(0, MOST).map((r) => (
					<li key={r.id} data-row>
						<span class="when hint"><When at={r.modified} rel /></span>
						<span><Severity value={r.severity} /></span>
						<a href={`/warnings/${r.id}`} class="title">{r.number} {titleOf(d, r)}</a>
						<span class="why"><AnswerState state={answerOf(r as never)?.state} /> <Tlp label={r.tlp} /> {nameOf(r.team)}</span>
						<span class="verb"><a class="button" href={`/warnings/${r.id}`}>{t().today.verb.open}</a></span>
					</li>
				))}
			</ul>
		</section>
	);
}

/* An administrator has the list of what to set up above it. */
function FirstSteps() {
	if (me.value?.role === "administrator") return <Empty text={t().today.quiet} />;
	return (
		<Empty text={t().today.quiet}>
			<h2>{t().today.start}</h2>
			<ul>
				<li><a href="/members">{t().today.startSteps.members}</a></li>
				<li><a href="/imports">{t().today.startSteps.imports}</a></li>
				<li><a href="/report">{t().today.startSteps.report}</a></li>
				{may("create:warnings") && <li><a href="/warnings/new">{t().today.startSteps.warning}</a></li>}
			</ul>
		</Empty>
	);
}

export function TodayScreen() {
	const day = useDay();
	const note = useHandover();
	const role = me.value?.role;
	const duty = note.data?.rec.taken_by ?? note.data?.rec.duty;

	useEffect(() => {
		document.title = `${t().places.today} — hikeshi`;
	}, [lang.value]);
	/* what the one before left comes first for whoever comes on duty */
	const first = note.data?.rec.state === "handed_over" && note.data.rec.duty !== me.value?.person;
	const none = !day.needs.length && !day.told.length;
	const reach = (day.lead || (day.reach.data?.length ?? 0) > 0) && day.reach.data && <Reach load={day.reach} />;
	return (
		<>
			<header class="page-head">
				<h1>{t().places.today}</h1>
				<span class="hint">{absolute(new Date().toISOString())} · {me.value?.name}{duty && ` · ${t().today.handover.duty(nameOf(duty as string))}`}</span>
			</header>
			<ProblemBox problem={day.failed?.error} retry={day.failed?.reload} />
			<Setup />
			{day.busy && none && <Loading />}
			{first && <Handover load={note} />}
			{(role === "manager" || role === "secretariat") && <Numbers />}
			{role === "secretariat" && reach}
			{!day.busy && none && !day.failed && <FirstSteps />}
			<Needs day={day} />
			<Told items={day.told} />
			<div class="dayparts">
				<Since />
				<div>
					{role !== "secretariat" && reach}
					{day.lead && <Workload />}
					{!first && (day.analyst || note.data) && <Handover load={note} />}
				</div>
			</div>
		</>
	);
}
