// SPDX-License-Identifier: Apache-2.0
/* incident: the panel of an incident where text and files go in and indicators come out, each with what the
 * node knows about it beside it. */
import { useState } from "preact/hooks";
import { get, post, postForm } from "../../core/api";
import { hrefOf, nameOf, typeNamed, typeWord, word } from "../../core/catalog";
import { t } from "../../i18n";
import { number } from "../../core/time";
import type { ImportResult, Known, Page, Rec } from "../../core/types";
import { Act, CopyButton, Empty, FileButton, Indicator, ProblemBox, Tlp, When, defang, notice } from "../../ui/basics";
import { valuesIn } from "../../core/values";
import { about, useLoad } from "../../core/load";
import { isIndicatorId, valueHref } from "../../core/titles";

/* The server names kinds as exchange formats do; the code list has a word for each. */
const LISTED: Record<string, string> = { filename: "file-name", "registry-key": "windows-registry-key", bitcoin: "btc" };
const kindWord = (k: string) => word("observable_kind", LISTED[k] ?? k);

/* the title of a note is its text */
const TITLE_MOST = 60;

type Extracted = Page<Known> & { import?: ImportResult | null };

/* What is known about values, a row each. except: the record one is looking at. */
export function KnownTable({ items, except }: { items: Known[]; except?: string }) {
	return (
		<div class="scroll" role="group" aria-label={t().ind.title} tabIndex={0}>
			<table class="grid known">
				<thead>
					<tr><th scope="col">{t().ind.value}</th><th scope="col">{t().ind.kind}</th><th scope="col" class="main">{t().ind.known}</th></tr>
				</thead>
				<tbody>
					{items.map((k) => {
						const others = (k.records ?? []).filter((r) => r.id !== except && r.id !== k.indicator);
						const seen = k.sightings?.count ?? 0;
						return (
							<tr key={`${k.kind} ${k.canonical ?? k.value}`} data-row>
								<td><Indicator value={k.canonical ?? k.value} href={valueHref(k.canonical ?? k.value, k.kind)} /></td>
								<td>{k.kind ? kindWord(k.kind) : ""}</td>
								<td class="main">
									{k.warninglists?.map((l) => <span class="common" key={l}>{t().ind.common(l)} </span>)}
									{!others.length && !seen && <span class="hint">{t().ind.nothing}</span>}
									{others.length > 0 && (
										<ul class="inline">
											{others.slice(0, 6).map((r) => {
												const href = hrefOf(r.id);
												const title = (r.title ?? "").length > TITLE_MOST ? `${r.title!.slice(0, TITLE_MOST)}…` : (r.title ?? "");
												const text = `${r.number || typeWord(typeNamed(r.type))} ${isIndicatorId(r.id) ? defang(title) : title}`;
												return <li key={r.id}>{href ? <a href={href}>{text}</a> : text} <span class="hint">{nameOf(r.team)}</span> <Tlp label={r.tlp} /></li>;
											})}
											{k.count - (k.records.length - others.length) > 6 && <li><a href={valueHref(k.canonical ?? k.value, k.kind)}>{t().ind.more(k.count - (k.records.length - others.length) - 6)}</a></li>}
										</ul>
									)}
									{seen > 0 && <span class="hint">{t().ind.seen(seen)} {k.sightings?.last && <>(<When at={k.sightings.last} />)</>}</span>}
								</td>
							</tr>
						);
					})}
				</tbody>
			</table>
		</div>
	);
}

export function IncidentPanel({ rec }: { rec: Rec }) {
	const path = `/incidents/${rec.id}/indicators`;
	const linked = useLoad<Extracted>(path, () => get<Extracted>(path), about(rec.id));
	const [text, setText] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const [said, setSaid] = useState("");

	const took = async (got: Extracted) => {
		const n = got.items.length;
		const parts = [n ? t().ind.found(n) : t().ind.foundNone];
		if (got.import) parts.push(t().ind.imported(got.import.objects.read, got.import.objects.new));
		setSaid(parts.join(" "));
		notice(parts[0]!);
		await linked.reload();
	};
	const extract = async (from: string) => {
		if (!from.trim()) return;
		setProblem(null);
		try {
			const got = await post<Extracted>(path, { text: from });
			setText("");
			await took(got);
		} catch (e) {
			setProblem(e);
		}
	};
	const upload = async (f: File | undefined) => {
		if (!f) return;
		setProblem(null);
		const form = new FormData();
		form.append("file", f, f.name);
		try {
			await took(await postForm<Extracted>(path, form));
		} catch (e) {
			setProblem(e);
		}
	};
	const items = linked.data?.items ?? [];
	const summary = typeof rec.summary === "string" ? valuesIn(rec.summary) : [];
	return (
		<section class="part" aria-labelledby="indicators">
			<h2 id="indicators">{t().ind.title} {items.length > 0 && <span class="hint">{number(items.length)}</span>}</h2>
			<form class="paste" onSubmit={(e) => { e.preventDefault(); void extract(text); }}
				onDragOver={(e) => e.preventDefault()}
				onDrop={(e) => {
					if (!e.dataTransfer?.files.length) return;
					e.preventDefault();
					void upload(e.dataTransfer.files[0]);
				}}>
				<label for="paste">{t().ind.paste}</label>
				<textarea id="paste" rows={3} value={text} aria-describedby="paste-h" spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} />
				<p class="hint" id="paste-h">{t().ind.pasteHint}</p>
				<p class="row">
					<Act run={() => extract(text)} disabled={!text.trim()}>{t().ind.extract}</Act>
					<FileButton label={t().ind.attach} onFile={upload} />
				</p>
				<p role="status" class="hint">{said}</p>
			</form>
			<ProblemBox problem={problem} />
			<ProblemBox problem={linked.error} retry={linked.reload} />
			{linked.data && !items.length && (
				<Empty text={t().ind.empty}>
					{summary.length > 0 && <Act run={() => extract(String(rec.summary))}>{t().ind.fromSummary(summary.length)}</Act>}
				</Empty>
			)}
			{items.length > 0 && (
				<>
					<p class="row"><span class="hint">{t().ind.defanged}</span><CopyButton value={items.map((k) => k.canonical ?? k.value).join("\n")} label={t().ind.copyAll} /></p>
					<KnownTable items={items} except={rec.id} />
				</>
			)}
		</section>
	);
}
