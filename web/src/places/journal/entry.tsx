// SPDX-License-Identifier: Apache-2.0
/* entry: one entry of the journal: who, when, what; each field before and after where that is known; and its proof. */
import { useEffect } from "preact/hooks";
import { list } from "../../core/api";
import { apiOf, nameOf, typeNamed } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { params } from "../../core/router";
import type { HistoryItem, Json, TypeDef } from "../../core/types";
import { isObject } from "../../core/merge";
import { lang, t } from "../../i18n";
import { Loading, ProblemBox, When } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Value } from "../../ui/view";
import { HistoryEntry, replay } from "../records/timeline";
import { Record, whoWord } from "./journal";
import { ProofPart } from "./proofpart";
import { kindWord, readEntry, type Entry } from "./store";

/* The record's history says what stood before; its own entries are those of the journal. */
function Changes({ e, def }: { e: Entry; def: TypeDef }) {
	const path = `${apiOf(def)}/${e.record!.id}/history`;
	const load = useLoad(path, (signal) => list<HistoryItem>(path, {}, signal));
	const step = replay(load.data?.items ?? []).find((s) => s.item.seq === e.seq && s.item.epoch === e.epoch);

	if (!load.data && load.busy) return <Loading />;
	if (step?.changes.length) return <HistoryEntry step={step} def={def} bare open />;
	return isObject(e.patch as Json) && Object.keys(e.patch as object).length > 0 ? <Value value={e.patch as Json} /> : <p class="hint">{t().jour.saidNothing}</p>;
}

function Said({ e }: { e: Entry }) {
	const def = e.record ? typeNamed(e.record.type) : undefined;
	if (e.erased) return <p>{t().jour.saidErased}</p>;
	if (e.kind === "links") {
		return (
			<>
				<ul class="plain tight">{(e.links ?? []).map((l) => <li key={l.source.id + l.target.id + l.relation}><Record of={l.source} /> → {t().rec.relations[l.relation] ?? l.relation} → <Record of={l.target} />{l.removed && <span class="hint"> ({t().jour.unlinked})</span>}</li>)}</ul>
				{!e.all_links && <p class="hint">{t().jour.linksHidden}</p>}
			</>
		);
	}
	if (!e.opens) return <p>{t().jour.saidNot}</p>;
	if (e.record && e.version && def) return <Changes key={e.seq} e={e} def={def} />;
	if (e.objects) return <p>{t().jour.objects(e.objects)}</p>;
	return isObject(e.note as Json) ? <Value value={e.note as Json} /> : <p class="hint">{t().jour.saidNothing}</p>;
}

function Body({ e }: { e: Entry }) {
	return (
		<article class="record">
			<p class="crumb"><a href="/journal" data-back><Icon name="back" /> {t().jour.title}</a></p>
			<header class="record-head"><h1>{t().jour.entry(e.seq)} <span class="hint">{kindWord(e.kind, e.record?.type)}</span></h1></header>
			<dl class="fields">
				<div><dt>{t().jour.when}</dt><dd><When at={e.at} /></dd></div>
				<div><dt>{t().jour.columns.who}</dt><dd><bdi>{whoWord(e)}</bdi></dd></div>
				{e.team && <div><dt>{t().jour.team}</dt><dd>{nameOf(e.team)}</dd></div>}
				<div><dt>{t().jour.columns.what}</dt><dd>{kindWord(e.kind, e.record?.type)}{e.version > 0 && <span class="hint"> {t().rec.version(e.version)}</span>}</dd></div>
				{e.record && <div><dt>{t().jour.columns.record}</dt><dd><Record of={e.record} /> <a class="hint" href={`/journal?record=${encodeURIComponent(e.record.id)}`}>{t().jour.toRecord}</a></dd></div>}
				{e.why && <div><dt>{t().rec.reason}</dt><dd class="prose">{e.why}</dd></div>}
				<div><dt>{t().jour.epoch}</dt><dd><span class="mono">{e.epoch}</span> <span class="hint">{t().jour.epochWhy}</span></dd></div>
			</dl>
			<section class="part" aria-labelledby="said">
				<h2 id="said">{e.kind === "links" ? t().jour.links : e.record ? t().jour.said : t().jour.note}</h2>
				<Said e={e} />
			</section>
			<ProofPart e={e} />
		</article>
	);
}

export function EntryScreen({ seq }: { seq: string }) {
	const epoch = params.value.get("epoch");
	const load = useLoad<Entry>(`journal ${seq} ${epoch}`, (signal) => readEntry(seq, epoch, signal));

	useEffect(() => {
		document.title = `${t().jour.entry(Number(seq))} — hikeshi`;
	}, [seq, lang.value]);
	if (!load.data) return load.error ? <ProblemBox problem={load.error} retry={load.reload} /> : <Loading />;
	return <Body key={`${load.data.epoch}${load.data.seq}`} e={load.data} />;
}
