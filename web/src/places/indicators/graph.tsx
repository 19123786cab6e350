// SPDX-License-Identifier: Apache-2.0
/* graph: a value and what is around it: a small still picture whose nodes are links, and the same as a table. */
import { hrefOf, nameOf, typeNamed, typeOfId, typeWord } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import { number } from "../../core/time";
import { isIndicatorId, valueHref } from "../../core/titles";
import { t } from "../../i18n";
import { Loading, ProblemBox, Tlp, cx, defang } from "../../ui/basics";
import { LABEL, picture, shapeOf, type Placed, type Shape } from "./radial";
import { kindWord, readGraph, type Asked, type Graph } from "./store";

type Node = Graph["nodes"][number];
const relationWord = (r: string) => t().rec.relations[r] ?? (r === "names" ? t().ind.page.names : r);
const nameIn = (n: Node) => {
	const title = n.title ?? n.id;
	return n.type === "value" || isIndicatorId(n.id) ? defang(title) : `${n.number ?? ""} ${title}`.trim();
};
const typeIn = (n: Node) => (n.type === "value" ? kindWord(n.kind) : typeWord(typeNamed(n.type) ?? typeOfId(n.id)));
const hrefIn = (n: Node) => (n.type === "value" ? valueHref(n.title ?? "", n.kind) : (hrefOf(n.id, n.type) ?? "#"));
/* As wide as there is room (a wide character takes two), cut between words where there are any. */
export function short(text: string, most = 21) {
	let room = most;
	let out = "";
	for (const c of text) {
		room -= /[\u1100-\uffff]/.test(c) ? 1.8 : 1;
		if (room >= 0) out += c;
	}
	if (out === text) return text;
	const whole = /\w$/.test(out) && /^\w/.test(text.slice(out.length)) ? out.replace(/\w+$/, "") : out;
	return `${whole.length >= 6 ? whole : out}…`;
}

function Mark({ shape, x, y }: { shape: Shape; x: number; y: number }) {
	if (shape === "value") return <circle cx={x} cy={y} r="6" />;
	if (shape === "ours") return <rect x={x - 5.5} y={y - 5.5} width="11" height="11" />;
	if (shape === "warning") return <path d={`M${x} ${y - 7}l7 12h-14z`} />;
	return <path d={`M${x} ${y - 7}l7 7l-7 7l-7 -7z`} />;
}
function NodeLink({ p }: { p: Placed }) {
	const name = nameIn(p.node);
	const seen = short(name);
	/* what is read out begins as what is seen; of one long word that is all, the table has the rest */
	const told = /\w…$/.test(seen) ? seen : name;
	return (
		<a href={hrefIn(p.node)} aria-label={`${typeIn(p.node)} ${told}`} class={p.node.ring === 2 ? "far" : undefined}>
			<title>{`${typeIn(p.node)} ${name}`}</title>
			<rect class="hit" x={p.side > 0 ? p.x - 12 : p.x - LABEL - 10} y={p.y - 12} width={LABEL + 22} height="24" />
			<Mark shape={p.shape} x={p.x} y={p.y} />
			<text x={p.x + p.side * 12} y={p.y + 4} text-anchor={p.side > 0 ? "start" : "end"}>{seen}</text>
		</a>
	);
}
/* where it is wider than the window, its middle is what one sees first */
const centre = (svg: SVGSVGElement | null) => {
	const box = svg?.parentElement;
	if (box) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;
};
const SHAPES: Shape[] = ["value", "ours", "warning", "other"];

