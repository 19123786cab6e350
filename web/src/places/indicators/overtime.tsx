// SPDX-License-Identifier: Apache-2.0
/* overtime: when a value was seen and written about: a bar for each day, week or month, the same as a table and as CSV. */
import { upper } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import { calendar, number } from "../../core/time";
import { t } from "../../i18n";
import { Loading, ProblemBox } from "../../ui/basics";
import { Plot, useNewest, type Row } from "../../ui/plot";
import { Segmented } from "../../ui/segmented";
import { readTimes, type Asked, type Times } from "./store";
import { dateOf, offsetNow, scale } from "./times";

const W = 720;
const H = 200;
const LEFT = 40;
const TOP = 10;
const BOTTOM = 30;
const LABELS = 6; /* a date needs some 70 of the 672, and the first is pushed to the right */

function Bars({ d }: { d: Times }) {
	const w = t().ind.page;
	const most = Math.max(1, ...d.items.map((i) => Math.max(i.sightings, i.records)));
	const { top, step } = scale(most);
	const each = (W - LEFT - 8) / d.items.length;
	const bar = Math.min(18, each * 0.4);
	const y = (v: number) => TOP + (H - TOP - BOTTOM) * (1 - v / top);
	const box = useNewest(d.items.length);
	const every = Math.ceil(d.items.length / LABELS);
	const sum = (f: (i: Times["items"][number]) => number) => number(d.items.reduce((n, i) => n + f(i), 0));
	return (
		<div ref={box} class="scroll" role="group" tabIndex={0} aria-label={w.time}>
			<svg class="timeplot" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={w.alt(sum((i) => i.sightings), sum((i) => i.records))}>
				{Array.from({ length: top / step + 1 }, (_, i) => i * step).map((v) => <g key={v}><line class="gridline" x1={LEFT} x2={W} y1={y(v)} y2={y(v)} /><text x={LEFT - 6} y={y(v) + 4} text-anchor="end">{number(v)}</text></g>)}
				{d.items.map((i, k) => {
					const x = LEFT + each * (k + 0.5);
					return (
						<g key={i.from}>
							{i.sightings > 0 && <rect class="bar-seen" x={x - bar} y={y(i.sightings)} width={bar} height={y(0) - y(i.sightings)} />}
							{i.records > 0 && <rect class="bar-rec" x={x} y={y(i.records)} width={bar} height={y(0) - y(i.records)} />}
							{k % every === 0 && <text x={Math.max(x, LEFT + 28)} y={H - 10} text-anchor="middle">{calendar(dateOf(i.from, d.zone, d.by))}</text>}
						</g>
					);
				})}
			</svg>
		</div>
	);
}

export function TimePart({ asked }: { asked: Asked }) {
	const w = t().ind.page;
	const by = params.value.get("by") ?? "auto";
	const zone = offsetNow();
	const load = useLoad<Times>(`times ${asked.kind} ${asked.value} ${by}`, (signal) => readTimes(asked, by, zone, signal), (e) => e.name.startsWith("sightings."));
	const d = load.data;

	if (!d) return load.error ? <ProblemBox problem={load.error} retry={load.reload} /> : <Loading />;
	if (!d.items.length) return <section class="part" aria-labelledby="value-time"><h2 id="value-time">{w.time}</h2><p class="hint">{w.noTime}</p></section>;
	const rows: Row[] = [
		[`${w.from} (UTC${d.zone})`, w.seriesSeen, w.seriesTimes, w.seriesRecords],
		...d.items.map((i): Row => [dateOf(i.from, d.zone, d.by), i.sightings, i.seen, i.records]),
	];
	const outside = (s: Times["before"]) => s.sightings + s.records;
	const notes = [
		outside(d.before) > 0 && w.before(number(outside(d.before))),
		outside(d.after) > 0 && w.after(number(outside(d.after))),
		d.times_read >= 10000 && w.read(number(d.times_read)),
	].filter(Boolean);
	return (
		<Plot id="value-time" title={w.time} unit={w.unitIs(w.unit[d.by] ?? d.by, d.zone)} rows={rows} shown={calendar}>
			<Segmented label={w.by} hideLabel value={by} options={(["auto", "day", "week", "month"] as const).map((x) => [x as string, upper(w.unit[x]!.replace(/（.*）| \(.*\)/, ""))] as const)} onChange={(x) => setParams({ by: x === "auto" ? null : x })} />
			<ul class="legend"><li><span class="key bar-seen" aria-hidden="true" /> {w.seriesSeen}</li><li><span class="key bar-rec" aria-hidden="true" /> {w.seriesRecords}</li></ul>
			<Bars d={d} />
			{notes.length > 0 && <p class="hint">{notes.join(" · ")}</p>}
		</Plot>
	);
}
