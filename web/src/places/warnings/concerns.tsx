// SPDX-License-Identifier: Apache-2.0
/* concerns: which values of a warning stand in one's own records, each with the record that is the evidence. */
import { get } from "../../core/api";
import { hrefOf, nameOf } from "../../core/catalog";
import { about, useLoad, type Load } from "../../core/load";
import { t } from "../../i18n";
import type { Concern, Page } from "../../core/types";
import { Indicator, Loading, ProblemBox, When, cx } from "../../ui/basics";

function useConcerns(id: string): Load<Page<Concern>> {
	const path = `/warnings/${id}/concerns`;
	return useLoad<Page<Concern>>(path, () => get(path), about(id));
}
export function ConcernList({ id }: { id: string }) {
	return <Listed load={useConcerns(id)} />;
}
function Listed({ load }: { load: Load<Page<Concern>> }) {
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
export function Concerns({ id }: { id: string }) {
	const load = useConcerns(id);
	return (
		<section class={cx("part", "concerns", !!load.data?.items.length && "hit")} aria-labelledby="concerns">
			<h2 id="concerns">{t().warn.concerns}</h2>
			<Listed load={load} />
		</section>
	);
}
