// SPDX-License-Identifier: Apache-2.0
/* reach: who has got a warning and how they stand, live, as tiles or as a table; the telephone list of those who are
 * silent, and the log of the calls. */
import { useState } from "preact/hooks";
import { get, list, post } from "../../core/api";
import { covers, directory, word } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import { t } from "../../i18n";
import type { Answer, Body, Call, CommentItem, Delivery, Page, Rec } from "../../core/types";
import { Act, Empty, Field, ProblemBox, When, cx, notice } from "../../ui/basics";
import { listValues } from "../../core/catalog";
import { say } from "../../i18n";
import { Icon } from "../../ui/icons";
import { AnswerState } from "./answers";
import { byTeam, counts, hasAnswered, sectors, type Reached, type Stage } from "./grid";
import { channelWord, teamWord } from "./warntext";

const MARKS: Record<Stage, string> = { affected: "▲", answered: "✓", seen: "◐", opened: "○", unopened: "–", failed: "✕" };
const TILES_FROM = 9;

/* Deliveries in words: alike ones once, with how many there are. Text a mail server gave stays as it is. */
const deliveryWord = (d: Delivery) => `${channelWord(d.channel)}: ${word("delivery_state", d.state) || d.state}`;
const whyWord = (d: Delivery) => (d.reason ? (t().warn.because[d.reason] ?? d.reason) : "");
function deliveryWords(all: Delivery[]): string[] {
	const found = new Map<string, number>();

	for (const d of all) {
		const why = whyWord(d);
		const text = why ? `${deliveryWord(d)} (${why})` : deliveryWord(d);
		found.set(text, (found.get(text) ?? 0) + 1);
	}
	return [...found].map(([text, n]) => (n > 1 ? `${text} ×${n}` : text));
}
/* What holds of every mail alike is said once above the table, not in each row. */
function commonMail(rows: Reached[]): Delivery | null {
	const mails = rows.flatMap((r) => r.channels).filter((d) => d.channel === "mail");
	const first = mails[0];
	return mails.length > 1 && first?.state === "suppressed" && mails.every((d) => d.state === first.state && d.reason === first.reason) ? first : null;
}

/* ---- calls ---- */

