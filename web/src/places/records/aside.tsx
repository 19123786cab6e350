// SPDX-License-Identifier: Apache-2.0
/* aside: what stands beside a record: its common properties, its links, its files. */
import { useState } from "preact/hooks";
import { list, post, postForm } from "../../core/api";
import { apiOf, commonWord, fieldWord, hrefOf, mayEdit, nameOf, stateWord, typeNamed, typeOfId, typeWord } from "../../core/catalog";
import { t } from "../../i18n";
import { bytes } from "../../core/time";
import type { FileItem, LinkItem, Rec, TypeDef } from "../../core/types";
import { Act, FileButton, ProblemBox, Tlp, When, defang } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { about, useLoad } from "../../core/load";
import { isIndicatorId } from "../../core/titles";
import { Picker } from "../../ui/picker";

export function Properties({ def, rec }: { def: TypeDef; rec: Rec }) {
	const row = (name: string, node: any) => node && <div key={name}><dt>{commonWord(name)}</dt><dd>{node}</dd></div>;
	return (
		<section aria-labelledby="props">
			<h2 id="props">{t().rec.properties}</h2>
			<dl class="props">
				{row("state", rec.state && stateWord(def, rec.state))}
				{row("tlp", rec.tlp && <><Tlp label={rec.tlp} /> <span class="hint">{t().tlpMeaning[rec.tlp]}</span></>)}
				{row("team", rec.team && nameOf(rec.team))}
				{row("circles", rec.circles?.length ? rec.circles.map((c) => <span key={c}>{nameOf(c)} </span>) : null)}
				{row("version", typeof rec.edition === "number" ? rec.edition : rec.version)}
				{row("created", rec.created && <><When at={rec.created} /> {nameOf(rec.created_by)}</>)}
				{row("modified", rec.modified && rec.modified !== rec.created && <><When at={rec.modified} /> {nameOf(rec.modified_by)}</>)}
			</dl>
		</section>
	);
}

/* A relation in words: a field's label, or one of the few that are no fields. */
function relationWord(l: LinkItem): string {
	const field = typeOfId(l.source)?.schema.properties?.[l.relation];
	return t().rec.relations[l.relation] ?? (field ? fieldWord(l.relation, field) : l.relation);
}
const SHOWN_ELSEWHERE = new Set(["delivery", "assessment", "comment"]);

export function Links({ def, rec }: { def: TypeDef; rec: Rec }) {
	const path = `${apiOf(def)}/${rec.id}/links`;
	const links = useLoad(path, () => list<LinkItem>(path), about(rec.id));
	const [target, setTarget] = useState<string[]>([]);
	const [relation, setRelation] = useState(Object.keys(def.links ?? {})[0] ?? "related-to");
	const [problem, setProblem] = useState<unknown>(null);
	const kinds = def.links ?? {};
	const add = async () => {
		setProblem(null);
		try {
			await post(path, { target: target[0], relation });
			setTarget([]);
			await links.reload();
		} catch (e) {
			setProblem(e);
		}
	};
	const items = (links.data?.items ?? []).filter((l) => !SHOWN_ELSEWHERE.has(l.relation) && !(isIndicatorId(l.target) && l.source === rec.id && ["incidents", "warnings"].includes(def.plural ?? "")));
	return (
		<section aria-labelledby="links">
			<h2 id="links">{t().rec.links}</h2>
			<ProblemBox problem={links.error} retry={links.reload} />
			{!links.busy && !items.length && !links.error && <p class="hint">{t().rec.noLinks}</p>}
			<ul class="linklist">
				{items.map((l) => {
					const other = l.source === rec.id ? l.target : l.source;
					const d = typeNamed(l.type) ?? typeOfId(other);
					const title = l.title ?? nameOf(other);
					const href = hrefOf(other, d?.type);
					const text = isIndicatorId(other) ? defang(title) : title;
					return (
						<li key={`${l.source}${l.relation}${l.target}`}>
							<span class="hint">{typeWord(d)}{l.number ? ` ${l.number}` : ""} · {relationWord(l)}</span>
							{href ? <a href={href}>{text}</a> : <span>{text}</span>}
						</li>
					);
				})}
			</ul>
			{mayEdit(def) && Object.keys(kinds).length > 0 && (
				<details class="adder">
					<summary aria-keyshortcuts="l">{t().rec.addLink}</summary>
					<label for="link-rel">{t().rec.relation}</label>
					<select id="link-rel" value={relation} onChange={(e) => setRelation(e.currentTarget.value)}>
						{Object.keys(kinds).map((k) => <option key={k} value={k}>{t().rec.relations[k] ?? k}</option>)}
					</select>
					<label for="link-to">{t().rec.target}</label>
					<Picker id="link-to" label={t().rec.target} types={`type:${(kinds[relation] ?? []).join("|")}`} multi={false} value={target} onChange={setTarget} />
					<ProblemBox problem={problem} />
					<p class="row"><Act run={add} disabled={!target.length}>{t().rec.addLink}</Act></p>
				</details>
			)}
		</section>
	);
}

export function Files({ def, rec }: { def: TypeDef; rec: Rec }) {
	const path = `${apiOf(def)}/${rec.id}/files`;
	const files = useLoad(path, () => list<FileItem>(path), about(rec.id));
	const [problem, setProblem] = useState<unknown>(null);
	const upload = async (f: File | undefined) => {
		if (!f) return;
		setProblem(null);
		const form = new FormData();
		form.append("file", f, f.name);
		try {
			await postForm(path, form);
			await files.reload();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section aria-labelledby="files" onDragOver={(e) => e.preventDefault()} onDrop={(e) => { e.preventDefault(); void upload(e.dataTransfer?.files[0]); }}>
			<h2 id="files">{t().rec.files}</h2>
			<ProblemBox problem={files.error} retry={files.reload} />
			{!files.busy && !files.error && !files.data?.items.length && <p class="hint">{t().rec.noFiles}</p>}
			<ul class="linklist">
				{(files.data?.items ?? []).map((f) => (
					<li key={f.id}>
						<a href={`/api/v1${path}/${encodeURIComponent(f.id)}`} download={f.name}><Icon name="file" /> {f.name}</a>
						<span class="hint">{f.bytes !== undefined ? bytes(f.bytes) : ""} {f.added && <When at={f.added} />}</span>
					</li>
				))}
			</ul>
			<FileButton label={t().rec.addFile} onFile={upload} />
			<ProblemBox problem={problem} />
		</section>
	);
}
