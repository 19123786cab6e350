// SPDX-License-Identifier: Apache-2.0
/* concerns: which values of a warning stand in one's own records, each with the record that is the evidence. */
import { get } from "../../core/api";
import { hrefOf, nameOf } from "../../core/catalog";
import { about, useLoad } from "../../core/load";
import { t } from "../../i18n";
import type { Concern, Page } from "../../core/types";
import { Indicator, Loading, ProblemBox, When, cx } from "../../ui/basics";

export function ConcernList({ id }: { id: string }) {
	const path = `/warnings/${id}/concerns`;
	const load = useLoad<Page<Concern>>(path, () => get(path), about(id));
	const items = load.data?.items ?? [];

	if (load.error) return <ProblemBox problem={load.error} retry={load.reload} />;
	if (!load.data) return <Loading />;
	if (!items.length) return <p>{t().warn.concernsNone}</p>;
	return (
		<>
			<p class="strong" role="status">{t().warn.concernsSome(items.length)}</p>
			<ul class="concernlist">
				{items.map((c) => (
					<li key={c.value + c.reason}>
						<Indicator value={c.value} href={c.indicator ? hrefOf(c.indicator) : null} /> <span>{t().warn.reasons[c.reason] ?? c.reason}</span>
						{c.last && <span class="hint"> <When at={c.last} /></span>}
						<ul class="inline">
							{(c.records ?? []).map((r) => {
								const rid = typeof r === "string" ? r : r.id;
								const href = hrefOf(rid);
								const text = typeof r === "string" ? nameOf(r) : `${r.number ?? ""} ${r.title ?? ""}`;
								return <li key={rid}>{href ? <a href={href}>{text}</a> : text}</li>;
							})}
						</ul>
					</li>
				))}
			</ul>
		</>
	);
}
export function Concerns({ id, hit }: { id: string; hit: boolean }) {
	return (
		<section class={cx("part", "concerns", hit && "hit")} aria-labelledby="concerns">
			<h2 id="concerns">{t().warn.concerns}</h2>
			<ConcernList id={id} />
		</section>
	);
}
