// SPDX-License-Identifier: Apache-2.0
/* plot: the frame of every plot: title, unit and zone above, the same as a table and as CSV below; the drawing itself is
 * the caller's SVG. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { csv } from "../core/csv";
import { zoneName } from "../core/time";
import { t } from "../i18n";

export type Row = (string | number | null)[];

function download(name: string, rows: Row[]) {
	const a = document.createElement("a");
	a.href = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv;charset=utf-8" }));
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}

/* For the box of a drawing over time: where it does not fit, the newest is in sight. */
export function useNewest(n: number) {
	const box = useRef<HTMLDivElement>(null);

	useEffect(() => {
		const el = box.current;
		if (!el) return undefined;
		const seen = new ResizeObserver(() => {
			el.scrollLeft = el.scrollWidth;
		});
		seen.observe(el);
		return () => seen.disconnect();
	}, [n]);
	return box;
}

/* Title, unit and zone above; the table twin and the CSV below. shown: how the first of a row is written in the table. */
export function Plot({ id, title, unit, rows, shown, children }: { id: string; title: string; unit: string; rows: Row[]; shown?: (first: string) => string; children: ComponentChildren }) {
	const [head, ...body] = rows;
	return (
		<section class="part plot" aria-labelledby={id}>
			<h2 id={id}>{title}</h2>
			<p class="hint">{unit} · {t().plot.zone(zoneName())}</p>
			{children}
			<div class="row">
				<details class="twin">
					<summary>{t().plot.twin}</summary>
					<div class="scroll" role="group" tabIndex={0} aria-label={title}>
						<table class="plain">
							<thead><tr>{head!.map((h) => <th scope="col" key={h}>{h}</th>)}</tr></thead>
							<tbody>{body.map((r, i) => <tr key={i}>{r.map((c, k) => (k ? <td key={k} class={typeof c === "number" ? "num" : undefined}>{c}</td> : <th scope="row" key={k}>{shown ? shown(String(c)) : c}</th>))}</tr>)}</tbody>
						</table>
					</div>
				</details>
				<button type="button" onClick={() => download(`${id}.csv`, rows)}>CSV</button>
			</div>
		</section>
	);
}
