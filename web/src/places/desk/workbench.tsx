// SPDX-License-Identifier: Apache-2.0
/* workbench: the page of a report, an incident or a task: the time line first, with every kind of entry, what can be
 * done next above it, what is written next below it, and what it is beside it. */
import { useRef, useState } from "preact/hooks";
import { patch } from "../../core/api";
import type { Problem } from "../../core/api";
import { apiOf, commonWord, directory, fieldWord, homeOf, isOwn, listValues, me, mayEdit, nameOf, slugOf, typeOfSlug, upper } from "../../core/catalog";
import { params, setParams } from "../../core/router";
import { absolute, fromLocalInput, number, toLocalInput } from "../../core/time";
import type { Body, Held, Json, TypeDef } from "../../core/types";
import { lang, say, t } from "../../i18n";
import { Empty, Loading, ProblemBox, cx, notice } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Fields } from "../../ui/view";
import { IncidentPanel } from "../incidents/incident";
import { Files, Links, Properties } from "../records/aside";
import { RecordHead, TlpLine, useHeld } from "../records/record";
import { Erasures, MoreMenu } from "../records/erase";
import { Steps } from "../records/steps";
import { Composer, attach } from "./composer";
import { useEntries, type Entry, type Kind } from "./entries";
import { MailText } from "./mailtext";
import { Merged, SplitDialog } from "./merged";
import { lastList } from "./store";
import { Visibility, isShared } from "./visibility";

const HEAD = new Set(["title", "severity", "tlp", "circles", "language", "exercise", "revoked", "summary", "description"]);
const AT_FIRST = 120;

/* The record before and after this one in the list one came from. */
function Neighbours({ def, id }: { def: TypeDef; id: string }) {
	const ids = lastList.value.ids;
	const i = ids.indexOf(id);

	if (i < 0 || ids.length < 2 || !lastList.value.href.startsWith(homeOf(def))) return null;
	const link = (to: string | undefined, key: string, text: string) => to && <a href={`${homeOf(def)}/${to}`} aria-keyshortcuts={key}>{text} <kbd aria-hidden="true">{key.toUpperCase()}</kbd></a>;
	return <p class="neighbours small">{link(ids[i - 1], "k", t().desk.work.prev)} {link(ids[i + 1], "j", t().desk.work.next)} <span class="hint">{number(i + 1)} / {number(ids.length)}</span></p>;
}

/* What is changed most, without a form; who was slower is told and chooses again. */
function QuickSet({ def, held, reload }: { def: TypeDef; held: Held; reload: () => Promise<void> }) {
	const [problem, setProblem] = useState<unknown>(null);
	const [lost, setLost] = useState(false);
	const rec = held.rec;
	const has = (k: string) => def.schema.properties?.[k];
	const deadline = ["next_step_by", "due"].find(has);
	const shown = useRef<Record<string, string>>({});
	shown.current = { "set-assignee": (rec.assignee ?? "") as string, "set-severity": rec.severity ?? "", "set-category": (rec.category ?? "") as string, "set-deadline": toLocalInput(deadline ? (rec[deadline] as string) : "") };
	/* what was chosen and not kept is not shown as if it were */
	const set = async (body: Body, el?: HTMLSelectElement | HTMLInputElement) => {
		setProblem(null);
		setLost(false);
		const before = Object.fromEntries(Object.keys(body).map((k) => [k, (rec[k] ?? null) as Json]));
		try {
			const now = await patch(`${apiOf(def)}/${rec.id}`, body, held.etag);
			await reload();
			notice(t().form.savedToast, isShared(rec) ? undefined : async () => {
				await patch(`${apiOf(def)}/${rec.id}`, before, now.etag);
				await reload();
			});
		} catch (e) {
			if (el) el.value = shown.current[el.id] ?? "";
			if ((e as Problem).status === 412) {
				await reload();
				setLost(true);
			} else setProblem(e);
		}
	};
	const person = (rec.assignee ?? "") as string;
	const people = directory.value.people.filter((p) => isOwn(p));
	return (
		<section aria-labelledby="set" class="quickset">
			<h2 id="set">{t().desk.work.set}</h2>
			<ProblemBox problem={problem} type={def} />
			{lost && <p class="fault" role="alert">{t().desk.work.lost}</p>}
			{has("assignee") && (
				<>
					<label for="set-assignee">{fieldWord("assignee", has("assignee"))}</label>
					<select id="set-assignee" aria-keyshortcuts="a" value={person} onChange={(e) => void set({ assignee: e.currentTarget.value || null }, e.currentTarget)}>
						<option value="">{t().desk.nobody}</option>
						{person && !people.some((p) => p.id === person) && <option value={person}>{nameOf(person)}</option>}
						{people.map((p) => <option key={p.id} value={p.id}>{nameOf(p.id)}</option>)}
					</select>
					{me.value?.person && person !== me.value.person && <button type="button" onClick={() => void set({ assignee: me.value!.person! })}>{t().desk.work.take}</button>}
				</>
			)}
			{has("severity") && (
				<>
					<label for="set-severity">{commonWord("severity")}</label>
					<select id="set-severity" value={rec.severity ?? ""} onChange={(e) => void set({ severity: e.currentTarget.value || null }, e.currentTarget)}>
						<option value="">{t().choose}</option>
						{listValues("list:severity").map((v) => <option key={v.value} value={v.value}>{upper(say(v.label))}</option>)}
					</select>
				</>
			)}
			{has("category") && (
				<>
					<label for="set-category">{fieldWord("category", has("category"))}</label>
					<select id="set-category" aria-keyshortcuts="t" value={(rec.category ?? "") as string} onChange={(e) => void set({ category: e.currentTarget.value || null }, e.currentTarget)}>
						<option value="">{t().choose}</option>
						{typeof rec.category === "string" && !listValues("list:category").some((v) => v.value === rec.category) && <option value={rec.category}>{rec.category}</option>}
						{listValues("list:category").map((v) => <option key={v.value} value={v.value}>{upper(say(v.label))}</option>)}
					</select>
				</>
			)}
			{deadline && (
				<>
					<label for="set-deadline">{fieldWord(deadline, has(deadline))}</label>
					<input id="set-deadline" type="datetime-local" value={toLocalInput(rec[deadline] as string)} onChange={(e) => void set({ [deadline]: fromLocalInput(e.currentTarget.value) ?? null }, e.currentTarget)} />
				</>
			)}
		</section>
	);
}

