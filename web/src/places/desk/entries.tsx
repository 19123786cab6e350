// SPDX-License-Identifier: Apache-2.0
/* entries: everything that happened around a record, of whatever kind, as entries of one time line: who, when, what, and
 * who can read it. */
import type { ComponentChildren } from "preact";
import { list } from "../../core/api";
import { hrefOf, isOwn, nameOf, stateWord, typeNamed, typeOfId, typeOfSlug, typeWord } from "../../core/catalog";
import { about, ofPlural, useLoad } from "../../core/load";
import { recordsOf } from "../../core/records";
import { isIndicatorId } from "../../core/titles";
import { bytes } from "../../core/time";
import type { CommentItem, FileItem, LinkItem, Rec, TypeDef } from "../../core/types";
import { t } from "../../i18n";
import { Deadline, Tlp, defang } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { HistoryEntry, replay, whatOf } from "../records/timeline";
import { MailText } from "./mailtext";
import type { Labelled } from "./visibility";

export type Kind = "note" | "state" | "change" | "file" | "link" | "task" | "warning";
export interface Entry {
	at: string;
	key: string;
	kind: Kind;
	who: string;
	/* what is said in one line, in bold */
	what: string;
	/* a little more about it */
	aside?: string;
	/* who can read it: null, the team */
	seen: Labelled | null;
	/* what the search in the record looks through */
	text: string;
	body: ComponentChildren;
}

/* What the server has about a record, read again when the stream tells of it. */
export function useEntries(def: TypeDef, rec: Rec) {
	const store = recordsOf(def);
	const own = isOwn(rec);
	const notes = useLoad(`notes ${rec.id}`, () => store.comments(rec.id), (e) => e.data.id === rec.id || e.name.startsWith("comments."));
	const history = useLoad(own ? `history ${rec.id}` : null, () => store.history(rec.id), about(rec.id));
	const files = useLoad(own ? `files ${rec.id}` : null, () => store.files(rec.id), about(rec.id));
	const links = useLoad(`links ${rec.id}`, () => store.links(rec.id), about(rec.id));
	const tasks = useLoad(own && typeOfSlug("tasks") ? `tasks ${rec.id}` : null, () => list<Rec>("/tasks", { incident: rec.id, limit: 200 }), ofPlural("tasks"));
	const warnings = useLoad(own && typeOfSlug("warnings") && def.plural === "incidents" ? `warnings ${rec.id}` : null, () => list<Rec>("/warnings", { box: "outbox", incident: rec.id, limit: 50 }), ofPlural("warnings"));
	const all = [notes, history, files, links];

	return {
		busy: all.some((l) => l.busy && !l.data),
		error: all.find((l) => l.error)?.error,
		reload: () => Promise.all([...all, tasks, warnings].map((l) => l.reload())),
		entries: [
			...(notes.data?.items ?? []).map(noteEntry),
			...replay(history.data?.items ?? []).map((s) => historyEntry(def, s)),
			...(files.data?.items ?? []).map((f) => fileEntry(store.fileUrl(rec.id, f.id), f)),
			...linkEntries(rec, links.data?.items ?? []),
			...(tasks.data?.items ?? []).map((x) => recordEntry("task", x)),
			...(warnings.data?.items ?? []).map((x) => recordEntry("warning", x)),
		].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
	};
}

function noteEntry(c: CommentItem & Labelled): Entry {
	const text = String(c.text ?? "");
	const who = c.created_by ? nameOf(c.created_by) : nameOf(c.team);
	return {
		at: c.created ?? "", key: String(c.id), kind: "note", who, what: t().rec.kinds.comment ?? "", seen: c, text,
		body: (
			<>
				<MailText text={text} lang={c.language as string | undefined} />
				{Number(c.version) > 1 && <p class="hint">{t().desk.work.edited(Number(c.version))}</p>}
			</>
		),
	};
}

function historyEntry(def: TypeDef, step: ReturnType<typeof replay>[number]): Entry {
	const { item, changes } = step;
	const taken = def.states?.transitions.some((s) => s.name === item.kind);
	return {
		at: item.at, key: `h${item.seq}`, kind: taken ? "state" : "change", who: nameOf(item.actor), what: whatOf(step, def), aside: t().rec.version(item.version), seen: null,
		text: `${item.why ?? ""} ${changes.map((c) => `${JSON.stringify(c.before ?? "")} ${JSON.stringify(c.after ?? "")}`).join(" ")}`,
		body: <HistoryEntry step={step} def={def} bare />,
	};
}

function fileEntry(url: string, f: FileItem): Entry {
	return {
		at: f.added ?? "", key: `f${f.id}`, kind: "file", who: "", what: t().desk.work.file, seen: null, text: f.name,
		body: <p><a href={url} download={f.name}><Icon name="file" /> {f.name}</a> {f.bytes !== undefined && <span class="hint">{bytes(f.bytes)}</span>}</p>,
	};
}

const ELSEWHERE = new Set(["comment", "delivery", "assessment"]);
/* Indicators that came in together are one entry. */
function linkEntries(rec: Rec, links: LinkItem[]): Entry[] {
	const out: Entry[] = [];
	const together = new Map<string, LinkItem[]>();

	for (const l of links) {
		if (ELSEWHERE.has(l.relation) || !l.at) continue;
		const other = l.source === rec.id ? l.target : l.source;
		if (isIndicatorId(other)) {
			const minute = l.at.slice(0, 16);
			together.set(minute, [...(together.get(minute) ?? []), l]);
			continue;
		}
		const d = typeNamed(l.type) ?? typeOfId(other);
		out.push({
			at: l.at, key: `l${l.relation}${other}`, kind: "link", who: "", what: t().desk.work.linked, seen: null, text: `${l.number ?? ""} ${l.title ?? ""}`,
			body: <p><span class="hint">{typeWord(d)}</span> <a href={hrefOf(other, d?.type) ?? "#"}>{l.number} {l.title ?? nameOf(other)}</a></p>,
		});
	}
	for (const [minute, ls] of together) {
		const values = ls.map((l) => defang(l.title ?? ""));
		out.push({
			at: ls[ls.length - 1]!.at!, key: `i${minute}`, kind: "link", who: "", what: t().desk.work.values, seen: null, text: values.join(" "),
			body: <p><span class="mono">{values.slice(0, 4).join("  ")}</span>{values.length > 4 && <> <a href="#indicators">{t().today.others(values.length - 4)}</a></>}</p>,
		});
	}
	return out;
}

function recordEntry(kind: "task" | "warning", x: Rec): Entry {
	const d = typeNamed(x.type);
	const due = (x.due ?? (x.when as { ack_by?: string } | undefined)?.ack_by) as string | undefined;
	return {
		at: x.created ?? "", key: x.id, kind, who: nameOf(x.created_by), what: t().desk.work[kind], seen: kind === "warning" ? x : null, text: `${x.number ?? ""} ${x.title ?? ""}`,
		body: (
			<p class="marks">
				<a href={hrefOf(x.id) ?? "#"}>{x.number} {x.title}</a> <span class="state">{stateWord(d, x.state)}</span>
				{kind === "warning" && <Tlp label={x.tlp} />}
				{typeof x.assignee === "string" && <span>{nameOf(x.assignee)}</span>}
				{due && d?.states?.list.find((s) => s.state === x.state)?.open && <Deadline at={due} />}
			</p>
		),
	};
}
