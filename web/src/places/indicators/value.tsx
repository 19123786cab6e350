// SPDX-License-Identifier: Apache-2.0
/* value: the page of one value: what it is, who saw it and when, over time, the records that show it, what is around it. */
import { useEffect, useState } from "preact/hooks";
import { directory, hrefOf, mayCreate, nameOf, typeNamed, typeOfId, typeOfSlug, typeWord, word } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { readNow } from "../../core/recent";
import { params, setParams } from "../../core/router";
import { number, parse } from "../../core/time";
import { isIndicatorId } from "../../core/titles";
import { lang, t } from "../../i18n";
import { Act, CopyButton, Deadline, Empty, Loading, NotFound, ProblemBox, Tlp, When, defang, notice } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { registerText } from "./check";
import { GraphPart } from "./graph";
import { TimePart } from "./overtime";
import { kindWord, readRecords, readValue, sawNow, type Asked, type Value, type ValueRecord } from "./store";

const counted = (n: number, exact: boolean) => `${number(n)}${exact ? "" : ` ${t().ind.page.atLeast}`}`;
const textOf = (x: unknown) => (typeof x === "string" ? x : "");

/* The earliest and the latest of everything that was counted. */
function spanOf(v: Value): { first?: string; last?: string } {
	const first = v.teams.map((x) => x.first).sort()[0];
	return { first, last: v.teams.map((x) => x.last).sort().at(-1) };
}

