// SPDX-License-Identifier: Apache-2.0
/* intake: a report or an incident from a text as it came: pasted first, its values proposed to accept or refuse, what is
 * known about them beside it; nothing is stored before it is sent. */
import { useEffect, useRef, useState } from "preact/hooks";
import { create, post } from "../../core/api";
import { apiOf, homeOf, hrefOf, listValues, nameOf, placeWord, slugOf, typeNamed, upper, word } from "../../core/catalog";
import { draftOf, dropDraft, keepDraft } from "../../core/drafts";
import { useLoad } from "../../core/load";
import { go, guardLeaving } from "../../core/router";
import { absolute } from "../../core/time";
import type { Body, KnownRecord, TypeDef } from "../../core/types";
import { lang, say, t } from "../../i18n";
import { Act, ProblemBox, Tlp, cx, defang, notice } from "../../ui/basics";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icons";
import { faultsOf } from "../../ui/recordform";
import { headOf, type MailHead } from "./mailhead";
import { extract, type Extracted } from "./store";

const KINDS: Record<string, string> = { filename: "file-name", "registry-key": "windows-registry-key", bitcoin: "btc" };
const kindWord = (k: string | null) => (k ? word("observable_kind", KINDS[k] ?? k) : "");
const keyOf = (x: Extracted) => `${x.kind} ${x.canonical ?? x.value}`;

/* What is typed stays on the device until it is sent. */
function useKept<T>(key: string, start: T): [T, (v: T) => void, () => void] {
	const [v, set] = useState<T>(() => ({ ...start, ...draftOf<T>(key)?.value }));
	return [v, (next) => { set(next); keepDraft(key, next); }, () => dropDraft(key)];
}

function useSlow<T>(value: T, ms: number): T {
	const [slow, set] = useState(value);
	useEffect(() => {
		const timer = setTimeout(() => set(value), ms);
		return () => clearTimeout(timer);
	}, [value, ms]);
	return slow;
}

function Chip({ x, on, toggle }: { x: Extracted; on: boolean; toggle: () => void }) {
	const shown = defang(x.canonical ?? x.value);
	return (
		<li class={cx("xchip", on && "on")}>
			<label>
				<input type="checkbox" checked={on} onChange={toggle} />
				<span class="sr">{t().desk.intake.accept(shown)}</span>
				<span aria-hidden="true" class="mark"><Icon name={on ? "check" : "close"} /></span>
				<span class="hint">{kindWord(x.kind)}</span> <bdi class="mono">{shown}</bdi>{" "}
				{x.warninglists?.length ? <span class="common">{t().desk.intake.common}</span> : x.count ? <span class="strong">{t().desk.intake.known(x.count)}</span> : <span class="hint">{t().desk.intake.fresh}</span>}
			</label>
		</li>
	);
}

/* Reports and incidents in which the same values stand. */
function similarOf(items: Extracted[]): { rec: KnownRecord; values: string[] }[] {
	const by = new Map<string, { rec: KnownRecord; values: string[] }>();

	for (const x of items.filter((i) => i.propose))
		for (const r of x.records)
			if (/^x-hikeshi-(incident|report)$/.test(r.type)) {
				const hit = by.get(r.id) ?? { rec: r, values: [] };
				hit.values.push(defang(x.canonical ?? x.value));
				by.set(r.id, hit);
			}
	return [...by.values()].sort((a, b) => b.values.length - a.values.length).slice(0, 6);
}

function MailFacts({ head, take }: { head: MailHead; take: (subject: string) => void }) {
	if (!head.from && !head.subject) return null;
	return (
		<p class="hint mailfacts">
			<span class="strong">{t().desk.intake.fromMail}</span>
			{head.from && <span>{t().desk.intake.sender} <bdi>{head.from}</bdi></span>}
			{head.date && <span>{t().desk.intake.sent} {absolute(head.date)}</span>}
			{head.subject && <button type="button" class="quiet" onClick={() => take(head.subject!)}>{t().desk.intake.subject}: {head.subject}</button>}
		</p>
	);
}