const KINDS: Kind[] = ["note", "state", "change", "file", "link", "task", "warning"];
function EntryFilter({ counts, total }: { counts: Record<string, number>; total: number }) {
	const show = params.value.get("show") ?? "all";
	const w = t().desk.work;
	const button = (k: string, n: number) => <button type="button" key={k} class="quiet" aria-pressed={show === k} onClick={() => setParams({ show: k === "all" ? null : k })}>{w.kinds[k]} <span class="hint">{n}</span></button>;
	return (
		<div class="entryfilter">
			<div class="row" role="group" aria-label={w.show}>{button("all", total)}{KINDS.filter((k) => counts[k]).map((k) => button(k, counts[k]!))}</div>
			<span class="grow" />
			<input type="search" id="within" class="slim" aria-label={w.within} placeholder={w.within} value={params.value.get("in") ?? ""} onInput={(e) => setParams({ in: e.currentTarget.value || null })} />
			<select id="order" class="slim" aria-label={w.order} value={params.value.get("order") ?? "old"} onChange={(e) => setParams({ order: e.currentTarget.value === "old" ? null : e.currentTarget.value })}>
				<option value="old">{w.oldest}</option>
				<option value="new">{w.newest}</option>
			</select>
		</div>
	);
}

const dayOf = (at: string) => new Intl.DateTimeFormat(lang.value === "ja" ? "ja-JP" : "en-GB", { year: "numeric", month: "long", day: "numeric", weekday: "short" }).format(new Date(at));
const clockOf = (at: string) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(new Date(at));

function EntryRow({ e }: { e: Entry }) {
	return (
		<li class={cx("entry", `entry-${e.kind}`, e.seen && isShared(e.seen) && "shared")}>
			<p class="entry-head">
				<time dateTime={e.at} title={absolute(e.at)}>{clockOf(e.at)}</time>
				<span class="kind">{e.what || t().desk.work.kinds[e.kind]}</span>
				{e.who && <span>{e.who}</span>}
				{e.aside && <span class="hint">{e.aside}</span>}
				<span class="grow" />
				<Visibility rec={e.seen} />
			</p>
			{e.body}
		</li>
	);
}

function Entries({ entries }: { entries: Entry[] }) {
	const [all, setAll] = useState(false);
	const show = params.value.get("show");
	const within = (params.value.get("in") ?? "").normalize("NFKC").toLowerCase();
	const newest = params.value.get("order") === "new";
	const fit = entries.filter((e) => (!show || e.kind === show) && (!within || `${e.text} ${e.who} ${e.what}`.normalize("NFKC").toLowerCase().includes(within)));
	const cut = all || fit.length <= AT_FIRST ? fit : fit.slice(-AT_FIRST);
	const shown = newest ? [...cut].reverse() : cut;
	const more = cut.length < fit.length && <p class="row"><button type="button" onClick={() => setAll(true)}>{t().today.others(fit.length - cut.length)}</button></p>;
	let day = "";

	if (!fit.length) return <p class="hint">{t().desk.work.nothing}</p>;
	return (
		<>
			{!newest && more}
			<ol class="timeline">
				{shown.flatMap((e) => {
					const d = dayOf(e.at);
					const head = d === day ? [] : [<li key={`d${d}`} class="day"><h3>{d}</h3></li>];
					day = d;
					return [...head, <EntryRow key={e.key} e={e} />];
				})}
			</ol>
			{newest && more}
		</>
	);
}

export function Workbench({ def, id }: { def: TypeDef; id: string }) {
	const load = useHeld(def, id);
	const held = load.data;

	if (!held) return load.error ? <ProblemBox problem={load.error} type={def} retry={load.reload} /> : <Loading />;
	return <Bench def={def} held={held} reload={load.reload} />;
}

