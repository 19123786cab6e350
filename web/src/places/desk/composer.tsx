// SPDX-License-Identifier: Apache-2.0
/* composer: where a note is written: who may read it is chosen beside it and seen around it; files come in by paste or
 * drop; what is typed is kept until it is sent. */
import { useState } from "preact/hooks";
import { post } from "../../core/api";
import { mayEdit, nameOf } from "../../core/catalog";
import { useDraft } from "../../core/drafts";
import { recordsOf } from "../../core/records";
import type { Body, Rec, TypeDef } from "../../core/types";
import { t } from "../../i18n";
import { Act, FileButton, ProblemBox, cx, notice } from "../../ui/basics";
import { audience } from "./visibility";

/* Puts files on a record, one after the other. */
export async function attach(def: TypeDef, rec: Rec, files: Iterable<File>) {
	for (const f of files) {
		const form = new FormData();
		/* a picture from the clipboard has no name of its own */
		const name = f.name && f.name !== "image.png" ? f.name : `${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-")}.png`;
		form.append("file", f, name);
		await recordsOf(def).file(rec.id, form);
		notice(t().desk.work.attached(name));
	}
}

export function Composer({ def, rec, mayAttach, reload }: { def: TypeDef; rec: Rec; mayAttach: boolean; reload: () => Promise<unknown> }) {
	const [text, setText, sentText] = useDraft(`note ${rec.id}`);
	const [who, setWho] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const w = t().desk.work;
	const circles = rec.circles ?? [];
	const to = who === "all" ? circles : who ? [who] : [];
	const add = async () => {
		const sent = text;
		if (!sent.trim()) return;
		setProblem(null);
		try {
			const body: Body = { text: sent.trim() };
			if (to.length) Object.assign(body, { tlp: rec.tlp, circles: to });
			await post(`${recordsOf(def).at(rec.id)}/comments`, body);
			sentText(sent); /* what was typed while it was on its way stays */
			setWho(""); /* the next one is the team's own again */
			await reload();
		} catch (e) {
			setProblem(e);
		}
	};
	const take = async (files: Iterable<File>) => {
		setProblem(null);
		try {
			await attach(def, rec, files);
			await reload();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<form class={cx("note", "composer", to.length > 0 && "shared")} onSubmit={(e) => { e.preventDefault(); void add(); }}>
			<label for="note">{t().rec.write}</label>
			<textarea id="note" rows={2} value={text} aria-describedby="note-h" onInput={(e) => setText(e.currentTarget.value)}
				onPaste={(e) => {
					const files = e.clipboardData?.files;
					if (!files?.length || !mayAttach) return;
					e.preventDefault();
					void take([...files]);
				}} />
			<ProblemBox problem={problem} />
			<p class="row">
				{circles.length > 0 && mayEdit(def) ? (
					<>
						<label class="hint" for="note-who">{w.visible}</label>
						<select id="note-who" class="slim" value={who} onChange={(e) => setWho(e.currentTarget.value)}>
							<option value="">{w.teamOnly}</option>
							{circles.map((c) => <option key={c} value={c}>{w.sharedWith(nameOf(c))}</option>)}
							{circles.length > 1 && <option value="all">{w.sharedWith(w.everyone)}</option>}
						</select>
					</>
				) : <span class="visible">{w.teamOnly}</span>}
				<Act run={add} disabled={!text.trim()} kind={to.length ? "primary" : undefined}>{to.length ? w.addShared : w.add}</Act>
				{mayAttach && <FileButton label={w.attach} onFile={(f) => take([f])} />}
				<span class="hint" id="note-h">{to.length ? w.visibleWhy(audience(to)) : circles.length ? w.visibleTeam : w.onlyTeam} {mayAttach && w.hint}</span>
			</p>
		</form>
	);
}
