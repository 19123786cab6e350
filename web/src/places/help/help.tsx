// SPDX-License-Identifier: Apache-2.0
/* help: a page for each place, from docs/help, in the reader's language. */
import { useEffect, useState } from "preact/hooks";
import { ownPlaces, places } from "../../core/places";
import { lang, t } from "../../i18n";
import { Loading, NotFound } from "../../ui/basics";
import { Markdown } from "../../ui/markdown";

export const TOPICS = ["today", "reports", "incidents", "warnings", "indicators", "members", "figures", "imports", "peers", "journal", "search", "records", "tlp", "account", "accounts"];

export function HelpScreen({ topic }: { topic?: string }) {
	const [kept, setKept] = useState<{ lang: string; pages: Record<string, string> } | null>(null);
	const l = lang.value;
	const name = topic === "inbox" ? "warnings" : topic === "settings" ? "accounts" : topic;
	const title = name ? t().help.titles[name] : t().places.help;
	const home = [...places(), ...ownPlaces()].find((p) => p.key === name);

	useEffect(() => {
		void (l === "ja" ? import("./pages.ja") : import("./pages.en")).then((m) => setKept({ lang: l, pages: m.pages }));
	}, [l]);
	useEffect(() => {
		document.title = `${title ?? t().places.help} — hikeshi`;
	}, [title]);
	if (!title) return <NotFound why={t().help.none} />;
	return (
		<div class="help columns">
			<article class="main-col">
				<h1>{title}</h1>
				{!name && <p>{t().help.lead}</p>}
				{name && (kept?.lang === l ? <Markdown text={kept.pages[name] ?? ""} top={1} /> : <Loading />)}
				{!name && <Topics />}
				{home && <p><a class="button" href={home.href}>{t().help.go(t().places[home.key])}</a></p>}
			</article>
			{name && <nav class="side-col" aria-labelledby="help-pages"><section><h2 id="help-pages">{t().help.pages}</h2><Topics now={name} /></section></nav>}
		</div>
	);
}
function Topics({ now }: { now?: string }) {
	return <ul class="plain topics">{TOPICS.map((x) => <li key={x}><a href={`/help/${x}`} aria-current={x === now ? "page" : undefined}>{t().help.titles[x]}</a></li>)}</ul>;
}
