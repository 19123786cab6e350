// SPDX-License-Identifier: Apache-2.0
/* imports: a file or text goes in; the result says what was read, what was refused and why, what was lost. */
import { useEffect, useState } from "preact/hooks";
import { get, postForm, withQuery } from "../../core/api";
import { directory, listValues, nameOf, upper } from "../../core/catalog";
import { lang, say, t } from "../../i18n";
import { number } from "../../core/time";
import type { ImportResult, Job } from "../../core/types";
import { Act, Field, FileButton, ProblemBox } from "../../ui/basics";

const DONE = new Set(["done", "succeeded", "finished", "completed"]);
const FAILED = new Set(["failed", "error", "cancelled"]);
const wait = (ms: number) => new Promise<void>((ok) => setTimeout(ok, ms));

async function follow(id: string, told: (j: Job) => void): Promise<Job> {
	for (let pause = 150; ; pause = Math.min(pause * 1.5, 2000)) {
		const job = await get<Job>(`/jobs/${encodeURIComponent(id)}`);
		told(job);
		if (DONE.has(job.state) || FAILED.has(job.state)) return job;
		await wait(pause);
	}
}

export function ImportReport({ result }: { result: ImportResult }) {
	const o = result.objects;
	const counts: [string, number][] = [
		[t().imp.read, o.read], [t().imp.new, o.new], [t().imp.updated, o.updated], [t().imp.unchanged, o.unchanged], [t().imp.rejected, o.rejected],
	];
	return (
		<section class="part" aria-labelledby="import-result">
			<h2 id="import-result">{t().imp.result}</h2>
			<dl class="counts">{counts.map(([w, n]) => <div key={w}><dt>{w}</dt><dd class="num">{number(n)}</dd></div>)}</dl>
			{(result.rejected?.length ?? 0) > 0 && (
				<div class="scroll" role="group" tabIndex={0} aria-label={t().imp.rejects}>
					<table class="plain">
						<caption>{t().imp.rejects}</caption>
						<thead><tr><th scope="col">{t().imp.where}</th><th scope="col">{t().imp.reason}</th></tr></thead>
						<tbody>{result.rejected!.map((r, i) => <tr key={i}><td class="mono">{[r.file, r.path, r.position].filter((x) => x !== undefined && x !== "").join(" : ")}</td><td>{r.reason}</td></tr>)}</tbody>
					</table>
				</div>
			)}
			{result.losses?.length ? (
				<div class="scroll" role="group" tabIndex={0} aria-label={t().imp.losses}>
					<table class="plain">
						<caption>{t().imp.losses}</caption>
						<thead><tr><th scope="col">{t().imp.where}</th><th scope="col">{t().imp.what}</th><th scope="col">{t().imp.countCol}</th></tr></thead>
						<tbody>{result.losses.map((l, i) => <tr key={i}><td>{l.format}</td><td>{l.what}</td><td class="num">{number(l.count)}</td></tr>)}</tbody>
					</table>
				</div>
			) : <p class="hint">{t().imp.noLosses}</p>}
		</section>
	);
}

export function ImportScreen() {
	const [file, setFile] = useState<File | null>(null);
	const [text, setText] = useState("");
	const [tlp, setTlp] = useState("");
	const [circle, setCircle] = useState("");
	const [job, setJob] = useState<Job | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);

	useEffect(() => {
		document.title = `${t().imp.title} — hikeshi`;
	}, [lang.value]);
	const run = async () => {
		const body = file ?? (text.trim() ? new File([text], "pasted.txt", { type: "text/plain" }) : null);
		if (!body) return;
		setProblem(null);
		setJob(null);
		setBusy(true);
		const form = new FormData();
		form.append("file", body, body.name);
		try {
			const { job: id } = await postForm<{ job: string }>(withQuery("/import", { tlp, circle }), form);
			setJob(await follow(id, setJob));
		} catch (e) {
			setProblem(e);
		} finally {
			setBusy(false);
		}
	};
	const failed = job && FAILED.has(job.state);
	return (
		<>
			<h1>{t().imp.title}</h1>
			<p>{t().imp.lead}</p>
			<form class="part narrow" onSubmit={(e) => { e.preventDefault(); void run(); }}>
				<div class="field">
					<p class="label">{t().imp.file}</p>
					<p class="row">
						<FileButton id="imp-file" label={t().imp.pick} onFile={setFile} />
						{file && <><bdi class="mono">{file.name}</bdi><button type="button" class="quiet" onClick={() => setFile(null)}>{t().remove}</button></>}
					</p>
				</div>
				<Field id="imp-text" label={t().imp.text}><textarea id="imp-text" rows={5} spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} /></Field>
				<div class="pair">
					<Field id="imp-tlp" label={t().imp.tlp}>
						<select id="imp-tlp" value={tlp} onChange={(e) => setTlp(e.currentTarget.value)}>
							<option value="">{t().choose}</option>
							{listValues("list:tlp").map((v) => <option key={v.value} value={v.value}>{v.value} {upper(say(v.label))}</option>)}
						</select>
					</Field>
					<Field id="imp-circle" label={t().imp.circle}>
						<select id="imp-circle" value={circle} onChange={(e) => setCircle(e.currentTarget.value)}>
							<option value="">{t().imp.onlyOwn}</option>
							{directory.value.circles.map((c) => <option key={c.id} value={c.id}>{nameOf(c.id)}</option>)}
						</select>
					</Field>
				</div>
				<p class="row"><Act kind="primary" run={run} disabled={busy || (!file && !text.trim())}>{t().imp.go}</Act></p>
				<p role="status" class="hint">{busy ? t().imp.running : ""}</p>
			</form>
			<ProblemBox problem={problem} />
			{failed && <div class="problem" role="alert"><p class="strong">{t().imp.failed}</p><p>{(lang.value === "ja" && job.result?.error_ja) || job.result?.error}</p></div>}
			{job?.result?.objects && <ImportReport result={job.result} />}
		</>
	);
}