interface Kept {
	text: string;
	title: string;
	severity: string;
	category: string;
	tlp: string;
	refused: string[];
	taken: string[];
}
const EMPTY: Kept = { text: "", title: "", severity: "", category: "", tlp: "", refused: [], taken: [] };

export function Intake({ def }: { def: TypeDef }) {
	const slug = slugOf(def);
	const w = t().desk.intake;
	const field = slug === "reports" ? "description" : "summary";
	const [kept, keep, forget] = useKept<Kept>(`intake ${slug}`, EMPTY);
	const [problem, setProblem] = useState<unknown>(null);
	const sending = useRef(false);
	const slow = useSlow(kept.text, 400).trim();
	const found = useLoad(slow ? `extract ${slow}` : null, () => extract(slow.slice(0, 300000)));
	/* while the next text is looked at the last answer stays */
	const last = useRef<Extracted[]>([]);
	if (found.data) last.current = found.data.items;
	const items = slow ? (found.data?.items ?? last.current) : [];
	const head = headOf(kept.text);
	/* whoever tells of it is not an indicator, unless somebody says so */
	const proposed = (x: Extracted) => x.propose && x.canonical !== head.address?.toLowerCase();
	const accepted = (x: Extracted) => (proposed(x) ? !kept.refused.includes(keyOf(x)) : kept.taken.includes(keyOf(x)));
	const taken = items.filter(accepted);
	const similar = similarOf(items);
	const title = kept.title || head.subject || "";
	const errors = faultsOf(problem);

	useEffect(() => {
		document.title = `${w.title[slug]} — hikeshi`;
	}, [slug, lang.value]);
	useEffect(() => {
		guardLeaving(null);
	}, []);
	const flip = (x: Extracted, on: boolean) => {
		const k = keyOf(x);
		const without = (l: string[]) => l.filter((v) => v !== k);
		keep({ ...kept, refused: proposed(x) && !on ? [...without(kept.refused), k] : without(kept.refused), taken: !proposed(x) && on ? [...without(kept.taken), k] : without(kept.taken) });
	};
	const all = (on: boolean) => keep({ ...kept, refused: on ? [] : items.filter(proposed).map(keyOf), taken: [] });
	const values = () => taken.map((x) => x.canonical ?? x.value).join("\n");
	const send = async () => {
		if (sending.current) return;
		sending.current = true;
		setProblem(null);
		const body: Body = { title: title.trim(), [field]: kept.text, language: lang.value };
		for (const k of ["severity", "category", "tlp"] as const) if (kept[k]) body[k] = kept[k];
		if (slug === "reports" && (head.name || head.address)) body.reporter = { ...(head.name && { name: head.name }), ...(head.address && { email: head.address }) };
		try {
			const held = await create(apiOf(def), body);
			if (taken.length) await post(`${apiOf(def)}/${held.rec.id}/indicators`, { text: values() }).catch(() => notice(w.partly));
			forget();
			go(`${homeOf(def)}/${held.rec.id}`);
		} catch (e) {
			setProblem(e);
		}
		sending.current = false;
	};
	const append = async (r: KnownRecord) => {
		const d = typeNamed(r.type)!;
		setProblem(null);
		try {
			await post(`${apiOf(d)}/${r.id}/comments`, { text: kept.text.trim() });
			if (taken.length) await post(`${apiOf(d)}/${r.id}/indicators`, { text: values() });
			notice(w.appended);
			forget();
			go(hrefOf(r.id) ?? "/");
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<>
			<p class="crumb"><a href={homeOf(def)} data-back><Icon name="back" /> {placeWord(def)}</a></p>
			<header class="page-head"><h1>{w.title[slug]}</h1><span class="grow" /><a href={`${homeOf(def)}/new?form=1`}>{w.form}</a></header>
			<form class="intake" noValidate onSubmit={(e) => { e.preventDefault(); void send(); }}>
				<div class="intake-text">
					<Field id={`f-${field}`} label={w.paste} hint={w.pasteHint} error={errors.get(`/${field}`)}>
						<textarea id={`f-${field}`} rows={10} value={kept.text} aria-describedby={`f-${field}-h`} spellcheck={false} onInput={(e) => keep({ ...kept, text: e.currentTarget.value })} />
					</Field>
					<MailFacts head={head} take={(subject) => keep({ ...kept, title: subject.slice(0, 200) })} />
					<Field id="f-title" label={w.subject} required hint={w.subjectHint} error={errors.get("/title")}>
						<input id="f-title" type="text" maxLength={200} value={title} aria-describedby="f-title-h" onInput={(e) => keep({ ...kept, title: e.currentTarget.value })} />
					</Field>
					<div class="fieldgrid">
						<Field id="f-severity" short label={t().list.severity}>
							<select id="f-severity" value={kept.severity} onChange={(e) => keep({ ...kept, severity: e.currentTarget.value })}>
								<option value="">{t().choose}</option>
								{listValues("list:severity").map((v) => <option key={v.value} value={v.value}>{upper(say(v.label))}</option>)}
							</select>
						</Field>
						<Field id="f-tlp" short label="TLP">
							<select id="f-tlp" value={kept.tlp} onChange={(e) => keep({ ...kept, tlp: e.currentTarget.value })}>
								<option value="">{`TLP:AMBER+STRICT (${t().desk.work.teamOnly})`}</option>
								{listValues("list:tlp").map((v) => <option key={v.value} value={v.value}>{v.value}</option>)}
							</select>
						</Field>
						<Field id="f-category" short label={upper(say(def.schema.properties?.category?.label))}>
							<select id="f-category" value={kept.category} onChange={(e) => keep({ ...kept, category: e.currentTarget.value })}>
								<option value="">{t().choose}</option>
								{listValues("list:category").map((v) => <option key={v.value} value={v.value}>{upper(say(v.label))}</option>)}
							</select>
						</Field>
					</div>
					<ProblemBox problem={problem} type={def} />
					<p class="row sticky"><Act kind="primary" type="submit" disabled={!title.trim()}>{w.save[slug]}</Act><span class="hint">{(kept.text || kept.title) && w.kept}</span></p>
				</div>
				<div class="intake-found" aria-live="polite">
					<ProblemBox problem={found.error} retry={found.reload} />
					{slow && found.data && !items.length && <p class="hint">{w.none}</p>}
					{items.length > 0 && (
						<section aria-labelledby="found">
							<h2 id="found">{w.found(items.length)}</h2>
							<p class="hint">{w.foundHint} {found.data?.more && w.more}</p>
							<p class="row"><button type="button" class="quiet" onClick={() => all(true)}>{w.acceptAll}</button><button type="button" class="quiet" onClick={() => all(false)}>{w.refuseAll}</button></p>
							<ul class="xchips">{items.map((x) => <Chip key={keyOf(x)} x={x} on={accepted(x)} toggle={() => flip(x, !accepted(x))} />)}</ul>
						</section>
					)}
					{similar.length > 0 && (
						<section aria-labelledby="similar">
							<h2 id="similar">{w.similar}</h2>
							<p class="hint">{w.similarHint}</p>
							<ul class="plain similar">
								{similar.map(({ rec, values }) => (
									<li key={rec.id}>
										<a href={hrefOf(rec.id) ?? "#"} target="_blank" rel="noopener">{rec.number} {rec.title}</a> <Tlp label={rec.tlp} />
										<p class="hint">{values.slice(0, 3).join("  ")}{values.length > 3 && ` … ${t().today.others(values.length - 3)}`} · {nameOf(rec.team)}</p>
										{kept.text.trim() && <Act run={() => append(rec)}>{w.append}</Act>}
									</li>
								))}
							</ul>
						</section>
					)}
				</div>
			</form>
		</>
	);
}
