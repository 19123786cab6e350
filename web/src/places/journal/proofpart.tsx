// SPDX-License-Identifier: Apache-2.0
/* proofpart: the proof of one entry: fetched, checked in this browser, said as a sentence, saved as a file; and the
 * checkpoint that the reader keeps, from which the next proof must go on. */
import { useState } from "preact/hooks";
import { Problem } from "../../core/api";
import { STEPS, canVerify, noteOf, verifyProof, type Proof, type Verdict } from "../../core/proof";
import { t } from "../../i18n";
import { Act, ProblemBox, When } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { keep, kept, readProof, saveText, type Entry } from "./store";

interface Proved {
	proof: Proof;
	verdict: Verdict | null;
	other: boolean; /* what was kept is of another epoch */
}

function Steps({ v }: { v: Verdict }) {
	const rows = STEPS.filter((s) => v.done.includes(s) || v.failed === s || v.unchecked.includes(s));
	return (
		<ul class="plain prooflist">
			{rows.map((s) => {
				const good = v.done.includes(s);
				return <li key={s} class={good ? "good" : v.failed === s ? "wrong" : undefined}>{good ? <Icon name="check" /> : v.failed === s ? <Icon name="close" /> : <span aria-hidden="true">–</span>} <span>{t().jour.steps[s]}</span></li>;
			})}
		</ul>
	);
}

function Result({ e, p }: { e: Entry; p: Proved }) {
	const v = p.verdict;
	if (!v) return <p class="note-box">{t().jour.noCrypto}</p>;
	const groups = v.root.match(/.{4}/g)?.join(" ");
	return (
		<>
			{v.failed ? (
				<div class="problem" role="alert"><p class="strong">{t().jour.fails}</p><p>{t().jour.failsWhy}</p></div>
			) : (
				<p class="proved" role="status"><Icon name="check" /> <span>{t().jour.holds(e.seq, v.size)} {v.done.includes("kept") && t().jour.holdsKept}</span></p>
			)}
			<Steps v={v} />
			{v.unchecked.length > 0 && <p class="note-box">{t().jour.noEd25519}</p>}
			{p.other && <p class="hint">{t().jour.otherEpoch}</p>}
			{groups && <p class="hint">{t().jour.root}: <span class="mono">{groups}</span><br />{t().jour.rootWhy}</p>}
		</>
	);
}

function Save({ e, proof }: { e: Entry; proof: Proof }) {
	const [open, setOpen] = useState(false);
	const [problem, setProblem] = useState<unknown>(null);
	const save = async () => {
		setProblem(null);
		try {
			const said = open ? await readProof(e, true, kept.value && noteOf(proof.checkpoint).origin === kept.value.origin ? kept.value.size : null) : proof;
			saveText(`journal-${e.seq}.json`, `${JSON.stringify(said)}\n`);
		} catch (x) {
			setProblem(x);
		}
	};
	return (
		<>
			{e.opens && <p><label><input type="checkbox" checked={open} onChange={(x) => setOpen(x.currentTarget.checked)} /> {t().jour.saveOpen}</label></p>}
			<ProblemBox problem={problem} />
			<p class="row"><Act run={save}><Icon name="file" /> {t().jour.save}</Act></p>
			<p class="hint">{t().jour.how} <code>hikeshi journal verify journal-{e.seq}.json</code></p>
		</>
	);
}

function Checkpoint({ note }: { note: string }) {
	const k = kept.value;
	const now = noteOf(note);
	const same = k?.note === note;
	return (
		<section aria-labelledby="checkpoint">
			<h3 id="checkpoint">{t().jour.checkpoint}</h3>
			<p class="hint">{t().jour.checkpointWhy}</p>
			{k && <p role="status">{t().jour.kept(k.size)} <span class="hint"><When at={k.at} /></span></p>}
			<p class="row">
				{!same && <button type="button" onClick={() => keep(note)}>{t().jour.keep}</button>}
				<button type="button" onClick={() => saveText(`checkpoint-${now.size}.txt`, note, "text/plain")}><Icon name="file" /> {t().jour.keptFile}</button>
				{k && <button type="button" class="quiet" onClick={() => keep(null)}>{t().jour.forget}</button>}
			</p>
		</section>
	);
}

export function ProofPart({ e }: { e: Entry }) {
	const [got, setGot] = useState<Proved | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const [shrunk, setShrunk] = useState(false);
	const prove = async () => {
		const k = kept.value;
		const mine = k && k.origin.endsWith(`/${e.epoch}`) ? k : null;
		setProblem(null);
		setShrunk(false);
		try {
			const proof = await readProof(e, false, mine?.size ?? null);
			setGot({ proof, verdict: canVerify() ? await verifyProof(proof, mine?.note ?? null) : null, other: !!k && !mine });
		} catch (x) {
			setShrunk(x instanceof Problem && x.code === "shrunk");
			setProblem(x);
		}
	};
	return (
		<section class="part" aria-labelledby="proof">
			<h2 id="proof">{t().jour.proof}</h2>
			<p class="narrow">{t().jour.proofWhy}</p>
			{shrunk ? <div class="problem" role="alert"><p class="strong">{t().jour.shrunk}</p></div> : <ProblemBox problem={problem} />}
			{got && <Result e={e} p={got} />}
			<p class="row"><Act kind={got ? undefined : "primary"} run={prove}>{got ? t().jour.again : t().jour.prove}</Act></p>
			{got && <Save e={e} proof={got.proof} />}
			{got && <Checkpoint note={got.proof.checkpoint} />}
		</section>
	);
}
