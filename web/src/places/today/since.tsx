// SPDX-License-Identifier: Apache-2.0
/* since: what happened since this person last said "seen", by others, newest first. */
import { useState } from "preact/hooks";
import { list } from "../../core/api";
import { hrefOf, me, nameOf, pathWords, stateWord, stepDone, typeNamed } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { absolute } from "../../core/time";
import type { Rec } from "../../core/types";
import { lang, t } from "../../i18n";
import { ProblemBox, When } from "../../ui/basics";
import { answerWord } from "../warnings/answers";

interface Change extends Rec {
	at: string;
	kind: string;
	mine: boolean;
	fields?: string[];
	about?: { id: string; number: string; title: string } | null;
}
const MOST = 14;
const DAY_MS = 86400e3;
const keyOf = () => `hikeshi.seen.${me.value?.email ?? ""}`;
const lastSeen = () => localStorage.getItem(keyOf()) ?? new Date(Date.now() - DAY_MS).toISOString();

/* What was done, in a few words. */
function what(c: Change): string {
	const d = typeNamed(c.type);
	const w = t().today;

	if (c.type === "x-hikeshi-comment") return w.kinds.comment!;
	if (c.type === "x-hikeshi-assessment") return `${w.kinds.answer}: ${answerWord(c.state ?? "")}`;
	const step = d?.states?.transitions.find((s) => s.name === c.kind);
	if (step) return stepDone(step.label);
	if (c.kind === "update" && c.fields?.length) return w.changedFields(c.fields.slice(0, 3).map((f) => pathWords(d, `/${f}`)).join(lang.value === "ja" ? "、" : ", "));
	if (c.team !== me.value?.team?.id) return c.state === "issued" ? w.kinds.arrived! : `${w.kinds.arrived}${lang.value === "ja" ? "（" : " ("}${stateWord(d, c.state)}${lang.value === "ja" ? "）" : ")"}`;
	return w.kinds[c.kind] ?? w.kinds.update!;
}

export function Since() {
	const [since, setSince] = useState(lastSeen);
	const news = useLoad(`since ${since}`, () => list<Change>("/changes", { since, others: true, limit: 50 }), ofPlural("reports", "incidents", "tasks", "warnings", "comments", "assessments"));
	const items = news.data?.items ?? [];
	const seen = () => {
		const now = new Date().toISOString();
		localStorage.setItem(keyOf(), now);
		setSince(now);
	};
	return (
		<section class="part since" aria-labelledby="since">
			<h2 id="since">{t().today.since} <span class="hint">{t().today.sinceAt(absolute(since))}</span></h2>
			<ProblemBox problem={news.error} retry={news.reload} />
			{news.data && !items.length && <p class="hint">{t().today.sinceNone}</p>}
			<ul class="plain news">
				{items.slice(0, MOST).map((c) => {
					const about = c.about;
					const id = about?.id ?? c.id;
					return (
						<li key={c.id}>
							<span class="hint"><When at={c.at} rel /></span>
							<span>{what(c)}</span>
							<a href={hrefOf(id) ?? "#"}>{about ? `${about.number} ${about.title}` : `${c.number ?? ""} ${c.title ?? ""}`}</a>
							<span class="hint">{c.modified_by ? nameOf(c.modified_by) : nameOf(c.team)}</span>
						</li>
					);
				})}
			</ul>
			<p class="row">
				{items.length > MOST && <span class="hint">{t().today.others(items.length - MOST, Boolean(news.data?.next))}</span>}
				{items.length > 0 && <button type="button" onClick={seen}>{t().today.seen}</button>}
			</p>
		</section>
	);
}
