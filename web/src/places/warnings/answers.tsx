// SPDX-License-Identifier: Apache-2.0
/* answers: a team's answer to a warning. Three buttons (keys 1 2 3) answer at once; the rest has a form. */
import { useEffect, useState } from "preact/hooks";
import { get, post } from "../../core/api";
import { listValues, may, upper, word } from "../../core/catalog";
import { say, t } from "../../i18n";
import type { Answer, AnswerCounts, Body, WarningRec } from "../../core/types";
import { Act, Field, ProblemBox, When, notice } from "../../ui/basics";
import { onKey } from "../../core/keys";
import { about, useLoad } from "../../core/load";
import { given, remember, takeBack } from "./takeback";

export const QUICK = ["acknowledged", "affected", "not_affected"] as const;

export function answerOf(w: WarningRec): Answer | null {
	const a = w.answer as Answer | null | undefined;
	return a && typeof a === "object" && a.state && a.state !== "no_answer" ? a : null;
}
export function concernCount(w: WarningRec): number {
	const c = w.concerns as unknown;
	return typeof c === "number" ? c : Array.isArray(c) ? c.length : 0;
}
export function answerWord(state: string): string {
	const w = word("assessment_state", state);
	return w && w !== state ? w : (t().warn.states[state] ?? state);
}
const MARK: Record<string, string> = { affected: "▲", compromised: "▲", not_affected: "○", acknowledged: "◐", assessing: "◐", mitigating: "◐", done: "✓", accepted: "✓" };
/* plain: without the mark, where another stands. */
export function AnswerState({ state, outdated, plain }: { state: string | null | undefined; outdated?: boolean; plain?: boolean }) {
	const s = state && state !== "no_answer" ? state : "no_answer";
	return (
		<span class={`answer answer-${s}`}>
			{!plain && <span aria-hidden="true">{MARK[s] ?? "–"} </span>}{answerWord(s)}
			{outdated && <span class="hint"> ({t().warn.outdatedShort})</span>}
		</span>
	);
}

/* Sent; for five minutes there is a way back. onDone: read anew, also after that. */
export async function sendAnswer(id: string, body: Body, onDone: () => void) {
	const { undo } = await post<{ undo?: string | null }>(`/warnings/${encodeURIComponent(id)}/assessments`, body);

	if (undo) remember(id, undo);
	notice(t().warn.answered, undo ? () => takeBack(id, undo).finally(onDone) : undefined);
	onDone();
}
/* While it can be taken back: the button, also by Z when no notice is nearer. */
function TakeBack({ id, onDone }: { id: string; onDone: () => void }) {
	const mine = given.value[id];

	if (!mine) return null;
	const run = async () => {
		notice((await takeBack(id, mine.undo).finally(onDone)) || t().undone);
	};
	return <p class="row takeback"><Act run={run} data-undo>{t().warn.takeBack}</Act> <span class="hint">{t().warn.takeBackUntil} <When at={new Date(mine.until).toISOString()} /></span></p>;
}

/* keys: whether 1 2 3 answer this one (the page of one warning). */
export const mayAnswer = () => may("create:assessments");
export function QuickAnswers({ id, answer, keys, hints, onDone }: { id: string; answer: Answer | null; keys?: boolean; hints?: boolean; onDone: () => void }) {
	const [problem, setProblem] = useState<unknown>(null);
	const allowed = mayAnswer();
	const give = async (state: string) => {
		setProblem(null);
		try {
			await sendAnswer(id, { state }, onDone);
		} catch (e) {
			setProblem(e);
		}
	};

	useEffect(() => {
		if (!keys || !allowed) return;
		return onKey((k) => {
			const state = QUICK[Number(k) - 1];
			if (!state) return false;
			void give(state);
			return true;
		});
	}, [id, keys, allowed]);
	if (!allowed) return null;
	return (
		<>
			<div class="quick" role="group" aria-label={t().warn.answer}>
				{QUICK.map((s, i) => (
					<button type="button" key={s} aria-pressed={answer?.state === s && !answer.outdated} onClick={() => void give(s)} data-answer={s}>
						{answerWord(s)}
						{(keys || hints) && <kbd aria-hidden="true">{i + 1}</kbd>}
					</button>
				))}
			</div>
			<ProblemBox problem={problem} />
		</>
	);
}

/* asked: whether the issuer asked this team; the public may read without being asked. */
export function AnswerPanel({ id, answer, asked, onDone }: { id: string; answer: Answer | null; asked: boolean; onDone: () => void }) {
	const [state, setState] = useState<string>(answer?.state ?? "assessing");
	const [count, setCount] = useState("");
	const [comment, setComment] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const totals = useLoad<{ counts?: AnswerCounts }>(`/warnings/${id}/assessments own`, () => get(`/warnings/${id}/assessments`), about(id));
	const counts = totals.data?.counts;
	const few = (n: number | null) => (n === null ? t().warn.few : String(n));
	const states = listValues("list:assessment_state").map((v) => ({ value: v.value, text: upper(say(v.label)) })).filter((v) => v.value !== "no_answer");
	const all = states.length ? states : Object.entries(t().warn.states).filter(([k]) => k !== "no_answer").map(([value, text]) => ({ value, text }));
	const send = async () => {
		setProblem(null);
		try {
			const body: Body = { state };
			if (count !== "") body.count = Number(count);
			if (comment.trim()) body.comment = comment.trim();
			await sendAnswer(id, body, onDone);
			setComment("");
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section class="part answerbox" aria-labelledby="answer">
			<h2 id="answer">{t().warn.answer}</h2>
			<p>
				{answer ? <>{t().warn.yourAnswer(answerWord(answer.state))} {answer.at && <span class="hint"><When at={answer.at} /></span>}</> : asked ? t().warn.noAnswerYet : t().warn.notAsked}
			</p>
			<TakeBack id={id} onDone={onDone} />
			{counts && counts.recipients !== null && <p class="hint">{t().warn.total(few(counts.answered), counts.recipients, few(counts.affected))}</p>}
			{answer?.outdated && <p class="fault" role="status">{t().warn.outdated}</p>}
			<QuickAnswers id={id} answer={answer} keys onDone={onDone} />
			{(answer?.state === "affected" || answer?.state === "compromised") && may("create:incidents") && (
				<p><a class="button" href={`/incidents/new?warning=${id}`}>{t().warn.openIncident}</a></p>
			)}
			{!mayAnswer() && <p class="hint">{t().warn.notYours}</p>}
			{mayAnswer() && <details>
				<summary>{t().warn.answerMore}</summary>
				<form onSubmit={(e) => { e.preventDefault(); void send(); }}>
					<Field id="ans-state" label={t().warn.answer}>
						<select id="ans-state" value={state} onChange={(e) => setState(e.currentTarget.value)}>
							{all.map((o) => <option key={o.value} value={o.value}>{o.text}</option>)}
						</select>
					</Field>
					<Field id="ans-count" label={t().warn.count}><input id="ans-count" type="number" min={0} value={count} onInput={(e) => setCount(e.currentTarget.value)} /></Field>
					<Field id="ans-comment" label={t().warn.comment}><textarea id="ans-comment" rows={3} value={comment} onInput={(e) => setComment(e.currentTarget.value)} /></Field>
					<ProblemBox problem={problem} />
					<p class="row"><Act kind="primary" run={send}>{t().warn.send}</Act></p>
				</form>
			</details>}
		</section>
	);
}
