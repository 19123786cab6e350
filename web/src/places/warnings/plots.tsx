// SPDX-License-Identifier: Apache-2.0
/* plots: how the team's warnings got through: reach of each, and the time until teams answered; each with its unit,
 * its zone, the same as a table and as CSV. */
import { get } from "../../core/api";
import { word } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { absolute, zoneName } from "../../core/time";
import { t } from "../../i18n";
import { Empty, Loading, ProblemBox, When } from "../../ui/basics";
import { Plot, type Row } from "../../ui/plot";
import { curve, late, middle, percent, silent, type Figure, type Figures } from "./figures";

const SHOWN = 20;

function Bar({ f }: { f: Figure }) {
	const a = (f.in_time / f.recipients) * 100;
	const b = (late(f) / f.recipients) * 100;
	return (
		<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
			<rect class="none" x="0" y="0" width="100" height="10" />
			<rect class="intime" x="0" y="0" width={a} height="10" />
			<rect class="late" x={a} y="2.5" width={b} height="5" />
		</svg>
	);
}
function ReachPlot({ items }: { items: Figure[] }) {
	const w = t().warn.figures;
	const rows: Row[] = [
		[w.number, w.titleCol, `${w.issued} (${zoneName()})`, w.asked, w.inTime, w.late, w.none, w.affected, w.median],
		...items.map((f): Row => [f.number, f.title, absolute(f.issued_at), f.recipients, f.in_time, late(f), silent(f), f.affected, f.median_minutes]),
	];
	return (
		<Plot id="warning-reach" title={w.reach} unit={w.reachUnit} rows={rows}>
			<ul class="legend"><li><span class="key intime" aria-hidden="true" /> {w.inTime}</li><li><span class="key late" aria-hidden="true" /> {w.late}</li><li><span class="key none" aria-hidden="true" /> {w.none}</li></ul>
			<ol class="bars">
				{items.slice(0, SHOWN).map((f) => (
					<li key={f.id}>
						<a href={`/warnings/${f.id}`}>{f.number} <span class="name">{f.title}</span></a>
						<Bar f={f} />
						<span class="num">{w.sum(percent(f.answered, f.recipients), f.answered, f.recipients)}</span>
						<span class="hint"><When at={f.issued_at} rel /></span>
					</li>
				))}
			</ol>
		</Plot>
	);
}

const W = 640;
const H = 250;
const LEFT = 44;
const RIGHT = 110;
const TOP = 12;
const BOTTOM = 34;
function TimePlot({ items, hours }: { items: Figure[]; hours: number[] }) {
	const w = t().warn.figures;
	const urgent = items.filter((f) => f.urgency === "emergency");
	const lines = [{ name: w.all, cls: "line-a", y: curve(items, hours) }];
	if (urgent.length && urgent.length < items.length) lines.push({ name: word("urgency", "emergency"), cls: "line-b", y: curve(urgent, hours) });
	const x = (i: number) => LEFT + ((W - LEFT - RIGHT) * i) / (hours.length - 1);
	const y = (v: number) => TOP + (H - TOP - BOTTOM) * (1 - v);
	const rows: Row[] = [[w.after, ...lines.map((l) => `${l.name} (%)`)], ...hours.map((h, i): Row => [w.hours(h), ...lines.map((l) => Math.round(l.y[i]! * 1000) / 10)])];
	const mid = middle(items);
	/* labels at the line's end, kept apart */
	const ends = lines.map((l) => y(l.y[l.y.length - 1]!));
	if (ends.length > 1 && Math.abs(ends[0]! - ends[1]!) < 15) ends[1] = ends[0]! + 15;
	return (
		<Plot id="warning-time" title={w.time} unit={w.timeUnit} rows={rows}>
			{mid !== null && <p class="strong">{w.middle(mid)}</p>}
			{lines.length > 1 && <ul class="legend lines" aria-hidden="true">{lines.map((l) => <li key={l.name}><svg class="pilekey" viewBox="0 0 14 14"><g class={l.cls}><polyline points="0,7 14,7" /></g></svg> {l.name}</li>)}</ul>}
			<div class="scroll" role="group" tabIndex={0} aria-label={w.time}>
				<svg class="timeplot" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={w.alt(Math.round(lines[0]!.y[4]! * 100))}>
					{[0, 0.25, 0.5, 0.75, 1].map((v) => <g key={v}><line class="gridline" x1={LEFT} x2={W - RIGHT} y1={y(v)} y2={y(v)} /><text x={LEFT - 6} y={y(v) + 4} text-anchor="end">{v * 100}%</text></g>)}
					{hours.map((h, i) => <text key={h} x={x(i)} y={H - 12} text-anchor="middle">{w.hours(h)}</text>)}
					{lines.map((l, k) => (
						<g key={l.name} class={l.cls}>
							<polyline fill="none" points={l.y.map((v, i) => `${x(i)},${y(v)}`).join(" ")} />
							{l.y.map((v, i) => <circle key={i} cx={x(i)} cy={y(v)} r="3" />)}
							<text x={W - RIGHT + 8} y={ends[k]! + 4}>{l.name}</text>
						</g>
					))}
				</svg>
			</div>
		</Plot>
	);
}

export function FiguresPane() {
	const load = useLoad<Figures>("/figures/warnings", () => get("/figures/warnings"), ofPlural("warnings", "assessments"));
	const items = [...(load.data?.items ?? [])].sort((a, b) => (a.issued_at < b.issued_at ? 1 : -1));

	if (!load.data) return load.error ? <ProblemBox problem={load.error} retry={load.reload} /> : <Loading />;
	if (!items.length) return <Empty text={t().warn.figures.empty} />;
	return (
		<>
			<ReachPlot items={items} />
			<TimePlot items={items} hours={load.data.hours} />
		</>
	);
}
