// SPDX-License-Identifier: Apache-2.0
/* sources: TAXII servers of others that this node reads: what came of each collection at the last run, and adding,
 * changing, pausing, reading now and removing. */
import { useEffect, useState } from "preact/hooks";
import { del, get, post, request } from "../../core/api";
import { may } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import { t } from "../../i18n";
import { Act, Dialog, Empty, Field, Loading, ProblemBox, When } from "../../ui/basics";
import { type Counts, w } from "./words";

interface Read {
	root: string;
	collection: string;
	title: string;
	last_run: string | null;
	error: string | null;
	objects: Counts;
	run: (Counts & { reasons: string[] }) | null;
}
interface Source {
	id: string;
	url: string;
	internal: boolean;
	auth: "none" | "basic" | "bearer";
	user: string;
	certificate: string | null;
	pin: string | null;
	collections: string[];
	tlp: string | null;
	every_s: number;
	paused: boolean;
	last_run: string | null;
	next_run: string | null;
	error: string | null;
	read: Read[];
}
const TLPS = ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"];

const everyText = (s: number) => w().everys[s] ?? w().everyOther(s);

/* ---- adding and changing ---- */
function Edit({ source, onClose, onDone }: { source?: Source; onClose: () => void; onDone: () => void }) {
	const [x, setX] = useState({
		url: source?.url ?? "", auth: source?.auth ?? "none", user: source?.user ?? "", secret: "", certificate: "", private_key: "", pin: source?.pin ?? "",
		collections: source?.collections.join("\n") ?? "", tlp: source?.tlp ?? "", every_s: source?.every_s ?? 3600, internal: source?.internal ?? false,
	});
	const [problem, setProblem] = useState<unknown>(null);
	const put = (more: Partial<typeof x>) => setX({ ...x, ...more });
	const save = async () => {
		setProblem(null);
		const json = {
			...(!source && { url: x.url.trim() }), auth: x.auth,
			...(x.auth === "basic" && { user: x.user }), ...(x.auth !== "none" && x.secret && { secret: x.secret }),
			...(x.certificate.trim() && { certificate: x.certificate, private_key: x.private_key }),
			pin: x.pin.trim() || null,
			collections: x.collections.split(/\s+/).filter(Boolean), tlp: x.tlp || null, every_s: x.every_s, internal: x.internal,
		};
		try {
			if (source) await request(`/sources/${source.id}`, { method: "PATCH", json, patch: true });
			else await post("/sources", json);
			onDone();
			onClose();
		} catch (e) {
			setProblem(e);
		}
	};
	const s = w();
	return (
		<Dialog title={source ? `${s.edit}: ${source.url}` : s.add} onClose={onClose} wide>
			<form onSubmit={(e) => { e.preventDefault(); void save(); }}>
				{!source && (
					<Field id="src-url" label={s.address} hint={s.addressHint} required>
						<input id="src-url" type="url" class="mono" required autofocus value={x.url} aria-describedby="src-url-h" onInput={(e) => put({ url: e.currentTarget.value })} />
					</Field>
				)}
				<Field id="src-auth" label={s.auth}>
					<select id="src-auth" value={x.auth} onChange={(e) => put({ auth: e.currentTarget.value as Source["auth"] })}>
						{(["none", "basic", "bearer"] as const).map((a) => <option key={a} value={a}>{s.auths[a]}</option>)}
					</select>
				</Field>
				{x.auth === "basic" && (
					<Field id="src-user" label={s.user} required>
						<input id="src-user" required autocomplete="off" value={x.user} onInput={(e) => put({ user: e.currentTarget.value })} />
					</Field>
				)}
				{x.auth !== "none" && (
					<Field id="src-secret" label={s.secret[x.auth]} hint={source ? s.secretKept : undefined}>
						<input id="src-secret" type="password" autocomplete="off" value={x.secret} aria-describedby={source ? "src-secret-h" : undefined} onInput={(e) => put({ secret: e.currentTarget.value })} />
					</Field>
				)}
				<Field id="src-tlp" label={s.tlp}>
					<select id="src-tlp" value={x.tlp} onChange={(e) => put({ tlp: e.currentTarget.value })}>
						<option value="">{s.tlpNone}</option>
						{TLPS.map((l) => <option key={l} value={l}>{l}</option>)}
					</select>
				</Field>
				<Field id="src-every" label={s.every}>
					<select id="src-every" value={String(x.every_s)} onChange={(e) => put({ every_s: Number(e.currentTarget.value) })}>
						{[...new Set([0, 900, 3600, 86400, x.every_s])].map((n) => <option key={n} value={String(n)}>{everyText(n)}</option>)}
					</select>
				</Field>
				<Field id="src-collections" label={s.collections} hint={s.collectionsHint}>
					<textarea id="src-collections" class="mono" rows={2} value={x.collections} aria-describedby="src-collections-h" onInput={(e) => put({ collections: e.currentTarget.value })} />
				</Field>
				<p><label class="hang"><input type="checkbox" checked={x.internal} onChange={(e) => put({ internal: e.currentTarget.checked })} /> {s.internal}</label></p>
				<details>
					<summary>{s.certificate}</summary>
					<p class="hint">{s.certificateHint}</p>
					<Field id="src-cert" label={s.certificate}>
						<textarea id="src-cert" class="mono" rows={3} value={x.certificate} onInput={(e) => put({ certificate: e.currentTarget.value })} />
					</Field>
					<Field id="src-key" label={s.privateKey}>
						<textarea id="src-key" class="mono" rows={3} value={x.private_key} onInput={(e) => put({ private_key: e.currentTarget.value })} />
					</Field>
					<Field id="src-pin" label={s.pin} hint={s.pinHint}>
						<input id="src-pin" class="mono" value={x.pin} aria-describedby="src-pin-h" onInput={(e) => put({ pin: e.currentTarget.value })} />
					</Field>
				</details>
				<ProblemBox problem={problem} />
				<p class="row"><Act kind="primary" type="submit">{source ? s.save : s.add}</Act></p>
			</form>
		</Dialog>
	);
}

