// SPDX-License-Identifier: Apache-2.0
/* circle: one circle: its rules in plain words, who is in it as far as the rules show it, and joining and leaving as
 * far as the rules let. */
import { useState } from "preact/hooks";
import { hrefOf, isOwn, mayEdit, nameOf, typeOfSlug } from "../../core/catalog";
import { about, useLoad } from "../../core/load";
import { go } from "../../core/router";
import type { Rec } from "../../core/types";
import { lang, t } from "../../i18n";
import { Act, Loading, ProblemBox, Tlp, notice } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { RecordHead, TlpLine, useHeld } from "../records/record";
import { Timeline } from "../records/timeline";
import { ordered } from "./search";
import { addMember, everything, members, removeMember, type Members } from "./store";
import { nameIn } from "./teams";

/* Each rule as a sentence; agreed: an agreement that no server keeps. */
export function rulesOf(rec: Rec, owner: string): { text: string; agreed?: boolean }[] {
	const r = (rec.rules && typeof rec.rules === "object" && !Array.isArray(rec.rules) ? rec.rules : {}) as Record<string, string | undefined>;
	const w = t().members.rule;
	const days = typeof rec.retention_days === "number" && rec.retention_days > 0 ? rec.retention_days : 0;
	return [
		{ text: (w.invite[r.invite ?? "owner"] ?? w.invite.owner!)(owner) },
		{ text: (w.see[r.see_members ?? "members"] ?? w.see.owner!)(owner) },
		{ text: (w.forward[r.forward ?? "ask"] ?? w.forward.ask!)(owner), agreed: true },
		{ text: w.keep(days), agreed: days > 0 },
	];
}

function Rules({ rec, owner }: { rec: Rec; owner: string }) {
	const m = t().members;
	const tlp = typeof rec.default_tlp === "string" ? rec.default_tlp : "TLP:AMBER";
	return (
		<section class="part" aria-labelledby="rules">
			<h2 id="rules">{m.rules}</h2>
			<ul class="rules">
				{rulesOf(rec, owner).map((r) => <li key={r.text}>{r.text}{r.agreed && <span class="hint"> {m.agreed}</span>}</li>)}
				<li>{m.rule.tlp} <Tlp label={tlp} explain /> <span class="hint">{t().tlpMeaning[tlp]}</span></li>
				{typeof rec.charter === "string" && rec.charter && <li>{m.rule.charter} {/^https?:/.test(rec.charter) ? <a href={rec.charter} rel="noreferrer">{rec.charter}</a> : rec.charter}</li>}
			</ul>
		</section>
	);
}

function Add({ id, have, done }: { id: string; have: Set<string>; done: (m: Members) => void }) {
	const [team, setTeam] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const teams = useLoad<Rec[]>("directory teams", (s) => everything("/teams", s));
	const m = t().members;
	const add = async () => {
		setProblem(null);
		try {
			done(await addMember(id, team));
			setTeam("");
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<form class="adder" onSubmit={(e) => { e.preventDefault(); if (team) void add(); }}>
			<label for="add-team">{m.addTeam}</label>
			<div class="row">
				<select id="add-team" value={team} onChange={(e) => setTeam(e.currentTarget.value)}>
					<option value="">{t().choose}</option>
					{ordered(teams.data ?? [], lang.value).filter((x) => !have.has(x.id)).map((x) => <option key={x.id} value={x.id}>{nameIn(x)}</option>)}
				</select>
				<Act type="submit" kind="primary" disabled={!team}>{t().add}</Act>
			</div>
			<p class="hint">{m.addHint}</p>
			<ProblemBox problem={problem} />
		</form>
	);
}

function MemberList({ id }: { id: string }) {
	const load = useLoad<Members>(`members ${id}`, (s) => members(id, s), (e) => about(id)(e) || e.name.startsWith("memberships."));
	const teams = useLoad<Rec[]>("directory teams", (s) => everything("/teams", s));
	const [problem, setProblem] = useState<unknown>(null);
	const m = t().members;
	const page = load.data;

	if (!page) return load.error ? <ProblemBox problem={load.error} retry={load.reload} /> : <Loading />;
	const name = (x: Members["items"][number]) => (lang.value === "ja" && x.name_ja) || x.name;
	/* its keeper, then the order of the directory */
	const place = new Map(ordered(teams.data ?? [], lang.value).map((x, i) => [x.id, i]));
	const rank = (x: Members["items"][number]) => (x.owner ? -1 : (place.get(x.team) ?? place.size));
	const items = [...page.items].sort((a, b) => rank(a) - rank(b));
	const out = (x: Members["items"][number]) => async () => {
		if (!confirm(x.own ? m.leaveSure : m.removeSure(name(x)))) return;
		setProblem(null);
		try {
			await removeMember(id, x.team);
			notice(x.own ? m.left : m.removed(name(x)));
			if (x.own && !x.owner) return go("/members?tab=circles");
			await load.reload();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section class="part" aria-labelledby="members">
			<h2 id="members">{m.members} {page.count !== null && <span class="hint">{m.teamsCount(page.count)}</span>}</h2>
			{!page.complete && <p class="hint">{m.closed(page.owner ? nameOf(page.owner) : "")}</p>}
			{!page.kept_here && <p class="hint">{m.keptElsewhere(page.owner ? nameOf(page.owner) : "")}</p>}
			<ProblemBox problem={problem} />
			<ul class="plain memberlist">
				{items.map((x) => (
					<li key={x.team} data-row>
						<a href={hrefOf(x.team) ?? "#"}>{name(x)}</a>
						<span class="hint">{[x.owner && m.owner, x.own && m.own, !x.hosted && m.elsewhereShort].filter(Boolean).join(" · ")}</span>
						<span class="grow" />
						{x.own && page.rights.leave ? <Act run={out(x)}>{m.leave}</Act> : page.rights.remove && <Act kind="quiet" run={out(x)}>{t().remove}<span class="sr"> {name(x)}</span></Act>}
					</li>
				))}
			</ul>
			{!page.items.length && <p class="hint">{m.nobody}</p>}
			{page.rights.invite && <Add id={id} have={new Set(page.items.map((x) => x.team))} done={(now) => load.set(now)} />}
		</section>
	);
}

export function CircleScreen({ id }: { id: string }) {
	const def = typeOfSlug("circles")!;
	const load = useHeld(def, id);
	const rec = load.data?.rec;

	if (!rec) return load.error ? <ProblemBox problem={load.error} type={def} retry={load.reload} /> : <Loading />;
	const keeps = mayEdit(def) && isOwn(rec);
	return (
		<article class="record">
			<RecordHead def={def} rec={rec}>
				{keeps && <a class="button" href={`/r/circles/${rec.id}/edit`} data-edit><Icon name="edit" /> {t().members.editRules}</a>}
			</RecordHead>
			{typeof rec.description === "string" && rec.description && <p class="prose">{rec.description}</p>}
			<div class="columns">
				<div class="main-col">
					<MemberList id={rec.id} />
					{isOwn(rec) && <Timeline def={def} rec={rec} />}
				</div>
				<aside class="side-col" aria-label={t().members.rules}>
					<Rules rec={rec} owner={nameOf(rec.team)} />
				</aside>
			</div>
			<TlpLine rec={rec} />
		</article>
	);
}