function Drawing({ g }: { g: Graph }) {
	const p = picture(g);
	const shapes = new Set(g.nodes.map((n) => shapeOf(n.type)));
	const [mx, my] = p.middle;
	/* only as far as something stands */
	const reach = (side: number) => Math.max(60, ...p.nodes.filter((n) => n.side === side).map((n) => Math.abs(n.x - mx) + LABEL + 14));
	const left = mx - reach(-1);
	const width = mx + reach(1) - left;
	return (
		<>
			<ul class="legend">
				<li><svg class="graphkey" viewBox="0 0 16 16" aria-hidden="true"><circle class="middle" cx="8" cy="8" r="7" /></svg> {t().ind.page.thisValue}</li>
				{SHAPES.filter((s) => shapes.has(s)).map((s) => <li key={s}><svg class="graphkey" viewBox="0 0 16 16" aria-hidden="true"><Mark shape={s} x={8} y={8} /></svg> {t().ind.page.shape[s]}</li>)}
			</ul>
			<div class="scroll" role="group" tabIndex={0} aria-label={t().ind.page.graph}>
				<svg class={cx("graph", g.nodes.some((n) => n.ring === 2) && "deep")} ref={centre} width={width * 1.1} height={p.height * 1.1} viewBox={`${left} 0 ${width} ${p.height}`} role="group" aria-label={t().ind.page.graph}>
					<g aria-hidden="true">
						{p.lines.map((l) => <line key={l.key} class={l.ring === 2 ? "thin" : undefined} x1={l.from[0]} y1={l.from[1]} x2={l.to[0]} y2={l.to[1]} />)}
						<circle class="middle" cx={mx} cy={my} r="9" />
					</g>
					{p.nodes.map((n) => <NodeLink key={n.id} p={n} />)}
				</svg>
			</div>
		</>
	);
}

/* The same, for who reads tables, and for paper. */
function Twin({ g }: { g: Graph }) {
	const w = t().ind.page;
	const by = new Map(g.nodes.map((n) => [n.id, n]));
	const linked = (n: Node) => g.edges.filter((e) => e.from === n.id || e.to === n.id).map((e) => w.via(relationWord(e.relation), nameIn(by.get(e.from === n.id ? e.to : e.from)!)));
	return (
		<details class="twin">
			<summary>{t().plot.twin}</summary>
			<div class="scroll" role="group" tabIndex={0} aria-label={w.graph}>
				<table class="plain">
					<thead><tr><th scope="col">{w.type}</th><th scope="col">{w.name}</th><th scope="col">{w.team}</th><th scope="col">TLP</th><th scope="col">{w.relation}</th></tr></thead>
					<tbody>
						{g.nodes.map((n) => (
							<tr key={n.id}>
								<td>{typeIn(n)}</td>
								<th scope="row"><a href={hrefIn(n)}>{nameIn(n)}</a></th>
								<td>{nameOf(n.team)}</td>
								<td><Tlp label={n.tlp} /></td>
								<td>{[...(n.ring === 1 ? [w.holds] : []), ...linked(n)].slice(0, 5).join("、")}</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
		</details>
	);
}

export function GraphPart({ asked }: { asked: Asked }) {
	const w = t().ind.page;
	const depth = params.value.get("depth") === "2" ? "2" : "1";
	const load = useLoad<Graph>(`graph ${asked.kind} ${asked.value} ${depth}`, (signal) => readGraph(asked, depth, signal));
	const g = load.data;
	const ring = (n: number) => g?.nodes.filter((x) => x.ring === n).length ?? 0;

	return (
		<section class="part plot" aria-labelledby="value-graph">
			<h2 id="value-graph">{w.graph}</h2>
			<ProblemBox problem={load.error} retry={load.reload} />
			{!g && !load.error && <Loading />}
			{g && !g.nodes.length && <p class="hint">{w.alone}</p>}
			{g && g.nodes.length > 0 && (
				<>
					<p class="hint">{w.graphHint} {ring(1) < g.count && w.graphShown(ring(1), number(g.count))} {depth === "2" && ring(2) < g.further && w.furtherShown(ring(2), number(g.further))}</p>
					<Drawing g={g} />
					<div class="row">
						<Twin g={g} />
						{depth === "1" && g.further > 0 && <button type="button" onClick={() => setParams({ depth: "2" })}>{w.further(number(g.further))}</button>}
						{depth === "2" && <button type="button" onClick={() => setParams({ depth: null })}>{w.back}</button>}
					</div>
				</>
			)}
		</section>
	);
}
