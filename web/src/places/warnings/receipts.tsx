// SPDX-License-Identifier: Apache-2.0
/* receipts: what the issuer of a warning can prove of each recipient, each proof to save for `hikeshi receipt
 * verify`, and by node who has not confirmed. */
import { get } from "../../core/api";
import { t } from "../../i18n";
import type { Body, Rec } from "../../core/types";
import { ProblemBox, When } from "../../ui/basics";
import { useLoad } from "../../core/load";
import { teamWord } from "./warntext";

type Kind = "received" | "answered" | "withdrawal-applied";
interface Proof {
	team: string;
	kind: Kind;
	at: string;
	seq?: number; /* of this node's journal, for a team that works here */
	receipt?: Body;
}
interface Missing {
	team: string;
	kind: Kind;
	since: string;
}
interface Standing {
	team: string;
	received: boolean;
	answered: boolean;
	withdrawal_applied?: boolean;
}
interface Branch {
	peer: string | null;
	name: string | null;
	here: boolean;
	teams: Standing[];
}
interface Report {
	items: Proof[];
	missing: Missing[];
	tree: Branch[];
}

const CHANGES = /receipt|withdrawal|^(assessments|deliveries|warnings)\./;
const nodeWord = (b: Branch) => (b.here ? t().rcpt.here : b.name || t().rcpt.unreached);

function save(name: string, object: unknown) {
	const url = URL.createObjectURL(new Blob([JSON.stringify(object)], { type: "application/json" }));
	const a = document.createElement("a");

	a.href = url;
	a.download = `${name.replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/* What a team that has not applied the withdrawal has not received is that withdrawal: said once. */
function lacksOf(report: Report): Map<string, Missing[]> {
	const lacks = new Map<string, Missing[]>();
	const withdrawal = new Set(report.missing.filter((m) => m.kind === "withdrawal-applied").map((m) => m.team));

	for (const m of report.missing) if (m.kind !== "received" || !withdrawal.has(m.team)) lacks.set(m.team, [...(lacks.get(m.team) ?? []), m]);
	return lacks;
}

function Since({ at }: { at: string }) {
	const [before, after] = t().rcpt.since.split("{at}");
	return <>{before}<When at={at} />{after}</>;
}

/* Node by node, only those of whom something is still open. */
function Open({ report }: { report: Report }) {
	const lacks = lacksOf(report);
	return (
		<>
			<h3>{t().rcpt.open}</h3>
			<ul class="plain lacking">
				{report.tree.map((b) => {
					const teams = b.teams.filter((x) => lacks.has(x.team));
					return teams.length > 0 && (
						<li key={b.peer ?? nodeWord(b)} data-node={b.name ?? ""}>
							<span class="strong"><bdi>{nodeWord(b)}</bdi></span> <span class="hint">{t().rcpt.ofNode(teams.length, b.teams.length)}</span>
							<ul>
								{teams.map((x) => (
									<li key={x.team}>
										<bdi>{teamWord(x)}</bdi>
										{lacks.get(x.team)!.map((m) => <span key={m.kind} class="lack"> {t().rcpt.lacks[m.kind]} <span class="hint"><Since at={m.since} /></span></span>)}
									</li>
								))}
							</ul>
						</li>
					);
				})}
			</ul>
		</>
	);
}

function Cell({ kind, proof, given, withdrawn, name, number }: { kind: Kind; proof: Proof | undefined; given: boolean; withdrawn: boolean; name: string; number: string }) {
	const word = t().rcpt.kinds[kind];
	const none = kind === "answered" ? t().warn.unanswered : t().rcpt.none;
	return (
		<td data-kind={word}>
			{proof ? <><span aria-hidden="true">✓</span> <When at={proof.at} />{kind === "received" && !given && !withdrawn && <span class="hint"> ({t().rcpt.earlier})</span>}</> : given ? <><span aria-hidden="true">✓</span> {t().rcpt.done}</> : <span class="hint">{none}</span>}
			{proof?.receipt && <> <button type="button" class="quiet" aria-label={t().rcpt.saveOf(name, word)} onClick={() => save(`receipt ${number} ${name} ${kind}`, proof.receipt)}>{t().rcpt.save}</button></>}
			{proof?.seq !== undefined && <span class="hint"> {t().rcpt.entry(proof.seq)}</span>}
		</td>
	);
}

function Proofs({ report, rec, kinds }: { report: Report; rec: Rec; kinds: Kind[] }) {
	const number = rec.number ?? rec.id;
	const of = (team: string, kind: Kind) => report.items.find((i) => i.team === team && i.kind === kind);
	const given = (x: Standing, kind: Kind) => (kind === "received" ? x.received : kind === "answered" ? x.answered : x.withdrawal_applied === true);
	return (
		<div class="scroll" role="group" tabIndex={0} aria-label={t().rcpt.title}>
			<table class="grid proofs">
				<thead><tr><th scope="col">{t().list.team}</th>{kinds.map((k) => <th key={k} scope="col">{t().rcpt.kinds[k]}</th>)}</tr></thead>
				<tbody>
					{report.tree.flatMap((b) => b.teams.map((x) => {
						const name = teamWord(x);
						return (
							<tr key={x.team} data-of={name}>
								<th scope="row"><bdi>{name}</bdi>{!b.here && b.name !== name && <span class="hint"> {b.name ? t().rcpt.via(b.name) : nodeWord(b)}</span>}</th>
								{kinds.map((k) => <Cell key={k} kind={k} proof={of(x.team, k)} given={given(x, k)} withdrawn={kinds.length > 2} name={name} number={number} />)}
							</tr>
						);
					}))}
				</tbody>
			</table>
		</div>
	);
}

export function Receipts({ rec }: { rec: Rec }) {
	const path = `/warnings/${rec.id}/receipts`;
	const load = useLoad<Report>(path, (signal) => get(path, undefined, signal), (e) => e.data.id === rec.id || CHANGES.test(e.name));
	const report = load.data;

	if (!report) return load.error ? <ProblemBox problem={load.error} retry={load.reload} /> : null;
	if (!report.items.length && !report.missing.length) return null;
	const teams = report.tree.flatMap((b) => b.teams);
	const withdrawn = teams.some((x) => x.withdrawal_applied !== undefined);
	const kinds: Kind[] = withdrawn ? ["received", "answered", "withdrawal-applied"] : ["received", "answered"];
	const proofs = report.items.flatMap((i) => i.receipt ?? []);
	return (
		<section class="part" aria-labelledby="receipts">
			<h2 id="receipts">{t().rcpt.title}</h2>
			<p role="status" class="strong">
				{withdrawn && rec.state === "withdrawn" ? t().rcpt.sumWithdrawn(teams.filter((x) => x.withdrawal_applied).length, teams.length) : t().rcpt.sum(teams.filter((x) => x.received).length, teams.length)}
			</p>
			{report.missing.length > 0 && <Open report={report} />}
			<details open={report.tree.some((b) => !b.here)}>
				<summary>{t().rcpt.proofs}</summary>
				<Proofs report={report} rec={rec} kinds={kinds} />
				{proofs.length > 0 && <p class="hint">{t().rcpt.how} <code>hikeshi receipt verify</code></p>}
				{proofs.length > 1 && <p><button type="button" onClick={() => save(`receipts ${rec.number ?? rec.id}`, { type: "bundle", id: `bundle--${crypto.randomUUID()}`, objects: proofs })}>{t().rcpt.saveAll}</button></p>}
			</details>
		</section>
	);
}
