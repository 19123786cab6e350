// SPDX-License-Identifier: Apache-2.0
/* indicators: the place of values: the list with a line to look one up, many at once, exports. */
import { useEffect, useState } from "preact/hooks";
import { apiOf, homeOf, mayCreate, remember, typeOfSlug } from "../../core/catalog";
import { keepDraft } from "../../core/drafts";
import { go } from "../../core/router";
import { valueHref } from "../../core/titles";
import type { Rec, TypeDef } from "../../core/types";
import { lang, say, t } from "../../i18n";
import { Act, Empty, Loading, NotFound, ProblemBox } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { EmptyList, FilterBar, filterOf, usePages } from "../records/list";
import { Rows } from "../records/rows";
import { CheckPart, isOne } from "./check";
import { ExportPart } from "./export";

/* One value opens its page; more are checked together. */
function LookLine() {
	const [text, setText] = useState("");
	const look = () => {
		const what = text.trim();
		if (!what) return;
		if (isOne(what)) return go(valueHref(what));
		if (what.length > 1500) keepDraft("check", what);
		go(what.length > 1500 ? "/indicators/check" : `/indicators/check?text=${encodeURIComponent(what)}`);
	};
	return (
		<form class="find" role="search" aria-label={t().ind.line} onSubmit={(e) => { e.preventDefault(); look(); }}>
			<label for="q">{t().ind.line}</label>
			<p class="row">
				<textarea id="q" rows={1} spellcheck={false} value={text} aria-describedby="q-h" onInput={(e) => setText(e.currentTarget.value)}
					onKeyDown={(e) => { if (e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229) { e.preventDefault(); look(); } }} />
				<button type="submit" class="primary">{t().ind.go}</button>
			</p>
			<p class="hint" id="q-h">{t().ind.lineHint}</p>
		</form>
	);
}

function ListPart({ def }: { def: TypeDef }) {
	const query = filterOf();
	const pages = usePages<Rec>(JSON.stringify(["indicators", query]), apiOf(def), query, "indicators");

	const filtered = Object.keys(query).length > 0;
	const none = pages.data && !pages.items.length;

	pages.items.forEach(remember);
	return (
		<>
			<LookLine />
			{(!none || filtered) && <FilterBar def={def} />}
			<ProblemBox problem={pages.error} type={def} retry={pages.reload} />
			{!pages.data && pages.busy && <Loading />}
			{none && filtered && <EmptyList def={def} filtered />}
			{none && !filtered && (
				<Empty text={t().list.empty(say(def.label))} hint={t().list.emptyHint.indicators}>
					<p class="row">{mayCreate(def) && <a class="button" href="/imports">{t().imp.go}</a>}<a class="button" href="/indicators/check">{t().ind.tabs.check}</a></p>
				</Empty>
			)}
			{pages.items.length > 0 && <Rows def={def} items={pages.items} caption={t().list.caption(t().ind.title)} />}
			{pages.next && <p class="row"><Act run={pages.more}>{t().more}</Act></p>}
		</>
	);
}

const TABS = ["list", "check", "export"] as const;

export function IndicatorsScreen({ tab = "list" }: { tab?: string }) {
	const def = typeOfSlug("indicators");
	const now = TABS.find((x) => x === tab);

	useEffect(() => {
		document.title = `${now && now !== "list" ? `${t().ind.tabs[now]} — ` : ""}${t().ind.title} — hikeshi`;
	}, [now, lang.value]);
	if (!def || !now) return <NotFound />;
	return (
		<>
			<header class="page-head">
				<h1>{t().ind.title}</h1>
				<span class="grow" />
				{mayCreate(def) && <a class="button" href="/imports"><Icon name="imports" /> {t().places.imports}</a>}
				{mayCreate(def) && <a class="button" href={`${homeOf(def)}/new`}><Icon name="plus" /> {t().form.create(say(def.label))}</a>}
			</header>
			<nav class="tabs" aria-label={t().ind.title}>
				{TABS.map((x) => <a key={x} href={x === "list" ? "/indicators" : `/indicators/${x}`} aria-current={x === now ? "page" : undefined}>{t().ind.tabs[x]}</a>)}
			</nav>
			{now === "list" && <ListPart def={def} />}
			{now === "check" && <CheckPart />}
			{now === "export" && <ExportPart />}
		</>
	);
}
