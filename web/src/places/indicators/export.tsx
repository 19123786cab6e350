// SPDX-License-Identifier: Apache-2.0
/* export: what one may see as a file, in every format the program writes, with what was lost said. The filter is the
 * address. */
import { useState } from "preact/hooks";
import { directory, listValues, nameOf } from "../../core/catalog";
import { params, setParams } from "../../core/router";
import { fromLocalInput, number, toLocalInput, zoneName } from "../../core/time";
import { told, toldIn } from "../../core/told";
import { t } from "../../i18n";
import { Act, Field, ProblemBox } from "../../ui/basics";
import { exportOf, type Exported } from "./store";

export const FORMATS = ["stix", "misp", "misp-feed", "csv", "suricata", "snort", "zeek", "rpz", "nft", "sigma-values"];
const ENDING: Record<string, string> = { stix: "json", misp: "json", "misp-feed": "json", csv: "csv", suricata: "rules", snort: "rules", zeek: "dat", rpz: "zone", nft: "nft", "sigma-values": "txt" };
const fileName = (format: string, type: string) => `${type === "indicator" ? "indicators" : "hikeshi"}${ENDING[format] === format ? "" : `-${format}`}.${ENDING[format]}`;
/* as somebody would type it */
const quoted = (s: string) => (/^[\w.:+-]+$/.test(s) ? s : `'${s.replaceAll("'", "'\\''")}'`);

function filterOf(): Record<string, string> {
	const q = params.value;
	const type = q.get("type") ?? "indicator"; /* "*": everything */
	const out: Record<string, string> = { format: FORMATS.find((f) => f === q.get("format")) ?? "stix", type: type === "*" ? "" : type };
	for (const k of ["tlp", "circle", "since", "q"]) if (q.get(k)) out[k] = q.get(k)!;
	return out;
}
const command = (f: Record<string, string>) =>
	["hikeshi export", `--format ${f.format}`, ...(f.type ? [`--type ${quoted(f.type.replaceAll(",", " "))}`] : []), ...(["circle", "tlp", "since"] as const).filter((k) => f[k]).map((k) => `--${k} ${quoted(f[k]!)}`), ...(f.q ? [quoted(f.q)] : [])].join(" ");

export function ExportPart() {
	const w = t().ind.out;
	const f = filterOf();
	const [done, setDone] = useState<{ key: string; got: Exported } | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const key = JSON.stringify(f);
	const got = done?.key === key ? done.got : null;
	const run = async () => {
		setProblem(null);
		try {
			const x = await exportOf(f);
			const a = document.createElement("a");
			a.href = URL.createObjectURL(x.blob);
			a.download = fileName(f.format!, f.type!);
			a.click();
			setTimeout(() => URL.revokeObjectURL(a.href), 60000);
			setDone({ key, got: x });
		} catch (e) {
			setProblem(e);
		}
	};
	const set = (name: string) => (e: Event) => setParams({ [name]: (e.currentTarget as HTMLInputElement).value || null });
	return (
		<>
			<p>{w.lead}</p>
			<form class="part narrow" onSubmit={(e) => { e.preventDefault(); void run(); }}>
				<fieldset class="formats">
					<legend>{w.format}</legend>
					{FORMATS.map((x) => (
						<label key={x}><input type="radio" name="format" checked={f.format === x} onChange={() => setParams({ format: x })} /> <span><span class="mono" lang="en">{x}</span> <span class="hint">{w.about[x]}</span></span></label>
					))}
				</fieldset>
				<div class="pair">
					<Field id="out-what" label={w.what}>
						<select id="out-what" value={f.type} onChange={(e) => setParams({ type: e.currentTarget.value || "*" })}>
							{Object.entries(w.kinds).map(([k, text]) => <option key={k} value={k}>{text}</option>)}
						</select>
					</Field>
					<Field id="out-tlp" label={w.tlp} hint={w.tlpHint}>
						<select id="out-tlp" value={f.tlp ?? ""} onChange={set("tlp")}><option value="">{w.anyTlp}</option>{listValues("list:tlp").map((v) => <option key={v.value} value={v.value}>{v.value}</option>)}</select>
					</Field>
					<Field id="out-circle" label={w.circle}>
						<select id="out-circle" value={f.circle ?? ""} onChange={set("circle")}><option value="">{w.anyCircle}</option>{directory.value.circles.map((c) => <option key={c.id} value={c.id}>{nameOf(c.id)}</option>)}</select>
					</Field>
					<Field id="out-since" label={`${w.since} (${zoneName()})`}>
						<input id="out-since" type="datetime-local" value={toLocalInput(f.since)} onChange={(e) => setParams({ since: fromLocalInput(e.currentTarget.value) ?? null })} />
					</Field>
				</div>
				<Field id="out-q" label={w.words} hint={w.wordsHint}><input id="out-q" type="search" value={f.q ?? ""} onChange={set("q")} /></Field>
				<p class="hint">{w.red}</p>
				<p class="row"><Act kind="primary" run={run}>{w.go}</Act></p>
				<p role="status">{got && (got.objects ? w.done(number(got.objects)) : w.nothing)}</p>
			</form>
			<ProblemBox problem={problem} />
			{got && got.losses.length > 0 && (
				<div class="scroll" role="group" tabIndex={0} aria-label={w.losses}>
					<table class="plain"><caption>{w.losses}</caption><thead><tr><th scope="col">{t().imp.what}</th><th scope="col" class="num">{t().imp.countCol}</th></tr></thead><tbody>{got.losses.map((l) => <tr key={l.what}><td lang={toldIn(l.what)}>{told(l.what)}</td><td class="num">{number(l.count)}</td></tr>)}</tbody></table>
				</div>
			)}
			{got && got.objects > 0 && !got.losses.length && <p class="hint">{w.noLosses}</p>}
			<details><summary>{w.command}</summary><p><code>{command(f)}</code></p></details>
		</>
	);
}