function Who({ v }: { v: Value }) {
	const w = t().ind.page;
	const sector = (id: string) => word("sector", textOf(directory.value.teams.find((x) => x.id === id)?.sector));
	return (
		<section class="part" aria-labelledby="value-who">
			<h2 id="value-who">{w.who}</h2>
			<p class="hint">{w.whoHint}</p>
			<div class="scroll" role="group" tabIndex={0} aria-label={w.who}>
				<table class="grid list who">
					<thead><tr><th scope="col" class="main">{w.team}</th><th scope="col">{w.sector}</th><th scope="col" class="num">{w.seriesRecords}</th><th scope="col" class="num">{w.seriesSeen}</th><th scope="col">{w.first}</th><th scope="col">{w.last}</th></tr></thead>
					<tbody>
						{v.teams.map((x) => (
							<tr key={x.team ?? ""}>
								<td class="main">{x.team ? <a href={hrefOf(x.team) ?? "#"}>{nameOf(x.team)}</a> : <span class="hint">{w.hidden}</span>}</td>
								<td>{x.team ? sector(x.team) : ""}</td>
								<td class="num said" data-label={w.seriesRecords}>{number(x.records)}</td>
								<td class="num said" data-label={w.seriesSeen}>{number(x.sightings)}</td>
								<td class="when said" data-label={w.first}><When at={x.first} /></td>
								<td class="when said" data-label={w.last}><When at={x.last} /></td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
			{v.teams_more > 0 && <p class="hint">{w.moreTeams(v.teams_more)}</p>}
		</section>
	);
}

function Records({ asked, v }: { asked: Asked; v: Value }) {
	const w = t().ind.page;
	const type = params.value.get("type") ?? "";
	const key = `records ${asked.kind} ${asked.value} ${type}`;
	const first = useLoad(key, (signal) => readRecords(asked, { type }, signal));
	const [rest, setRest] = useState<{ key: string; items: ValueRecord[]; next?: string | null }>({ key: "", items: [] });
	const mine = rest.key === key;
	const items = [...(first.data?.items ?? []), ...(mine ? rest.items : [])];
	const next = mine ? rest.next : first.data?.next;
	const more = async () => {
		const page = await readRecords(asked, { type, cursor: next });
		setRest({ key, items: [...(mine ? rest.items : []), ...page.items], next: page.next });
	};
	const types = v.types.map((x) => [x.type, `${typeWord(typeNamed(x.type)) || x.type} (${number(x.count)})`] as const);
	return (
		<section class="part" aria-labelledby="value-records">
			<h2 id="value-records">{w.records} <span class="hint">{counted(v.count, v.exact)}</span></h2>
			{types.length > 1 && (
				<form class="filter" role="search" aria-label={t().filter} onSubmit={(e) => e.preventDefault()}>
					<label><span>{w.type}</span><select id="filter" value={type} onChange={(e) => setParams({ type: e.currentTarget.value || null })}><option value="">{t().all}</option>{types.map(([k, text]) => <option key={k} value={k}>{text}</option>)}</select></label>
				</form>
			)}
			<ProblemBox problem={first.error} retry={first.reload} />
			{!first.data && !first.error && <Loading />}
			{items.length > 0 && (
				<div class="scroll" role="group" tabIndex={0} aria-label={w.records}>
					<table class="grid list">
						<thead><tr><th scope="col">{w.type}</th><th scope="col" class="main">{w.name}</th><th scope="col">{w.team}</th><th scope="col">TLP</th><th scope="col">{w.dated}</th></tr></thead>
						<tbody>
							{items.map((r) => {
								const d = typeNamed(r.type) ?? typeOfId(r.id);
								const title = r.title ?? r.id;
								return (
									<tr key={r.id} data-row>
										<td class="hint">{typeWord(d)}</td>
										<td class="main"><a href={hrefOf(r.id, d?.type) ?? "#"}>{r.number} {isIndicatorId(r.id) ? defang(title) : title}</a></td>
										<td class="team">{nameOf(r.team)}</td>
										<td><Tlp label={r.tlp} /></td>
										<td class="hint"><When at={r.dated} rel /></td>
									</tr>
								);
							})}
						</tbody>
					</table>
				</div>
			)}
			{next && <p class="row"><Act run={more}>{t().more}</Act></p>}
			{!next && items.length >= 5000 && <p class="hint">{w.end}</p>}
		</section>
	);
}

function Verdicts({ v }: { v: Value }) {
	const w = t().ind.page;
	return (
		<section aria-labelledby="value-verdicts">
			<h2 id="value-verdicts">{w.verdicts}</h2>
			{!v.verdicts.length && <p class="hint">{w.noVerdicts}</p>}
			<ul class="linklist">
				{v.verdicts.map((x) => {
					const until = parse(x.valid_until);
					const phases = Array.isArray(x.kill_chain_phases) ? (x.kill_chain_phases as { phase_name?: string }[]).flatMap((p) => (p.phase_name ? [word("kill_chain_phase", p.phase_name)] : [])) : [];
					return (
						<li key={x.id}>
							<span class="hint">{nameOf(x.team)} <Tlp label={x.tlp} /></span>
							<a href={hrefOf(x.id, x.type) ?? "#"}>{(x.indicator_types ?? []).map((y) => word("indicator_type", y)).join("、") || defang(x.title ?? x.id)}</a>
							{x.confidence !== undefined && <span>{w.confidence} {x.confidence}/100</span>}
							{until && <span>{w.validUntil} <When at={x.valid_until} /> {until.getTime() < Date.now() ? <span class="deadline over">{w.expired}</span> : <Deadline at={x.valid_until} />}</span>}
							{phases.length > 0 && <span class="hint">{w.phases} {phases.join("、")}</span>}
							{x.description && <span class="small">{x.description.slice(0, 300)}</span>}
						</li>
					);
				})}
			</ul>
		</section>
	);
}

function Context({ v }: { v: Value }) {
	const w = t().ind.page;
	const span = spanOf(v);
	return (
		<section aria-labelledby="value-context">
			<h2 id="value-context">{w.context}</h2>
			<dl class="props">
				{span.first && <div><dt>{w.first}</dt><dd><When at={span.first} /></dd></div>}
				{span.last && <div><dt>{w.last}</dt><dd><When at={span.last} /></dd></div>}
				<div><dt>{w.types}</dt><dd>{v.types.map((x) => <span key={x.type} class="block">{typeWord(typeNamed(x.type)) || x.type} {number(x.count)}</span>)}</dd></div>
				<div><dt>{w.circles}</dt><dd>{v.circles.length ? v.circles.map((c) => <a key={c} class="block" href={hrefOf(c) ?? "#"}>{nameOf(c)}</a>) : <span class="hint">{w.noCircles}</span>}</dd></div>
			</dl>
		</section>
	);
}

/* What one does with it next. */
function Verbs({ v, onDone }: { v: Value; onDone: () => Promise<void> }) {
	const w = t().ind.page;
	const [problem, setProblem] = useState<unknown>(null);
	const sightings = typeOfSlug("sightings");
	const indicators = typeOfSlug("indicators");
	const value = v.canonical ?? v.value;
	const saw = async () => {
		setProblem(null);
		try {
			await sawNow(value);
			notice(w.sawDone);
			await onDone();
		} catch (e) {
			setProblem(e);
		}
	};
	const known = v.types.some((x) => x.type === "indicator");
	return (
		<>
			<div class="actions row">
				{sightings && mayCreate(sightings) && known && <Act run={saw} title={w.sawHow}>{w.saw}</Act>}
				{indicators && mayCreate(indicators) && !known && v.kind && <Act run={() => registerText(value)}>{w.register}</Act>}
				{v.count > 0 && <a class="button" href={`/indicators/export?q=${encodeURIComponent(value)}&type=*`}>{w.export}</a>}
			</div>
			<ProblemBox problem={problem} />
		</>
	);
}

export function ValueScreen() {
	const w = t().ind.page;
	const asked: Asked = { value: params.value.get("v") ?? "", kind: params.value.get("kind") ?? undefined };
	const load = useLoad<Value>(asked.value ? `value ${asked.kind} ${asked.value}` : null, (signal) => readValue(asked, signal), (e) => e.name.startsWith("sightings."));
	const v = load.data;
	const shown = defang(v?.canonical ?? asked.value);

	useEffect(() => {
		document.title = `${shown} — hikeshi`;
		if (v && asked.value) readNow(`/indicators/value?${params.value}`, shown);
	}, [shown, v, lang.value]);
	if (!asked.value) return <NotFound />;
	return (
		<article class="record">
			<p class="crumb"><a href="/indicators" data-back><Icon name="back" /> {t().places.indicators}</a></p>
			<header class="record-head">
				<h1 class="mono">{shown} <CopyButton value={v?.canonical ?? asked.value} /></h1>
				{v && (
					<p class="marks">
						<span>{kindWord(v.kind) || w.unknownKind}</span>
						<span class="state">{w.count(counted(v.count, v.exact))}</span>
						<span class="state">{w.sightings(counted(v.sightings.count, v.sightings.exact))}</span>
						{v.own && <span class="hitmark">{w.own[v.own]}</span>}
						{v.warninglists.map((l) => <span key={l} class="common">{t().ind.common(word("wellknown", l))}</span>)}
					</p>
				)}
				{v && <Verbs v={v} onDone={load.reload} />}
			</header>
			<ProblemBox problem={load.error} retry={load.reload} />
			{!v && !load.error && <Loading />}
			{v && v.count === 0 && v.sightings.count === 0 && <Empty text={w.nobody} hint={w.nobodyHint} />}
			{v && v.count > 0 && (
				<div class="columns">
					<div class="main-col">
						<Who v={v} />
						<TimePart asked={asked} />
						<Records asked={asked} v={v} />
						<GraphPart asked={asked} />
					</div>
					<aside class="side-col" aria-label={w.context}>
						<Verdicts v={v} />
						<Context v={v} />
					</aside>
				</div>
			)}
		</article>
	);
}
