// SPDX-License-Identifier: Apache-2.0
/* handover: the note from one duty officer to the next: written beside the day, saved by itself, read and taken over. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { create, list, patch, post, read, type Problem } from "../../core/api";
import { hrefOf, may, me, nameOf } from "../../core/catalog";
import { useDraft } from "../../core/drafts";
import { ofPlural, useLoad } from "../../core/load";
import { absolute } from "../../core/time";
import type { Held, Rec } from "../../core/types";
import { t } from "../../i18n";
import { Act, ProblemBox } from "../../ui/basics";
import { Icon } from "../../ui/icons";

const SAVE_AFTER_MS = 1200;
const at = (id: string) => `/handovers/${encodeURIComponent(id)}`;

/* The note that is being written, for the rows of the day to pin themselves to. */
export const writing = signal<{ pinned: string[]; pin: (id: string) => void } | null>(null);

function Pinned({ note }: { note: Rec }) {
	const ids = (note.pinned ?? []) as string[];

	if (!ids.length) return null;
	return (
		<>
			<h3>{t().today.handover.pinned}</h3>
			<ul class="plain">{ids.map((id) => <li key={id}><a href={hrefOf(id) ?? "#"}>{nameOf(id)}</a></li>)}</ul>
		</>
	);
}

/* Saves what is typed after a pause. A lost race keeps both texts and asks. */
function Writer({ held, reload }: { held: Held; reload: () => Promise<void> }) {
	const w = t().today.handover;
	const note = held.rec;
	const kept = String(note.text ?? "");
	const [draft, setDraft, sentDraft] = useDraft(`handover ${note.id}`);
	const [text, setText] = useState(draft || kept);
	const [state, setState] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const [theirs, setTheirs] = useState<Held | null>(null);
	const base = useRef(held);
	const sent = useRef(kept);
	const busy = useRef(false);

	/* somebody else's change comes in while nothing of one's own waits */
	useEffect(() => {
		if (held.rec.version <= base.current.rec.version) return;
		if (text === sent.current) {
			base.current = held;
			sent.current = kept;
			setText(kept);
		}
	}, [held]);
	const save = async (body: { text?: string; pinned?: string[] }, over?: Held) => {
		if (busy.current) return;
		busy.current = true;
		setProblem(null);
		setState(w.saving);
		try {
			const now = await patch(at(note.id), body, (over ?? base.current).etag);
			base.current = now;
			if (body.text !== undefined) {
				sent.current = body.text;
				sentDraft(body.text);
			}
			setTheirs(null);
			setState(w.saved(absolute(new Date().toISOString())));
			if (body.pinned) await reload();
		} catch (e) {
			setState("");
			if ((e as Problem).status === 412) setTheirs(await read(at(note.id)));
			else setProblem(e);
		}
		busy.current = false;
	};
	useEffect(() => {
		if (text === sent.current || theirs) return;
		const timer = setTimeout(() => void save({ text }), SAVE_AFTER_MS);
		return () => clearTimeout(timer);
	}, [text, theirs, state]);
	const pinned = (note.pinned ?? []) as string[];
	useEffect(() => {
		writing.value = { pinned, pin: (id) => void save({ pinned: pinned.includes(id) ? pinned.filter((x) => x !== id) : [...pinned, id] }) };
		return () => {
			writing.value = null;
		};
	}, [pinned.join(), held.etag]);
	const hand = async () => {
		setProblem(null);
		try {
			await post(`${at(note.id)}/hand_over`, { text });
			sentDraft(text);
			await reload();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<>
			<label for="handover" class="label">{w.text}</label>
			<textarea id="handover" rows={4} value={text} aria-describedby="handover-h" onInput={(e) => { setText(e.currentTarget.value); setDraft(e.currentTarget.value); }} />
			<p class="hint" id="handover-h">{w.hint} <span role="status">{state}</span></p>
			<ProblemBox problem={problem} />
			{theirs && (
				<div class="problem" role="alert">
					<p>{w.theirs}</p>
					<p class="prose note-box">{String(theirs.rec.text ?? "")}</p>
					<p class="row">
						<Act run={() => save({ text }, theirs)}>{w.keepMine}</Act>
						<button type="button" onClick={() => { base.current = theirs; sent.current = String(theirs.rec.text ?? ""); setText(sent.current); setTheirs(null); }}>{w.takeTheirs}</button>
					</p>
				</div>
			)}
			<Pinned note={note} />
			<p class="row"><Act run={hand} disabled={!text.trim() || !!theirs}>{w.hand}</Act></p>
		</>
	);
}

export function useHandover() {
	return useLoad<Held | null>("handover", async () => {
		const page = await list<Rec>("/handovers", { limit: 1 });
		const first = page.items[0];
		return first ? { rec: first, etag: `"r${first.version}"` } : null;
	}, ofPlural("handovers"));
}

export function Handover({ load }: { load: ReturnType<typeof useHandover> }) {
	const w = t().today.handover;
	const [problem, setProblem] = useState<unknown>(null);
	const held = load.data;
	const note = held?.rec;
	const mine = !!note && note.duty === me.value?.person;
	const step = async (name: string) => {
		setProblem(null);
		try {
			await post(`${at(note!.id)}/${name}`);
			await load.reload();
		} catch (e) {
			setProblem(e);
		}
	};
	const begin = async () => {
		setProblem(null);
		try {
			await create("/handovers", { text: "" });
			await load.reload();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section class="part handover" aria-labelledby="handover-title">
			<h2 id="handover-title"><Icon name="user" /> {w.title}</h2>
			<ProblemBox problem={problem ?? load.error} retry={load.reload} />
			{held !== undefined && (!note || note.state === "taken_over") && (
				<>
					{note ? (
						<details>
							<summary>{w.takenBy(nameOf(note.taken_by as string), absolute(note.modified))}</summary>
							<p class="prose">{String(note.text ?? "")}</p>
							<Pinned note={note} />
						</details>
					) : <p class="hint">{w.none}</p>}
					{may("create:handovers") && <p class="row"><Act run={begin}>{w.begin}</Act></p>}
				</>
			)}
			{held && note?.state === "writing" && (may("edit:handovers") ? <Writer key={note.id} held={held} reload={load.reload} /> : <p class="prose">{String(note.text ?? "")}</p>)}
			{note?.state === "handed_over" && (
				<>
					<p>{mine ? w.ownWaiting : w.waiting(nameOf(note.duty as string))}</p>
					<p class="prose note-box">{String(note.text ?? "")}</p>
					<Pinned note={note} />
					{may("edit:handovers") && (
						<p class="row">
							{!mine && <Act kind="primary" run={() => step("take_over")}>{w.take}</Act>}
							<Act run={() => step("write_on")}>{w.writeOn}</Act>
						</p>
					)}
				</>
			)}
		</section>
	);
}
