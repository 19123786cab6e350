// SPDX-License-Identifier: Apache-2.0
/* peers: links to other nodes: how they are, what went wrong, and the invitation as two screens, one for each
 * side, at whose end two people compare words. */
import { useState } from "preact/hooks";
import { del, get, post, request } from "../../core/api";
import { may } from "../../core/catalog";
import { lang, t } from "../../i18n";
import { params, setParams } from "../../core/router";
import { Act, CopyButton, Dialog, Empty, Field, Loading, ProblemBox, When } from "../../ui/basics";
import { useLoad } from "../../core/load";
import { LinkTabs, SourcesScreen } from "../sources/sources";
import { PeerItems } from "./peeritems";

interface Said {
	id: string;
	name: string;
	name_ja?: string;
	fingerprint: string;
	fingerprint_ja: string;
}
interface Peer {
	id: string;
	name: string;
	team: string;
	teams: Said[];
	url: string;
	state: "confirm" | "active" | "stopped" | "key_changed";
	last_contact: string | null;
	last_error: string | null;
	behind?: number | null;
	created: string;
}
interface Self {
	name: string;
	url: string;
	teams: Said[];
}

const nameOfTeam = (x: Said) => (lang.value === "ja" && x.name_ja) || x.name;

/* Sixteen words in four groups, as two people read them to each other. */
function Words({ of }: { of: Said }) {
	const groups = (lang.value === "ja" ? of.fingerprint_ja : of.fingerprint).split(" - ");
	return (
		<div class="words">
			<p class="strong"><bdi>{nameOfTeam(of)}</bdi></p>
			<ol class="plain tight" aria-label={t().peers.words}>{groups.map((g) => <li key={g} class="mono">{g}</li>)}</ol>
		</div>
	);
}

function Compare({ peer, self }: { peer?: Peer; self?: Self }) {
	return (
		<>
			<p>{t().peers.compare}</p>
			{peer && <><h3>{t().peers.theirs}</h3>{peer.teams.map((x) => <Words key={x.id} of={x} />)}</>}
			{self && <><h3>{t().peers.ours}</h3>{self.teams.map((x) => <Words key={x.id} of={x} />)}</>}
		</>
	);
}