/* ---- one source ---- */
function Collections({ rows }: { rows: Read[] }) {
	const s = w();
	if (!rows.length) return <p class="hint">{s.notYet}</p>;
	return (
		<ul class="plain">
			{rows.map((r) => (
				<li key={`${r.root} ${r.collection}`}>
					<p class="strong"><bdi>{r.title || r.collection}</bdi></p>
					{r.run && <p>{s.run1}: {s.counts(r.run)} <span class="hint">{r.last_run && <When at={r.last_run} rel />}</span></p>}
					<p class={r.error ? "" : "hint"}>{r.error ?? s.ok}</p>
					<p class="hint">{s.total}: {s.counts(r.objects)}</p>
					{r.run && r.run.reasons.length > 0 && (
						<details>
							<summary>{s.reasons}</summary>
							<ul>{r.run.reasons.map((why, i) => <li key={i}>{why}</li>)}</ul>
						</details>
					)}
				</li>
			))}
		</ul>
	);
}

function One({ source, reload, change }: { source: Source; reload: () => Promise<void>; change: () => void }) {
	const [problem, setProblem] = useState<unknown>(null);
	const [since, setSince] = useState<string | null>(null);
	const s = w();
	const id = `source-${source.id}`;
	const waits = since !== null && since === (source.last_run ?? "");
	const act = (run: () => Promise<unknown>) => async () => {
		setProblem(null);
		try {
			await run();
			await reload();
		} catch (e) {
			setProblem(e);
		}
	};
	useEffect(() => { /* until the reading that was asked for is done */
		if (!waits) return undefined;
		const timer = setInterval(() => void reload(), 1500);
		return () => clearInterval(timer);
	}, [waits]);
	return (
		<section class="part" aria-labelledby={id}>
			<h2 id={id}><bdi class="mono">{source.url}</bdi> {source.paused && <span class="hint">{s.paused}</span>}</h2>
			<dl class="fields">
				<div><dt>{s.every}</dt><dd>{everyText(source.every_s)}</dd></div>
				<div><dt>{s.last}</dt><dd>{source.last_run ? <When at={source.last_run} rel /> : s.never}</dd></div>
				{source.next_run && <div><dt>{s.next}</dt><dd><When at={source.next_run} rel /></dd></div>}
				<div><dt>{s.collections}</dt><dd class={source.collections.length ? "mono" : ""}>{source.collections.join(" ") || s.allCollections}</dd></div>
				<div><dt>{s.tlp}</dt><dd>{source.tlp ?? s.tlpNone}</dd></div>
				{source.certificate && <div><dt>{s.shows}</dt><dd class="mono">{source.certificate}</dd></div>}
				{source.error && <div><dt>{s.wrong}</dt><dd>{source.error}</dd></div>}
			</dl>
			<Collections rows={source.read} />
			<ProblemBox problem={problem} />
			{waits && <p role="status">{s.asked}</p>}
			<p class="row">
				{!source.paused && <Act run={act(async () => { await post(`/sources/${source.id}/run`); setSince(source.last_run ?? ""); })}>{s.run}</Act>}
				<Act run={act(() => request(`/sources/${source.id}`, { method: "PATCH", json: { paused: !source.paused }, patch: true }))}>{source.paused ? s.resume : s.pause}</Act>
				<button type="button" onClick={change}>{s.edit}</button>
				<Act kind="danger" run={async () => { if (confirm(s.removeSure)) await act(() => del(`/sources/${source.id}`))(); }}>{s.remove}</Act>
			</p>
		</section>
	);
}

/* Where information comes from: other nodes, and servers that are only read. */
export function LinkTabs({ at }: { at: string }) {
	const tabs = [["/peers", t().places.peers], ["/peers?view=sources", w().title]] as const;
	return <nav class="tabs" aria-label={t().places.peers}>{tabs.map(([href, text]) => <a key={href} href={href} aria-current={href === at ? "page" : undefined}>{text}</a>)}</nav>;
}

export function SourcesScreen() {
	const list = useLoad("sources", (signal) => get<{ items: Source[] }>("/sources", undefined, signal));
	const ask = params.value.get("do");
	const close = () => setParams({ do: null });
	const s = w();

	if (!may("admin:peers")) return <Empty text={t().peers.notYours} />;
	const changed = list.data?.items.find((x) => x.id === ask);
	return (
		<>
			<header class="page-head">
				<h1>{s.title}</h1>
				<span class="grow" />
				<p class="row">
					<button type="button" class="primary" onClick={() => setParams({ do: "add" })}>{s.add}</button>
				</p>
			</header>
			<LinkTabs at="/peers?view=sources" />
			<p class="hint">{s.about}</p>
			<ProblemBox problem={list.error} retry={() => void list.reload()} />
			{!list.data && list.busy && <Loading />}
			{list.data?.items.length === 0 && <Empty text={s.none} hint={s.noneHint} />}
			{list.data?.items.map((x) => <One key={x.id} source={x} reload={list.reload} change={() => setParams({ do: x.id })} />)}
			{ask === "add" && <Edit onClose={close} onDone={() => void list.reload()} />}
			{changed && <Edit key={changed.id} source={changed} onClose={close} onDone={() => void list.reload()} />}
		</>
	);
}
