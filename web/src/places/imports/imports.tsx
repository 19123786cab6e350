// SPDX-License-Identifier: Apache-2.0
/* imports: a file or text goes in; a page for each import says how far it is, then what was read, what was refused and why,
 * what was lost. It stays readable for a week, also after a reload. */
import { useEffect, useState } from "preact/hooks";
import { Problem, get, postForm, withQuery } from "../../core/api";
import { directory, listValues, nameOf, upper } from "../../core/catalog";
import { csv } from "../../core/csv";
import { useDraft } from "../../core/drafts";
import { useLoad } from "../../core/load";
import { go } from "../../core/router";
import { bytes, number } from "../../core/time";
import { told, toldIn } from "../../core/told";
import type { ImportResult, Job, JobBrief, Page } from "../../core/types";
import { lang, say, t } from "../../i18n";
import { Act, Field, FileButton, Loading, ProblemBox, When } from "../../ui/basics";
import { Icon } from "../../ui/icons";

const ENDED = new Set(["done", "failed"]);

function Csv({ name, rows }: { name: string; rows: (string | number | null)[][] }) {
	const save = () => {
		const a = document.createElement("a");
		a.href = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv;charset=utf-8" }));
		a.download = name;
		a.click();
		setTimeout(() => URL.revokeObjectURL(a.href), 1000);
	};
	return <p class="row"><button type="button" onClick={save}>CSV</button></p>;
}

export function ImportReport({ result }: { result: ImportResult }) {
	const w = t().imp;
	const o = result.objects;
	const counts: [string, number][] = [[w.read, o.read], [w.new, o.new], [w.updated, o.updated], [w.unchanged, o.unchanged], [w.rejected, o.rejected]];
	const rejected = result.rejected ?? [];
	const losses = result.losses ?? [];
	const where = (r: (typeof rejected)[number]) => [r.file, r.path, r.position].filter((x) => x !== undefined && x !== "").join(" : ");
	return (
		<>
			<section class="part" aria-labelledby="import-result">
				<h2 id="import-result">{w.counts}</h2>
				<dl class="counts">{counts.map(([k, n]) => <div key={k}><dt>{k}</dt><dd class="num">{number(n)}</dd></div>)}</dl>
			</section>
			<section class="part" aria-labelledby="import-rejects">
				<h2 id="import-rejects">{w.rejects}</h2>
				{!rejected.length && <p class="hint">{w.noRejects}</p>}
				{rejected.length > 0 && (
					<>
						<p class="hint">{w.rejectHint}</p>
						<div class="scroll" role="group" tabIndex={0} aria-label={w.rejects}>
							<table class="plain">
								<thead><tr><th scope="col">{w.where}</th><th scope="col">{w.reason}</th></tr></thead>
								<tbody>{rejected.map((r, i) => <tr key={i}><td class="mono">{where(r)}</td><td lang={toldIn(r.reason)}>{told(r.reason)}</td></tr>)}</tbody>
							</table>
						</div>
						{(result.rejected_unlisted ?? 0) > 0 && <p class="hint">{w.unlisted(number(result.rejected_unlisted!))}</p>}
						<Csv name="rejected.csv" rows={[[w.where, w.reason], ...rejected.map((r) => [where(r), told(r.reason)])]} />
					</>
				)}
			</section>
			<section class="part" aria-labelledby="import-losses">
				<h2 id="import-losses">{w.losses}</h2>
				{!losses.length && <p class="hint">{w.noLosses}</p>}
				{losses.length > 0 && (
					<>
						<p class="hint">{w.lossHint}</p>
						<div class="scroll" role="group" tabIndex={0} aria-label={w.losses}>
							<table class="plain">
								<thead><tr><th scope="col">{w.format}</th><th scope="col">{w.what}</th><th scope="col" class="num">{w.countCol}</th></tr></thead>
								<tbody>{losses.map((l, i) => <tr key={i}><td>{l.format}</td><td lang={toldIn(l.what)}>{told(l.what)}</td><td class="num">{number(l.count)}</td></tr>)}</tbody>
							</table>
						</div>
						<Csv name="losses.csv" rows={[[w.format, w.what, w.countCol], ...losses.map((l) => [l.format, told(l.what), l.count])]} />
					</>
				)}
			</section>
		</>
	);
}