type CallNote = CommentItem & { called?: string; call_result?: string };
interface Phone {
	phone?: string;
	hours?: string;
	emergency?: string;
	email?: string;
}
function phoneOf(team: string): Phone {
	const c = (directory.value.teams.find((x) => x.id === team)?.contact ?? {}) as Body;
	return { phone: c.phone as string, hours: c.phone_hours as string, emergency: c.emergency as string, email: c.email as string };
}
function Tel({ number }: { number: string | null | undefined }) {
	return number ? <a href={`tel:${number.replace(/[^+\d]/g, "")}`} class="num"><Icon name="phone" /> {number}</a> : <span class="hint">{t().warn.noPhone}</span>;
}
function CallLog({ notes }: { notes: CallNote[] }) {
	if (!notes.length) return null;
	return (
		<ul class="plain calllog">
			{notes.map((n) => <li key={n.id}><When at={n.created} /> <span class="strong">{word("call_result", n.call_result)}</span> <span class="prose">{n.text}</span></li>)}
		</ul>
	);
}
function CallForm({ warning, team, onDone }: { warning: string; team: string; onDone: () => Promise<void> }) {
	const [result, setResult] = useState("reached");
	const [text, setText] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const id = `call-${team.slice(-8)}`;
	const add = async () => {
		setProblem(null);
		try {
			await post(`/warnings/${warning}/comments`, { text: text.trim() || word("call_result", result), called: team, call_result: result });
			setText("");
			notice(t().warn.callKept);
			await onDone();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<form class="callform" onSubmit={(e) => { e.preventDefault(); void add(); }}>
			<Field id={`${id}-r`} label={t().warn.callResult}>
				<select id={`${id}-r`} value={result} onChange={(e) => setResult(e.currentTarget.value)}>
					{listValues("list:call_result").map((v) => <option key={v.value} value={v.value}>{say(v.label)}</option>)}
				</select>
			</Field>
			<Field id={`${id}-t`} label={t().warn.callNote}><input id={`${id}-t`} type="text" value={text} maxLength={2000} onInput={(e) => setText(e.currentTarget.value)} /></Field>
			<Act run={add}>{t().warn.callKeep}</Act>
			<ProblemBox problem={problem} />
		</form>
	);
}

/* ---- the grid ---- */

function Tiles({ rows, chosen, choose }: { rows: Reached[]; chosen: string; choose: (team: string) => void }) {
	const bySector = params.value.get("by") === "sector";
	const tile = (r: Reached) => (
		<li key={r.team} data-row>
			<button type="button" class={`tile tile-${r.stage}`} aria-pressed={r.team === chosen} data-team={r.name} onClick={() => choose(r.team === chosen ? "" : r.team)}>
				<span class="mark" aria-hidden="true">{MARKS[r.stage]}</span>
				<span class="who">{r.name}</span>
				<span class="how">{hasAnswered(r) ? <AnswerState state={r.answer?.state} outdated={r.answer?.outdated} plain /> : t().warn.stages[r.stage]}</span>
			</button>
		</li>
	);
	if (!bySector) return <ul class="tiles">{rows.map(tile)}</ul>;
	return <div class="bysector">{sectors(rows).map(([s, some]) => <section key={s} aria-label={word("sector", s) || t().warn.noSector}><h3>{word("sector", s) || t().warn.noSector}</h3><ul class="tiles">{some.map(tile)}</ul></section>)}</div>;
}

function Table({ rows, mail }: { rows: Reached[]; mail: Delivery | null }) {
	return (
		<div class="scroll" role="group" tabIndex={0} aria-label={t().warn.reach}>
			<table class="grid reach">
				<thead>
					<tr>
						<th scope="col">{t().list.team}</th><th scope="col">{t().warn.answer}</th><th scope="col">{t().warn.countCol}</th>
						<th scope="col" class="main">{t().warn.commentCol}</th><th scope="col">{t().warn.delivered}</th><th scope="col">{t().list.modified}</th>
					</tr>
				</thead>
				<tbody>
					{rows.map((r) => (
						<tr key={r.team} data-team={r.name}>
							<th scope="row">{r.name}</th>
							<td><AnswerState state={r.answer?.state} outdated={r.answer?.outdated} /></td>
							<td class="num">{r.answer?.count ?? ""}</td>
							<td class="main">{r.answer?.comment && <span class="prose">{r.answer.comment}</span>}</td>
							<td class="hint">{deliveryWords(mail ? r.channels.filter((d) => d.channel !== "mail") : r.channels).map((text) => <div key={text}>{text}</div>)}</td>
							<td class="hint"><When at={r.answer?.at ?? r.channels[0]?.at} rel /></td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

function Chosen({ rec, r, notes, reload }: { rec: Rec; r: Reached; notes: CallNote[]; reload: () => Promise<void> }) {
	const p = phoneOf(r.team);
	return (
		<section class="chosen" aria-labelledby="chosen">
			<h3 id="chosen">{r.name}</h3>
			<p><AnswerState state={r.answer?.state} outdated={r.answer?.outdated} /> {r.answer?.at && <span class="hint"><When at={r.answer.at} /></span>} {typeof r.answer?.count === "number" && <span>{t().warn.countCol} {r.answer.count}</span>}</p>
			{r.answer?.comment && <p class="prose">{r.answer.comment}</p>}
			<p class="hint">{deliveryWords(r.channels).join(" · ")}</p>
			<p><Tel number={p.phone} /> <span class="hint">{p.hours} {p.emergency && `${t().warn.emergency} ${p.emergency}`} {p.email}</span></p>
			<CallLog notes={notes} />
			{covers("analyst") && <CallForm warning={rec.id} team={r.team} onDone={reload} />}
		</section>
	);
}

function Controls({ tiles }: { tiles: boolean }) {
	const by = params.value.get("by") ?? "";
	return (
		<div class="row reachbar">
			<div class="segmented" role="group" aria-label={t().warn.shownAs}>
				<button type="button" aria-pressed={tiles} onClick={() => setParams({ reach: "tiles" })}>{t().warn.tiles}</button>
				<button type="button" aria-pressed={!tiles} onClick={() => setParams({ reach: "table" })}>{t().warn.table}</button>
			</div>
			{tiles && (
				<label class="inline-label"><span>{t().warn.sortBy}</span>{" "}
					<select value={by} onChange={(e) => setParams({ by: e.currentTarget.value || null })}>
						<option value="">{t().warn.byNeed}</option>
						<option value="sector">{t().warn.bySector}</option>
					</select>
				</label>
			)}
		</div>
	);
}

/* Who is silent, with the number to call: from 150 % of the time on by itself, before that when asked. */
function Phones({ rec, rows, calls, notes, reload }: { rec: Rec; rows: Reached[]; calls: Call[]; notes: CallNote[]; reload: () => Promise<void> }) {
	const [early, setEarly] = useState(false);
	const [open, setOpen] = useState("");
	const silent = rows.filter((r) => !hasAnswered(r) || r.answer?.outdated);
	const due = new Map(calls.map((c) => [c.team, c]));
	const shown = early ? silent : silent.filter((r) => due.has(r.team));
	const live = ["issued", "updating", "updating_review", "updating_approved"].includes(rec.state ?? "");
	return (
		<section class="part phones" aria-labelledby="calls">
			<h2 id="calls">{t().warn.calls}</h2>
			{!shown.length && <p class="hint">{t().warn.callsEmpty}</p>}
			{live && silent.length > shown.length && <p><button type="button" onClick={() => setEarly(true)}>{t().warn.callEarly(silent.length)}</button></p>}
			<ul class="calls">
				{shown.map((r) => {
					const c = due.get(r.team);
					const p = phoneOf(r.team);
					return (
						<li key={r.team} data-row>
							<p class="marks"><strong>{r.name}</strong> <Tel number={c?.phone ?? p.phone} /> <span class="hint">{c?.hours ?? p.hours} {p.emergency && `${t().warn.emergency} ${p.emergency}`}</span>
								<span class={cx(c && "fault")}>{c ? (t().warn.callReasons[c.reason ?? ""] ?? c.reason) : t().warn.stages[r.stage]}</span>
								{c?.due && <span class="hint">{t().warn.due("")}<When at={c.due} /></span>}
								{covers("analyst") && <button type="button" class="quiet" aria-expanded={open === r.team} onClick={() => setOpen(open === r.team ? "" : r.team)}>{t().warn.callLog}</button>}
							</p>
							<CallLog notes={notes.filter((n) => n.called === r.team)} />
							{open === r.team && <CallForm warning={rec.id} team={r.team} onDone={async () => { setOpen(""); await reload(); }} />}
						</li>
					);
				})}
			</ul>
		</section>
	);
}

export function Reach({ rec }: { rec: Rec }) {
	const [chosen, setChosen] = useState("");
	const path = `/warnings/${rec.id}`;
	const wanted = (e: { name: string; data: { id?: string; [k: string]: unknown } }) => e.data.id === rec.id || e.data.warning === rec.id || /^(assessments|deliveries)\./.test(e.name);
	const deliveries = useLoad<Page<Delivery>>(`${path}/deliveries`, () => list(`${path}/deliveries`), wanted);
	const answers = useLoad<Page<Answer>>(`${path}/assessments`, () => list(`${path}/assessments`), wanted);
	const calls = useLoad<Page<Call>>(`${path}/calls`, () => get(`${path}/calls`), wanted);
	const notes = useLoad<Page<CallNote>>(`${path}/comments`, () => list(`${path}/comments`), (e) => e.data.id === rec.id || e.name.startsWith("comments."));
	const about = (team: string, name?: string) => ({ name: teamWord({ team, name }), sector: String(directory.value.teams.find((x) => x.id === team)?.sector ?? "") });
	const rows = byTeam(deliveries.data?.items ?? [], answers.data?.items ?? [], about);
	const mail = commonMail(rows);
	const answered = rows.filter(hasAnswered).length;
	const how = params.value.get("reach");
	const tiles = how ? how === "tiles" : rows.length >= TILES_FROM;
	const logged = (notes.data?.items ?? []).filter((n) => n.called);
	const one = rows.find((r) => r.team === chosen);
	return (
		<>
			<section class="part" aria-labelledby="reach">
				<h2 id="reach">{t().warn.reach}</h2>
				<ProblemBox problem={deliveries.error ?? answers.error} retry={() => { void deliveries.reload(); void answers.reload(); }} />
				{deliveries.data && !rows.length && <Empty text={rec.whom && (rec.whom as Body).public ? t().warn.publicOnly : t().warn.reachEmpty} />}
				{rows.length > 0 && (
					<>
						<p role="status" aria-live="polite" class="strong">{t().warn.reachSum(answered, rows.length)}</p>
						<progress max={rows.length} value={answered} aria-label={t().warn.reach} />
						<ul class="sums">{counts(rows).map(([s, n]) => <li key={s} class={`sum-${s}`}><span aria-hidden="true">{MARKS[s]}</span> {t().warn.stages[s]} <b class="num">{n}</b></li>)}</ul>
						{mail && <p class="hint">{deliveryWord(mail)}{whyWord(mail) && ` (${whyWord(mail)})`}</p>}
						<Controls tiles={tiles} />
						{tiles ? <Tiles rows={rows} chosen={chosen} choose={setChosen} /> : <Table rows={rows} mail={mail} />}
						{tiles && one && <Chosen rec={rec} r={one} notes={logged.filter((n) => n.called === one.team)} reload={notes.reload} />}
					</>
				)}
			</section>
			{rows.length > 0 && <Phones rec={rec} rows={rows} calls={calls.data?.items ?? []} notes={logged} reload={notes.reload} />}
		</>
	);
}
