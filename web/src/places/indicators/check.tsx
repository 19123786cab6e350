// SPDX-License-Identifier: Apache-2.0
/* check: many values at once: what is known of each, and what to do next. Nothing is stored. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { mayCreate, typeOfSlug, word } from "../../core/catalog";
import { csv } from "../../core/csv";
import { keepDraft, useDraft } from "../../core/drafts";
import { go, params, setParams } from "../../core/router";
import { number } from "../../core/time";
import { valueHref } from "../../core/titles";
import { t } from "../../i18n";
import { Act, CopyButton, Empty, Indicator, ProblemBox, When } from "../../ui/basics";
import { check, kindWord, type Checked } from "./store";

const IN_ADDRESS = 1500; /* longer texts stay on this device */
const valueOf = (x: Checked) => x.canonical ?? x.value;
const isKnown = (x: Checked) => !x.warninglists?.length && (x.count > 0 || (x.sightings?.count ?? 0) > 0);
const isCommon = (x: Checked) => !!x.warninglists?.length;

/* To the place where a text becomes something, with the text in it. */
export function registerText(text: string) {
	keepDraft("import", text);
	go("/imports");
}
function incidentOf(text: string) {
	keepDraft("intake incidents", { text });
	go("/incidents/new");
}
/* A text that is one word is one value; its page knows more. */
export const isOne = (text: string) => !!text.trim() && !/[\s,、;]/.test(text.trim());

function Table({ items, label }: { items: Checked[]; label: string }) {
	const w = t().ind.check;
	return (
		<div class="scroll" role="group" tabIndex={0} aria-label={label}>
			<table class="grid list checked">
				<thead><tr><th scope="col" class="main">{t().ind.value}</th><th scope="col">{t().ind.kind}</th><th scope="col" class="num">{w.count}</th><th scope="col" class="num">{w.seen}</th><th scope="col">{w.last}</th></tr></thead>
				<tbody>
					{items.map((x) => (
						<tr key={`${x.kind} ${valueOf(x)}`} data-row>
							<td class="main"><Indicator value={valueOf(x)} href={valueHref(valueOf(x), x.kind)} /></td>
							<td>{kindWord(x.kind)}{isCommon(x) && <span class="common"> {t().ind.common(x.warninglists!.map((l) => word("wellknown", l)).join(t().warn.comma))}</span>}</td>
							<td class="num said" data-label={w.count}>{number(x.count)}</td>
							<td class="num said" data-label={w.seen}>{number(x.sightings?.count ?? 0)}</td>
							<td class="hint said" data-label={w.last}>{x.sightings?.last && <When at={x.sightings.last} rel />}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

function Group({ id, title, hint, items, children }: { id: string; title: string; hint: string; items: Checked[]; children?: ComponentChildren }) {
	if (!items.length) return null;
	return (
		<section class="part" aria-labelledby={id}>
			<h2 id={id}>{title} <span class="hint">{number(items.length)}</span></h2>
			<p class="hint">{hint}</p>
			<p class="row">{children}<CopyButton value={items.map(valueOf).join("\n")} label={t().ind.copyAll} /></p>
			<Table items={items} label={title} />
		</section>
	);
}

function save(items: Checked[]) {
	const w = t().ind.check;
	const rows = [[t().ind.value, t().ind.kind, w.count, w.seen, w.last, w.common], ...items.map((x) => [valueOf(x), x.kind, x.count, x.sightings?.count ?? 0, x.sightings?.last ?? null, (x.warninglists ?? []).join(" ")])];
	const a = document.createElement("a");
	a.href = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv;charset=utf-8" }));
	a.download = "values.csv";
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}

export function CheckPart() {
	const w = t().ind.check;
	const given = params.value.get("text") ?? "";
	const [kept, keep] = useDraft("check");
	const [text, setText] = useState(given || kept);
	const [got, setGot] = useState<{ text: string; items: Checked[]; more: boolean } | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);
	const asked = useRef("");
	const indicators = typeOfSlug("indicators");
	const incidents = typeOfSlug("incidents");

	const run = async (what: string) => {
		if (!what.trim()) return;
		asked.current = what;
		setProblem(null);
		setBusy(true);
		try {
			const found = await check(what);
			if (asked.current === what) setGot({ text: what, ...found });
		} catch (e) {
			setProblem(e);
		} finally {
			setBusy(false);
		}
	};
	useEffect(() => {
		if (given && given !== asked.current) {
			setText(given);
			void run(given);
		}
	}, [given]);
	const submit = () => {
		const inAddress = text.length <= IN_ADDRESS;
		keep(inAddress ? "" : text);
		setParams({ text: inAddress ? text.trim() || null : null });
		if (!inAddress || text.trim() === given) void run(text.trim());
	};
	const items = got?.items ?? [];
	const known = items.filter(isKnown);
	const fresh = items.filter((x) => !isKnown(x) && !isCommon(x));
	return (
		<>
			<form class="paste check" onSubmit={(e) => { e.preventDefault(); submit(); }}>
				<label for="check">{w.label}</label>
				<textarea id="check" rows={5} spellcheck={false} value={text} aria-describedby="check-h" onInput={(e) => { setText(e.currentTarget.value); keep(e.currentTarget.value); }} />
				<p class="hint" id="check-h">{w.hint}</p>
				<p class="row"><button type="submit" class="primary" disabled={busy || !text.trim()} aria-busy={busy}>{t().ind.go}</button></p>
				<p role="status" class="hint">{busy ? t().loading : got ? (items.length ? w.counts(items.length, known.length) : "") : ""}</p>
			</form>
			<ProblemBox problem={problem} />
			{!got && !busy && !problem && <Empty text={w.start} />}
			{got && !items.length && <Empty text={w.none}>{got.text.length <= 1000 && <a class="button" href={valueHref(got.text)}>{w.asIs}</a>}</Empty>}
			{got?.more && <p class="note-box">{w.limit}</p>}
			{items.length > 0 && <p class="row"><span class="hint">{t().ind.defanged}</span><button type="button" onClick={() => save(items)}>CSV</button></p>}
			<Group id="check-known" title={w.known} hint={w.knownNext} items={known}>
				{incidents && mayCreate(incidents) && <Act run={() => incidentOf(got!.text)}>{w.incident}</Act>}
			</Group>
			<Group id="check-fresh" title={w.fresh} hint={w.freshNext} items={fresh}>
				{indicators && mayCreate(indicators) && <Act run={() => registerText(fresh.map(valueOf).join("\n"))}>{w.register(fresh.length)}</Act>}
			</Group>
			<Group id="check-common" title={w.common} hint={w.commonHint} items={items.filter(isCommon)} />
		</>
	);
}
