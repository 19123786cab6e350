// SPDX-License-Identifier: Apache-2.0
/* weekplot: reports or incidents of each week as bars, piled by category; told by pattern as well as by colour. */
import { useId } from "preact/hooks";
import { placeWord, typeOfSlug, word } from "../../core/catalog";
import { absolute, calendar, number, toLocalInput } from "../../core/time";
import { t } from "../../i18n";
import { Plot, useNewest } from "../../ui/plot";
import { scale, stack, table, whole, type DeskType, type Series } from "./desk";

const MOST = 5;
const W = 720;
const H = 240;
const LEFT = 36;
const RIGHT = 14;
const TOP = 16;
const BOTTOM = 30;

const day = (at: string) => calendar(toLocalInput(at).slice(0, 10), true);
export const categoryWord = (c: string) => (c ? word("category", c) : t().figures.noCategory);

/* Lines, dots and crosses over the colour: who sees no colours tells them apart. */
function Patterns({ id }: { id: string }) {
	return (
		<defs>
			{[0, 1, 2, 3, 4].map((k) => (
				<pattern key={k} id={`${id}-${k}`} width="6" height="6" patternUnits="userSpaceOnUse" class={`pile pile-${k}`}>
					<rect width="6" height="6" />
					{k === 1 && <path d="M0 6L6 0M-1.500 1.500L1.500 -1.500M4.500 7.500L7.500 4.500" />}
					{k === 2 && <path d="M0 3h6" />}
					{k === 3 && <path d="M3 0v6" />}
					{k === 4 && <path d="M0 0L6 6M0 6L6 0" />}
				</pattern>
			))}
		</defs>
	);
}

function Bars({ series, total, weeks, id, alt, title }: { series: Series[]; total: number[]; weeks: string[]; id: string; alt: string; title: string }) {
	const lines = scale(Math.max(...total));
	const top = lines[lines.length - 1]!;
	const slot = (W - LEFT - RIGHT) / weeks.length;
	const box = useNewest(weeks.length);
	const width = Math.min(22, slot * 0.72);
	const y = (v: number) => TOP + (H - TOP - BOTTOM) * (1 - v / top);
	const every = Math.ceil(weeks.length / 9);
	return (
		<div ref={box} class="scroll" role="group" tabIndex={0} aria-label={title}>
			<svg class="timeplot weekplot" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={alt}>
				<Patterns id={id} />
				{lines.map((v) => <g key={v}><line class="gridline" x1={LEFT} x2={W - RIGHT} y1={y(v)} y2={y(v)} /><text x={LEFT - 6} y={y(v) + 4} text-anchor="end">{number(v)}</text></g>)}
				{weeks.map((w, i) => {
					let base = 0;
					const x = LEFT + slot * i + (slot - width) / 2;
					return (
						<g key={w}>
							{series.map((s, k) => {
								const n = s.counts[i] ?? 0;
								const at = y(base + n);
								const height = y(base) - at;
								base += n;
								return n > 0 && <rect key={k} class="bit" fill={`url(#${id}-${k})`} x={x} y={at} width={width} height={height} />;
							})}
							{(total[i] ?? 0) > 0 && weeks.length <= 26 && <text x={x + width / 2} y={y(total[i]!) - 4} text-anchor="middle">{number(total[i]!)}</text>}
							{(weeks.length - 1 - i) % every === 0 && <text x={x + width / 2} y={H - 10} text-anchor="middle">{day(w)}</text>}
						</g>
					);
				})}
			</svg>
		</div>
	);
}

export function WeekPlot({ type, weeks, exact }: { type: DeskType; weeks: string[]; exact: boolean }) {
	const id = useId().replace(/[^\w-]/g, "");
	const f = t().figures;
	const def = typeOfSlug(type.type);
	const what = def ? placeWord(def) : type.type;
	const title = f.byWeek(what);
	const series = stack(type, MOST, categoryWord, f.others);
	const n = whole(type.total);
	const rows = table(type, weeks.map((w) => absolute(w)), f.weekOf, categoryWord, f.total);

	return (
		<Plot id={`${type.type}-by-week`} title={title} unit={exact ? f.unit : f.unitMore} rows={rows}>
			{n === 0 ? <p class="hint">{f.nothing(what)}</p> : (
				<>
					<ul class="legend">{series.map((s, k) => <li key={s.name}><svg class="pilekey" viewBox="0 0 14 14" aria-hidden="true"><Patterns id={`${id}l${k}`} /><rect width="14" height="14" fill={`url(#${id}l${k}-${k})`} /></svg> {s.name} <span class="num">{number(whole(s.counts))}</span></li>)}</ul>
					<Bars series={series} total={type.total} weeks={weeks} id={id} title={title} alt={f.alt(what, n, weeks.length, type.total[type.total.length - 1] ?? 0)} />
				</>
			)}
		</Plot>
	);
}
