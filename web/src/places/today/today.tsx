// SPDX-License-Identifier: Apache-2.0
/* today: what needs this person now, each line with its next step. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { list } from "../../core/api";
import { covers, hrefOf, may, me, nameOf, stateWord, typeOfSlug } from "../../core/catalog";
import { lang, t } from "../../i18n";
import { absolute } from "../../core/time";
import type { Rec, WarningRec } from "../../core/types";
import { Deadline, Empty, Loading, ProblemBox, Severity, Tlp, When } from "../../ui/basics";
import { ofPlural, useLoad } from "../../core/load";
import { titleOf } from "../../core/titles";
import { AnswerState, answerOf, concernCount, mayAnswer } from "../warnings/answers";

const MOST = 12;
const time = (v: unknown) => (typeof v === "string" ? v : "9999");
const ackBy = (r: Rec) => (r.when as any)?.ack_by as string | undefined;

function Board({ title, plural, items, verb, href, deadline, extra }: {
	title: string;
	plural: string;
	items: Rec[];
	verb: string;
	href?: (r: Rec) => string;
	deadline: (r: Rec) => string | undefined;
	extra?: (r: Rec) => ComponentChildren;
}) {
	const def = typeOfSlug(plural);

	if (!items.length || !def) return null;
	return (
		<section class="part" aria-label={title}>
			<h2>{title} <span class="hint">{items.length}</span></h2>
			<ul class="board">
				{items.slice(0, MOST).map((r) => {
					const to = href?.(r) ?? hrefOf(r.id, r.type) ?? "#";
					return (
						<li key={r.id} data-row>
							<span class="when">{deadline(r) ? <Deadline at={deadline(r)} /> : <span class="hint"><When at={r.modified} rel /></span>}</span>
							<span><Severity value={r.severity} /></span>
							<a href={to} class="title">{r.number} {titleOf(def, r)}</a>
							<span class="why">{extra?.(r)} {stateWord(def, r.state)} <Tlp label={r.tlp} /> {nameOf(r.team)}</span>
							<a class="button" href={to} tabIndex={-1} aria-hidden="true">{verb}</a>
						</li>
					);
				})}
			</ul>
			{items.length > MOST && <p class="hint">{t().today.others(items.length - MOST)}</p>}
		</section>
	);
}

const open = (plural: string, rec: Rec) => typeOfSlug(plural)?.states?.list.find((s) => s.state === rec.state)?.open ?? false;

export function TodayScreen() {
	const many = (plural: string, query: Record<string, string>) =>
		typeOfSlug(plural) ? list<Rec>(`/${plural}`, { limit: 50, ...query }).then((p) => p.items) : Promise.resolve([]);
	const inbox = useLoad("today inbox", () => many("warnings", { box: "inbox" }) as Promise<WarningRec[]>, ofPlural("warnings", "assessments"));
	const drafts = useLoad("today drafts", () => many("warnings", { box: "drafts" }), ofPlural("warnings"));
	const reports = useLoad("today reports", () => many("reports", {}), ofPlural("reports"));
	const incidents = useLoad("today incidents", () => many("incidents", {}), ofPlural("incidents"));
	const tasks = useLoad("today tasks", () => many("tasks", {}), ofPlural("tasks"));

	useEffect(() => {
		document.title = `${t().places.today} — hikeshi`;
	}, [lang.value]);
	const lead = covers("lead");
	const analyst = covers("analyst");
	const running = (inbox.data ?? []).filter((w) => !["withdrawn", "closed", "expired"].includes(w.state ?? ""));
	const asked = running.filter((w) => mayAnswer() && (!answerOf(w) || answerOf(w)?.outdated)).sort((a, b) => (time(ackBy(a)) < time(ackBy(b)) ? -1 : 1));
	const told = running.filter(() => !mayAnswer());
	const review = (drafts.data ?? []).filter((w) => lead && (w.state === "review" || w.state === "updating_review"));
	const fresh = (reports.data ?? []).filter((r) => analyst && ["received", "acknowledged"].includes(r.state ?? ""));
	const mine = (incidents.data ?? []).filter((r) => open("incidents", r)).sort((a, b) => (time(a.next_step_by) < time(b.next_step_by) ? -1 : 1));
	const work = (tasks.data ?? []).filter((r) => open("tasks", r)).sort((a, b) => (time(a.due ?? a.due_at) < time(b.due ?? b.due_at) ? -1 : 1));
	const loads = [inbox, drafts, reports, incidents, tasks];
	const busy = loads.some((l) => l.busy && !l.data);
	const none = !asked.length && !told.length && !review.length && !fresh.length && !mine.length && !work.length;
	const failed = loads.find((l) => l.error);
	return (
		<>
			<header class="page-head"><h1>{t().places.today}</h1><span class="hint">{absolute(new Date().toISOString())} · {me.value?.name}</span></header>
			<ProblemBox problem={failed?.error} retry={failed?.reload} />
			{busy && none && <Loading />}
			{!busy && none && !failed && (
				<Empty text={t().today.quiet}>
					<h2>{t().today.start}</h2>
					<ul>
						<li><a href="/members">{t().today.startSteps.members}</a></li>
						<li><a href="/imports">{t().today.startSteps.imports}</a></li>
						<li><a href="/report">{t().today.startSteps.report}</a></li>
						{may("create:warnings") && <li><a href="/warnings/new">{t().today.startSteps.warning}</a></li>}
					</ul>
				</Empty>
			)}
			<Board title={t().today.inbox} plural="warnings" items={asked} verb={t().today.verbs.answer} deadline={ackBy}
				extra={(r) => (concernCount(r as WarningRec) > 0 ? <strong class="hitmark">{t().warn.concernsBadge(concernCount(r as WarningRec))}</strong> : null)} />
			<Board title={t().today.told} plural="warnings" items={told} verb={t().today.verbs.look} deadline={() => undefined}
				extra={(r) => <AnswerState state={answerOf(r as WarningRec)?.state} outdated={answerOf(r as WarningRec)?.outdated} />} />
			<Board title={t().today.approve} plural="warnings" items={review} verb={t().today.verbs.approve} deadline={() => undefined} />
			<Board title={t().today.reports} plural="reports" items={fresh} verb={t().today.verbs.triage} deadline={() => undefined} />
			<Board title={t().today.incidents} plural="incidents" items={mine} verb={t().today.verbs.look} deadline={(r) => r.next_step_by as string | undefined} />
			<Board title={t().today.tasks} plural="tasks" items={work} verb={t().today.verbs.look} deadline={(r) => (r.due ?? r.due_at) as string | undefined} />
		</>
	);
}