/* ---- the two screens of an invitation ---- */
function Invite({ self, onClose }: { self?: Self; onClose: () => void }) {
	const [link, setLink] = useState("");
	const [confirm, setConfirm] = useState(true);
	const [problem, setProblem] = useState<unknown>(null);
	const make = async () => {
		setProblem(null);
		try {
			/* not repeated by itself: an answer kept for that would hold the secret */
			const res = await request("/peers/invitations", { method: "POST", json: { confirm } });
			setLink(((await res.json()) as { link: string }).link);
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<Dialog title={t().peers.invite} onClose={onClose} wide>
			{!link ? (
				<>
					<p>{t().peers.inviteWhy}</p>
					<label class="hang"><input type="checkbox" checked={confirm} onChange={(e) => setConfirm(e.currentTarget.checked)} /> {t().peers.ask}</label>
					<ProblemBox problem={problem} />
					<p class="row"><Act kind="primary" run={make}>{t().peers.make}</Act></p>
				</>
			) : (
				<>
					<p>{t().peers.pass}</p>
					<p><label for="invitation">{t().peers.link}</label><textarea id="invitation" class="mono" rows={4} readOnly value={link} onFocus={(e) => e.currentTarget.select()} /></p>
					<p class="row"><CopyButton value={link} label={t().copy} /></p>
					<p class="hint">{t().peers.once}</p>
					<Compare self={self} />
				</>
			)}
		</Dialog>
	);
}

function Accept({ self, onClose, onDone }: { self?: Self; onClose: () => void; onDone: () => void }) {
	const [link, setLink] = useState("");
	const [peer, setPeer] = useState<Peer | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const accept = async () => {
		setProblem(null);
		try {
			setPeer(await post<Peer>("/peers", { link: link.trim() }));
			onDone();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<Dialog title={t().peers.accept} onClose={onClose} wide>
			{!peer ? (
				<form onSubmit={(e) => { e.preventDefault(); void accept(); }}>
					<Field id="link" label={t().peers.link} hint={t().peers.paste} required>
						<textarea id="link" class="mono" rows={4} required autofocus value={link} aria-describedby="link-h" onInput={(e) => setLink(e.currentTarget.value)} />
					</Field>
					<ProblemBox problem={problem} />
					<p class="row"><Act kind="primary" type="submit" disabled={!link.trim()}>{t().peers.connect}</Act></p>
				</form>
			) : (
				<>
					<p role="status">{t().peers.linked(peer.team || peer.name)}</p>
					<Compare peer={peer} self={self} />
				</>
			)}
		</Dialog>
	);
}

/* ---- one link ---- */
function Link({ peer, self, reload }: { peer: Peer; self?: Self; reload: () => Promise<void> }) {
	const [problem, setProblem] = useState<unknown>(null);
	const act = (run: () => Promise<unknown>) => async () => {
		setProblem(null);
		try {
			await run();
			await reload();
		} catch (e) {
			setProblem(e);
		}
	};
	const set = (state: string) => act(() => request(`/peers/${peer.id}`, { method: "PATCH", json: { state }, patch: true }));
	const id = `peer-${peer.id}`;
	return (
		<section class="part" aria-labelledby={id}>
			<h2 id={id}><bdi>{peer.team || peer.name}</bdi> <span class="hint">{t().peers.states[peer.state]}</span></h2>
			<p>{t().peers.meaning[peer.state]}</p>
			<dl class="fields">
				<div><dt>{t().peers.address}</dt><dd class="mono">{peer.url}</dd></div>
				<div><dt>{t().peers.contact}</dt><dd>{peer.last_contact ? <When at={peer.last_contact} rel /> : t().peers.never}</dd></div>
				{typeof peer.behind === "number" && <div><dt>{t().peers.behind}</dt><dd class="num">{peer.behind || t().peers.upToDate}</dd></div>}
				{peer.last_error && <div><dt>{t().peers.wrong}</dt><dd>{peer.last_error}</dd></div>}
			</dl>
			{peer.state !== "confirm" && <PeerItems peer={peer.id} active={peer.state === "active"} />}
			<details open={peer.state === "confirm"}>
				<summary>{t().peers.words}</summary>
				<Compare peer={peer} self={self} />
			</details>
			<ProblemBox problem={problem} />
			<p class="row">
				{peer.state === "confirm" && <Act kind="primary" run={set("active")}>{t().peers.same}</Act>}
				{peer.state === "active" && <Act run={set("stopped")}>{t().peers.stop}</Act>}
				{peer.state === "stopped" && <Act run={set("active")}>{t().peers.resume}</Act>}
				<Act kind="danger" run={act(() => del(`/peers/${peer.id}`))}>{peer.state === "confirm" ? t().peers.refuse : t().peers.end}</Act>
			</p>
		</section>
	);
}

/* Links between nodes, and beside them (?view=sources) the servers of others that are read. */
export function PeersScreen() {
	return params.value.get("view") === "sources" ? <SourcesScreen /> : <Links />;
}

function Links() {
	const list = useLoad("peers", (signal) => get<{ items: Peer[] }>("/peers", undefined, signal));
	const self = useLoad("self", (signal) => get<Self>("/peers/self", undefined, signal));
	const ask = params.value.get("do");
	const close = () => setParams({ do: null });

	if (!may("admin:peers")) return <><h1>{t().places.peers}</h1><Empty text={t().peers.notYours} /></>;
	return (
		<>
			<header class="page-head">
				<h1>{t().places.peers}</h1>
				<span class="grow" />
				<p class="row">
					<button type="button" class="primary" onClick={() => setParams({ do: "invite" })}>{t().peers.invite}</button>
					<button type="button" onClick={() => setParams({ do: "accept" })}>{t().peers.accept}</button>
				</p>
			</header>
			<LinkTabs at="/peers" />
			<p class="hint">{t().peers.about}</p>
			<ProblemBox problem={list.error} retry={() => void list.reload()} />
			{!list.data && list.busy && <Loading />}
			{list.data?.items.length === 0 && <Empty text={t().peers.none} hint={t().peers.noneHint} />}
			{list.data?.items.map((p) => <Link key={p.id} peer={p} self={self.data} reload={list.reload} />)}
			{ask === "invite" && <Invite self={self.data} onClose={close} />}
			{ask === "accept" && <Accept self={self.data} onClose={close} onDone={() => void list.reload()} />}
		</>
	);
}
