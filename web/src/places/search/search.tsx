// SPDX-License-Identifier: Apache-2.0
/* search: everything the reader may see, and, for values, what is known about each. */
import { useEffect, useState } from "preact/hooks";
import { get, post } from "../../core/api";
import { hrefOf, nameOf, stateWord, typeNamed, typeOfId, typeWord } from "../../core/catalog";
import { lang, t } from "../../i18n";
import { params, setParams } from "../../core/router";
import type { Hit, Known, Page } from "../../core/types";
import { Act, Empty, Loading, ProblemBox, Tlp, When, defang } from "../../ui/basics";
import { useLoad } from "../../core/load";
import { valuesIn } from "../../core/values";
import { isIndicatorId } from "../../core/titles";
import { KnownTable } from "../incidents/incident";

export function KnownPanel({ values, except }: { values: string[]; except?: string }) {
	const key = values.join(" ");
	const known = useLoad<Page<Known>>(values.length ? `lookup ${key}` : null, () => post("/lookup", { values }));

	if (!values.length) return null;
	return (
		<section class="part" aria-labelledby="known">
			<h2 id="known">{t().find.values}</h2>
			<ProblemBox problem={known.error} retry={known.reload} />
			{known.data && <KnownTable items={known.data.items} except={except} />}
		</section>
	);
}

/* A piece of the text that matched, where the server gives one; a bare word only says which index did. */
const matchedText = (m: NonNullable<Hit["matched"]>[number]) => (typeof m === "string" ? "" : (m.text ?? ""));
const snippets = (h: Hit) => (h.matched ?? []).map(matchedText).filter(Boolean);

export function SearchScreen() {
	const q = params.value.get("q") ?? "";
	const [text, setText] = useState(q);
	const [more, setMore] = useState<{ q: string; items: Hit[]; next?: string | null }>({ q: "", items: [] });
	const hits = useLoad<Page<Hit>>(q ? `search ${q}` : null, (signal) => get("/search", { q, limit: 50 }, signal));
	const items = [...(hits.data?.items ?? []), ...(more.q === q ? more.items : [])];
	const next = more.q === q ? more.next : hits.data?.next;

	useEffect(() => {
		document.title = `${t().find.title} — hikeshi`;
	}, [lang.value]);
	useEffect(() => setText(q), [q]);
	return (
		<>
			<h1>{t().find.title}</h1>
			<form class="find" role="search" onSubmit={(e) => { e.preventDefault(); setParams({ q: text.trim() || null }); }}>
				<label for="q">{t().find.label}</label>
				<p class="row">
					<input id="q" type="search" value={text} aria-describedby="q-h" onInput={(e) => setText(e.currentTarget.value)} autofocus />
					<button type="submit" class="primary">{t().search}</button>
				</p>
				<p class="hint" id="q-h">{t().find.hint}</p>
			</form>
			{!q && <Empty text={t().find.start} />}
			<KnownPanel values={valuesIn(q)} />
			{q && (
				<section class="part" aria-labelledby="hits">
					<h2 id="hits">{t().find.hits}</h2>
					<ProblemBox problem={hits.error} retry={hits.reload} />
					{!hits.data && hits.busy && <Loading />}
					{hits.data && !items.length && <Empty text={t().find.none} />}
					<ol class="hitlist">
						{items.map((h) => {
							const d = typeNamed(h.type) ?? typeOfId(h.id);
							const title = h.title ?? h.id;
							const href = hrefOf(h.id, d?.type);
							return (
								<li key={h.id} data-row>
									<p><span class="hint">{typeWord(d)} {h.number}</span> <a href={href ?? "#"}>{isIndicatorId(h.id) ? defang(title) : title}</a></p>
									<p class="hint">{stateWord(d, h.state)} <Tlp label={h.tlp} /> {nameOf(h.team)} · <When at={h.modified} rel /></p>
									{snippets(h).length > 0 && <p class="prose small">{snippets(h).join(" … ")}</p>}
								</li>
							);
						})}
					</ol>
					{next && <p class="row"><Act run={async () => {
						const page = await get<Page<Hit>>("/search", { q, limit: 50, cursor: next });
						setMore({ q, items: [...(more.q === q ? more.items : []), ...page.items], next: page.next });
					}}>{t().more}</Act></p>}
				</section>
			)}
		</>
	);
}