function Bench({ def, held, reload }: { def: TypeDef; held: Held; reload: () => Promise<void> }) {
	const rec = held.rec;
	const slug = slugOf(def);
	const own = isOwn(rec);
	const canEdit = mayEdit(def) && own;
	const told = useEntries(def, rec);
	const [over, setOver] = useState(false);
	const [splitting, setSplitting] = useState(false);
	const [problem, setProblem] = useState<unknown>(null);
	const summary = (rec.summary ?? rec.description) as string | undefined;
	const rest = Object.fromEntries(Object.entries(rec).filter(([k, v]) => def.schema.properties?.[k] && !def.schema.properties[k]!.readOnly && !HEAD.has(k) && v !== null)) as Body;
	const counts: Record<string, number> = {};
	for (const e of told.entries) counts[e.kind] = (counts[e.kind] ?? 0) + 1;
	const drop = async (files: FileList) => {
		setProblem(null);
		try {
			await attach(def, rec, [...files]);
			await told.reload();
		} catch (e) {
			setProblem(e);
		}
	};
	const carriesFiles = (e: DragEvent) => canEdit && !!e.dataTransfer?.types.includes("Files");
	return (
		<article class={cx("record", "bench", over && "dropping")} data-drop={t().desk.work.dropHere}
			onDragOver={(e) => { if (carriesFiles(e)) { e.preventDefault(); setOver(true); } }}
			onDragLeave={(e) => { if (e.target === e.currentTarget) setOver(false); }}
			onDrop={(e) => { setOver(false); if (!e.defaultPrevented && carriesFiles(e)) { e.preventDefault(); void drop(e.dataTransfer!.files); } }}>
			<RecordHead def={def} rec={rec} above={<Neighbours def={def} id={rec.id} />}>
				{canEdit && <Steps def={def} held={held} onDone={async () => { await reload(); await told.reload(); }} />}
				{canEdit && <a class="button" href={`${homeOf(def)}/${rec.id}/edit`} data-edit><Icon name="edit" /> {t().edit}</a>}
				{slug === "incidents" && own && <a class="button" href={`/warnings/new?incident=${rec.id}`} data-warn><Icon name="warnings" /> {t().ind.warn}</a>}
				{slug === "reports" && canEdit && <a class="button" href={`/incidents/new?report=${rec.id}`} data-incident><Icon name="incidents" /> {t().form.create(say(typeOfSlug("incidents")?.label))}</a>}
				{slug !== "tasks" && canEdit && typeOfSlug("tasks") && <a class="button" href={`/r/tasks/new?incident=${rec.id}`}>{t().desk.work.newTask}</a>}
				{slug === "incidents" && canEdit && <button type="button" data-split onClick={() => setSplitting(true)}>{t().desk.work.split}</button>}
				<MoreMenu def={def} rec={rec} onDone={async () => { await reload(); await told.reload(); }} />
			</RecordHead>
			{splitting && <SplitDialog def={def} rec={rec} onClose={() => setSplitting(false)} />}
			<p class="marks"><span class="hint">{t().desk.work.visible}</span> <Visibility rec={rec} /></p>
			<ProblemBox problem={problem} />
			<div class="columns">
				<div class="main-col">
					{(summary || Object.keys(rest).length > 0) && (
						<section class="part" aria-label={t().desk.work.summary}>
							{summary && <MailText text={summary} lang={rec.language} />}
							{Object.keys(rest).length > 0 && <details class="rest" open={slug !== "incidents" || !summary}><summary>{t().desk.work.details}</summary><Fields value={rest} schema={def.schema} skip={HEAD} /></details>}
						</section>
					)}
					<section class="part benchline" aria-labelledby="timeline">
						<h2 id="timeline">{t().rec.timeline}</h2>
						<EntryFilter counts={counts} total={told.entries.length} />
						<ProblemBox problem={told.error} retry={told.reload} />
						{told.busy && <Loading />}
						{!told.busy && !told.entries.length && !told.error && <Empty text={t().rec.noTimeline} />}
						{told.entries.length > 0 && <Entries entries={told.entries} />}
						<Composer def={def} rec={rec} mayAttach={canEdit} reload={told.reload} />
					</section>
					{slug === "incidents" && own && <Merged def={def} rec={rec} show={(entries) => <Entries entries={entries} />} />}
					{slug === "incidents" && own && <IncidentPanel rec={rec} />}
					{own && <Erasures def={def} rec={rec} />}
				</div>
				<aside class="side-col" aria-label={t().rec.properties}>
					{canEdit && <QuickSet def={def} held={held} reload={reload} />}
					<Properties def={def} rec={rec} />
					<Links key={`links ${counts.link ?? 0}`} def={def} rec={rec} />
					{own && <Files key={`files ${counts.file ?? 0}`} def={def} rec={rec} />}
				</aside>
			</div>
			<TlpLine rec={rec} />
		</article>
	);
}