/* One import, read again until it has ended. */
function useJob(id: string) {
	const [job, setJob] = useState<Job | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const [again, setAgain] = useState(0);

	useEffect(() => {
		let here = true;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const look = async (pause: number) => {
			try {
				const now = await get<Job>(`/jobs/${encodeURIComponent(id)}`);
				if (!here) return;
				setJob(now);
				setProblem(null);
				if (!ENDED.has(now.state)) timer = setTimeout(() => void look(Math.min(pause * 1.4, 2000)), pause);
			} catch (e) {
				if (here) setProblem(e);
			}
		};
		void look(200);
		return () => {
			here = false;
			clearTimeout(timer);
		};
	}, [id, again]);
	return { job, problem, retry: () => setAgain((n) => n + 1) };
}

function Progress({ job }: { job: Job }) {
	const w = t().imp;
	const p = job.progress;
	const text = job.state === "waiting" ? w.waiting : w.running;
	return (
		<div class="part">
			<p><progress max={p?.total || 1} value={p ? p.bytes : undefined} aria-label={text} /></p>
			<p role="status">{text} {p && w.progress(number(p.objects), bytes(p.bytes), bytes(p.total))}</p>
			<p class="hint">{w.mineHint}</p>
		</div>
	);
}

function JobScreen({ id }: { id: string }) {
	const w = t().imp;
	const { job, problem, retry } = useJob(id);
	const failed = job?.state === "failed";
	const gone = problem instanceof Problem && problem.status === 404;

	useEffect(() => {
		document.title = `${w.result} — hikeshi`;
	}, [lang.value]);
	return (
		<>
			<p class="crumb"><a href="/imports" data-back><Icon name="back" /> {w.title}</a></p>
			<h1>{job && ENDED.has(job.state) ? w.result : w.title}</h1>
			{job && <p class="hint">{job.name && <><bdi class="mono">{job.name}</bdi> · </>}<When at={job.created} /></p>}
			{gone ? <p class="note-box">{w.gone}</p> : <ProblemBox problem={problem} retry={retry} />}
			{!job && !problem && <Loading />}
			{job && !ENDED.has(job.state) && <Progress job={job} />}
			{failed && <div class="problem" role="alert"><p class="strong">{w.failed}</p><p>{(lang.value === "ja" && job.result?.error_ja) || told(job.result?.error ?? "")}</p></div>}
			{job?.state === "done" && job.result?.objects && <ImportReport result={job.result} />}
			{job ? ENDED.has(job.state) && <p class="row"><a class="button" href="/indicators">{w.to}</a><a class="button" href="/imports">{w.again}</a></p> : gone && <p class="row"><a class="button" href="/imports">{w.again}</a></p>}
		</>
	);
}

/* One's own of the last week; looked at again while one of them runs. */
function Mine() {
	const w = t().imp;
	const jobs = useLoad<Page<JobBrief>>("jobs import", (signal) => get("/jobs", { kind: "import", limit: 20 }, signal));
	const items = jobs.data?.items ?? [];
	const busy = items.some((j) => !ENDED.has(j.state));

	useEffect(() => {
		if (!busy) return;
		const timer = setTimeout(() => void jobs.reload(), 1500);
		return () => clearTimeout(timer);
	}, [busy, jobs.data]);
	return (
		<section class="part" aria-labelledby="import-mine">
			<h2 id="import-mine">{w.mine}</h2>
			<ProblemBox problem={jobs.error} retry={jobs.reload} />
			{jobs.data && !items.length && <p class="hint">{w.none}</p>}
			{items.length > 0 && (
				<>
					<p class="hint">{w.mineHint}</p>
					<div class="scroll" role="group" tabIndex={0} aria-label={w.mine}>
						<table class="grid list">
							<thead><tr><th scope="col" class="main">{w.name}</th><th scope="col">{w.state}</th><th scope="col" class="num">{w.new}</th><th scope="col" class="num">{w.updated}</th><th scope="col" class="num">{w.rejected}</th><th scope="col">{w.at}</th></tr></thead>
							<tbody>
								{items.map((j) => (
									<tr key={j.id} data-row>
										<td class="main"><a href={`/imports/${j.id}`}>{j.name || j.id.slice(0, 8)}</a></td>
										<td>{w.states[j.state] ?? j.state}</td>
										<td class="num said" data-label={w.new}>{j.objects && number(j.objects.new)}</td>
										<td class="num said" data-label={w.updated}>{j.objects && number(j.objects.updated)}</td>
										<td class="num said" data-label={w.rejected}>{j.objects && number(j.objects.rejected)}</td>
										<td class="hint"><When at={j.created} rel /></td>
									</tr>
								))}
							</tbody>
						</table>
					</div>
				</>
			)}
		</section>
	);
}

