// SPDX-License-Identifier: Apache-2.0
/* warnings: inbox, issued and drafts. The inbox answers in the row, without opening. */
import { useEffect, useState } from "preact/hooks";
import { onKey } from "../../core/keys";
import { isObject } from "../../core/merge";
import { singleKeys } from "../../core/session";
import { mayCreate, nameOf, remember, stateWord, typeOfSlug } from "../../core/catalog";
import { lang, t } from "../../i18n";
import { params } from "../../core/router";
import type { WarningRec } from "../../core/types";
import { titleOf } from "../../core/titles";
import { Act, Deadline, Empty, Loading, ProblemBox, Severity, Tlp, When, cx } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Rows } from "../records/rows";
import { AnswerState, QUICK, QuickAnswers, answerOf, concernCount, mayAnswer, sendAnswer } from "./answers";
import { ConcernList } from "./concerns";
import { FiguresPane } from "./plots";
import { FilterBar, filterOf, usePages } from "../records/list";

const BOXES = ["inbox", "outbox", "drafts"] as const;

function InboxRow({ w, reload }: { w: WarningRec; reload: () => void }) {
	const def = typeOfSlug("warnings");
	const answer = answerOf(w);
	const open = w.state === "issued" && w.addressed !== false && (!answer || !!answer.outdated);
	const hits = concernCount(w);
	const [seen, setSeen] = useState(false);
	const how = isObject(w.how) ? w.how : {};
	const asked = (Array.isArray(how.mitigate) ? how.mitigate : []).flatMap((m) => (isObject(m) && typeof m.text === "string" ? [m.text] : [])).slice(0, 3);
	return (
		<li class={cx("inbox-row", open && "unanswered")} data-row data-warning={w.id}>
			<p class="marks">
				<Severity value={w.severity} /> <span class="num">{w.number}</span> <Tlp label={w.tlp} />
				<span>{nameOf(w.team)}</span>
				{w.state === "withdrawn" && <strong class="hitmark">{t().warn.withdrawn}</strong>}
				{w.state === "closed" && <span class="hint">{stateWord(def, w.state)}</span>}
				{w.state === "expired" && <span class="hint">{t().warn.expired}</span>}
				<span class="grow" />
				{open && <Deadline at={(w.when as any)?.ack_by} label={t().warn.ackBy} />}
				<span class="hint"><When at={w.modified} rel /></span>
			</p>
			<p class="title"><a href={`/warnings/${w.id}`} lang={w.language ?? undefined}>{titleOf(def, w)}</a></p>
			{asked.length > 0 && open && <p class="asked" lang={w.language ?? undefined}><span class="hint">{t().warn.askedFor}</span> {asked.map((x, i) => <span key={i}>{asked.length > 1 && `(${i + 1}) `}{x} </span>)}</p>}
			<div class="inbox-answer">
				{open || answer ? <AnswerState state={answer?.state} outdated={answer?.outdated} /> : <span class="hint">{t().warn.notAsked}</span>}
				{w.state !== "withdrawn" && <QuickAnswers id={w.id} answer={answer} hints onDone={reload} />}
			</div>
			{hits > 0 && (
				<details class="evidence" onToggle={(e) => setSeen(e.currentTarget.open)}>
					<summary>{t().warn.evidence(hits)}</summary>
					{seen && <ConcernList id={w.id} />}
				</details>
			)}
		</li>
	);
}

function Tabs({ box }: { box: string }) {
	return (
		<nav class="tabs" aria-label={t().places.warnings}>
			{[...BOXES, "figures" as const].map((b) => <a key={b} href={`/warnings?box=${b}`} aria-current={b === box ? "page" : undefined}>{t().warn.boxes[b]}</a>)}
		</nav>
	);
}
function Boxes({ box }: { box: string }) {
	return (
		<>
			<header class="page-head"><h1>{t().places.warnings}</h1></header>
			<Tabs box={box} />
			<FiguresPane />
		</>
	);
}

export function WarningsScreen() {
	const def = typeOfSlug("warnings");
	const asked = params.value.get("box");
	const box = BOXES.find((b) => b === asked) ?? "inbox";
	const query = { ...filterOf(), box };
	const [problem, setProblem] = useState<unknown>(null);
	const pages = usePages<WarningRec>(JSON.stringify(["warnings", query]), "/warnings", query, "warnings");

	useEffect(() => {
		document.title = `${t().places.warnings} — hikeshi`;
	}, [lang.value]);
	/* 1 2 3 answer the row the focus is in */
	useEffect(() => {
		if (box !== "inbox" || !mayAnswer()) return;
		return onKey((k) => {
			const state = QUICK[Number(k) - 1];
			const id = document.activeElement?.closest<HTMLElement>("[data-warning]")?.dataset.warning;
			const w = state && id ? pages.items.find((x) => x.id === id) : undefined;
			if (!state || !w || w.state === "withdrawn") return false;
			setProblem(null);
			void sendAnswer(w.id, { state }, pages.reload).catch(setProblem);
			return true;
		});
	}, [box, pages.items]);
	if (!def) return null;
	if (asked === "figures") return <Boxes box="figures" />;
	pages.items.forEach(remember);
	const waiting = pages.items.filter((w) => w.state === "issued" && w.addressed !== false && (!answerOf(w) || answerOf(w)?.outdated)).length;
	const empty = { inbox: t().warn.emptyInbox, outbox: t().warn.emptyOutbox, drafts: t().warn.emptyDrafts }[box];
	return (
		<>
			<header class="page-head">
				<h1>{t().places.warnings}</h1>
				{pages.data && <span class="hint">{t().list.count(pages.items.length, !!pages.next)}</span>}
				<span class="grow" />
				{mayCreate(def) && <a class="button primary" href="/warnings/new"><Icon name="plus" /> {t().warn.write}</a>}
			</header>
			<Tabs box={box} />
			<FilterBar key={box} def={def} own={box !== "inbox"} />
			<ProblemBox problem={pages.error ?? problem} type={def} retry={pages.reload} />
			{box === "inbox" && pages.items.length > 0 && (
				<p class="row"><span role="status" class={cx("strong", waiting > 0 && "lack")}>{t().warn.waiting(waiting)}</span> {mayAnswer() && singleKeys.value && <span class="hint keyhint">{t().warn.keysHint}</span>}</p>
			)}
			{!pages.data && pages.busy && <Loading />}
			{pages.data && !pages.items.length && <Empty text={Object.keys(filterOf()).length ? t().list.emptyFiltered : empty} />}
			{box === "inbox" && pages.items.length > 0 && <ul class="inbox">{pages.items.map((w) => <InboxRow key={w.id} w={w} reload={pages.reload} />)}</ul>}
			{box !== "inbox" && pages.items.length > 0 && <Rows def={def} items={pages.items} caption={t().list.caption(`${t().places.warnings} ${t().warn.boxes[box]}`)} />}
			{pages.next && <p class="row"><Act run={pages.more}>{t().more}</Act></p>}
		</>
	);
}

