// SPDX-License-Identifier: Apache-2.0
/* warnings: inbox, issued and drafts. The inbox answers in the row, without opening. */
import { useEffect } from "preact/hooks";
import { mayCreate, nameOf, remember, typeOfSlug } from "../../core/catalog";
import { lang, t } from "../../i18n";
import { params } from "../../core/router";
import type { WarningRec } from "../../core/types";
import { titleOf } from "../../core/titles";
import { Act, Deadline, Empty, Loading, ProblemBox, Severity, Tlp, When, cx } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Rows } from "../records/rows";
import { AnswerState, QuickAnswers, answerOf, concernCount } from "./answers";
import { FilterBar, filterOf, usePages } from "../records/list";

const BOXES = ["inbox", "outbox", "drafts"] as const;

function InboxRow({ w, reload }: { w: WarningRec; reload: () => void }) {
	const def = typeOfSlug("warnings");
	const answer = answerOf(w);
	const open = w.state !== "withdrawn" && (!answer || !!answer.outdated);
	const hits = concernCount(w);
	return (
		<li class={cx("inbox-row", open && "unanswered")} data-row>
			<p class="marks">
				<Severity value={w.severity} /> <span class="num">{w.number}</span> <Tlp label={w.tlp} />
				<span>{nameOf(w.team)}</span>
				{hits > 0 && <strong class="hitmark">{t().warn.concernsBadge(hits)}</strong>}
				{w.state === "withdrawn" && <strong class="hitmark">{t().warn.withdrawn}</strong>}
				<span class="grow" />
				{open && <Deadline at={(w.when as any)?.ack_by} label={t().warn.ackBy} />}
				<span class="hint"><When at={w.modified} rel /></span>
			</p>
			<p class="title"><a href={`/warnings/${w.id}`} lang={w.language ?? undefined}>{titleOf(def, w)}</a></p>
			<div class="inbox-answer">
				<AnswerState state={answer?.state} outdated={answer?.outdated} />
				{w.state !== "withdrawn" && <QuickAnswers id={w.id} answer={answer} onDone={reload} />}
			</div>
		</li>
	);
}

export function WarningsScreen() {
	const def = typeOfSlug("warnings");
	const asked = params.value.get("box");
	const box = BOXES.find((b) => b === asked) ?? "inbox";
	const query = { ...filterOf(), box };
	const pages = usePages<WarningRec>(JSON.stringify(["warnings", query]), "/warnings", query, "warnings");

	useEffect(() => {
		document.title = `${t().places.warnings} — hikeshi`;
	}, [lang.value]);
	if (!def) return null;
	pages.items.forEach(remember);
	const empty = { inbox: t().warn.emptyInbox, outbox: t().warn.emptyOutbox, drafts: t().warn.emptyDrafts }[box];
	return (
		<>
			<header class="page-head">
				<h1>{t().places.warnings}</h1>
				{pages.data && <span class="hint">{t().list.count(pages.items.length, !!pages.next)}</span>}
				<span class="grow" />
				{mayCreate(def) && <a class="button primary" href="/warnings/new"><Icon name="plus" /> {t().warn.write}</a>}
			</header>
			<nav class="tabs" aria-label={t().places.warnings}>
				{BOXES.map((b) => <a key={b} href={`/warnings?box=${b}`} aria-current={b === box ? "page" : undefined}>{t().warn.boxes[b]}</a>)}
			</nav>
			<FilterBar key={box} def={def} own={box !== "inbox"} />
			<ProblemBox problem={pages.error} type={def} retry={pages.reload} />
			{!pages.data && pages.busy && <Loading />}
			{pages.data && !pages.items.length && <Empty text={Object.keys(filterOf()).length ? t().list.emptyFiltered : empty} />}
			{box === "inbox" && pages.items.length > 0 && <ul class="inbox">{pages.items.map((w) => <InboxRow key={w.id} w={w} reload={pages.reload} />)}</ul>}
			{box !== "inbox" && pages.items.length > 0 && <Rows def={def} items={pages.items} caption={t().list.caption(`${t().places.warnings} ${t().warn.boxes[box]}`)} />}
			{pages.next && <p class="row"><Act run={pages.more}>{t().more}</Act></p>}
		</>
	);
}