function ImportForm() {
	const w = t().imp;
	const [file, setFile] = useState<File | null>(null);
	const [text, setText, sent] = useDraft("import");
	const [tlp, setTlp] = useState("");
	const [circle, setCircle] = useState("");
	const [format, setFormat] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);
	const run = async () => {
		const body = file ?? (text.trim() ? new File([text], "pasted.txt", { type: "text/plain" }) : null);
		if (!body || busy) return;
		setProblem(null);
		setBusy(true);
		const form = new FormData();
		form.append("file", body, body.name);
		try {
			const { job } = await postForm<{ job: string }>(withQuery("/import", { tlp, circle, format }), form);
			if (!file) sent(text);
			go(`/imports/${job}`);
		} catch (e) {
			setProblem(e);
		} finally {
			setBusy(false);
		}
	};
	return (
		<form class="part narrow" onSubmit={(e) => { e.preventDefault(); void run(); }}
			onDragOver={(e) => e.preventDefault()} onDrop={(e) => { if (e.dataTransfer?.files[0]) { e.preventDefault(); setFile(e.dataTransfer.files[0]); } }}>
			<div class="field">
				<p class="label">{w.file}</p>
				<p class="row">
					<FileButton id="imp-file" label={w.pick} onFile={setFile} />
					{file ? <><bdi class="mono">{file.name}</bdi> <span class="hint">{bytes(file.size)}</span><button type="button" class="quiet" onClick={() => setFile(null)}>{t().remove}</button></> : <span class="hint keyhint">{w.drop}</span>}
				</p>
			</div>
			{!file && <Field id="imp-text" label={w.text}><textarea id="imp-text" rows={5} spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} /></Field>}
			<div class="pair low">
				<Field id="imp-tlp" label={w.tlp} hint={w.tlpHint}>
					<select id="imp-tlp" value={tlp} onChange={(e) => setTlp(e.currentTarget.value)}>
						<option value="">{t().choose}</option>
						{listValues("list:tlp").map((v) => <option key={v.value} value={v.value}>{v.value} {upper(say(v.label))}</option>)}
					</select>
				</Field>
				<Field id="imp-circle" label={w.circle}>
					<select id="imp-circle" value={circle} onChange={(e) => setCircle(e.currentTarget.value)}>
						<option value="">{w.onlyOwn}</option>
						{directory.value.circles.map((c) => <option key={c.id} value={c.id}>{nameOf(c.id)}</option>)}
					</select>
				</Field>
				<Field id="imp-format" label={w.format} hint={w.formatHint}>
					<select id="imp-format" value={format} onChange={(e) => setFormat(e.currentTarget.value)}>{Object.entries(w.formats).map(([k, x]) => <option key={k} value={k}>{x}</option>)}</select>
				</Field>
			</div>
			<p class="row"><Act kind="primary" run={run} disabled={busy || (!file && !text.trim())}>{w.go}</Act></p>
			<p role="status" class="hint">{busy ? w.running : ""}</p>
			<ProblemBox problem={problem} />
		</form>
	);
}

export function ImportScreen({ job }: { job?: string }) {
	useEffect(() => {
		if (!job) document.title = `${t().imp.title} — hikeshi`;
	}, [job, lang.value]);
	if (job) return <JobScreen key={job} id={job} />;
	return (
		<>
			<h1>{t().imp.title}</h1>
			<p>{t().imp.lead}</p>
			<ImportForm />
			<Mine />
		</>
	);
}
