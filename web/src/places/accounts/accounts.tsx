// SPDX-License-Identifier: Apache-2.0
/* accounts: who may sign in for a team: added with a one-time link, given another role, switched off and on. */
import { useState } from "preact/hooks";
import { del, get, request } from "../../core/api";
import { listValues, may, me, nameOf, upper, word } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import type { Ok } from "../../core/openapi";
import { lang, say, t } from "../../i18n";
import { Act, Dialog, Empty, Field, Loading, ProblemBox, When, notice } from "../../ui/basics";
import { Once } from "./once";
import { w } from "./words";

type List = Ok<"GET /accounts">;
type Account = List["items"][number];
interface Link {
	sign_in: string;
	expires: string;
}

const roleWord = (role: string) => upper(word("role", role));
const roleHint = (role: string) => say(listValues("list:role").find((v) => v.value === role)?.hint, "");
const stateOf = (a: Account) => (a.disabled ? "disabled" : a.password ? "active" : "invited");

function Roles({ id, value, roles, onChange }: { id: string; value: string; roles: readonly string[]; onChange: (role: string) => void }) {
	return (
		<Field id={id} label={w().role} hint={roleHint(value)}>
			<select id={id} value={value} aria-describedby={`${id}-h`} onChange={(e) => onChange(e.currentTarget.value)}>
				{[...new Set([...roles, value])].map((r) => <option key={r} value={r}>{roleWord(r)}</option>)}
			</select>
		</Field>
	);
}

function ShowLink({ link, onClose }: { link: Link; onClose: () => void }) {
	const s = w();
	return (
		<>
			<Once id="acc-link" label={s.linkText} value={link.sign_in}>{s.linkAbout}</Once>
			<p>{s.linkUntil}: <When at={link.expires} /></p>
			<p class="row"><button type="button" class="primary" onClick={onClose}>{s.finish}</button></p>
		</>
	);
}

function Add({ list, team, onClose, onDone }: { list: List; team: string; onClose: () => void; onDone: () => void }) {
	const [x, setX] = useState({ email: "", name: "", role: list.roles.includes("analyst") ? "analyst" : (list.roles[0] ?? ""), language: lang.value as string });
	const [link, setLink] = useState<Link | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const put = (more: Partial<typeof x>) => setX({ ...x, ...more });
	const s = w();
	const add = async () => {
		setProblem(null);
		try {
			const json = { email: x.email.trim(), name: x.name.trim() || x.email.trim(), role: x.role, language: x.language, ...(team && { team }) };
			setLink((await (await request("/accounts", { method: "POST", json })).json()) as Link);
			onDone();
		} catch (e) {
			setProblem(e);
		}
	};
	if (link) return <Dialog title={`${s.linkTitle}: ${x.name || x.email}`} onClose={onClose}><ShowLink link={link} onClose={onClose} /></Dialog>;
	return (
		<Dialog title={s.add} onClose={onClose}>
			<form onSubmit={(e) => { e.preventDefault(); void add(); }}>
				<Field id="add-email" label={s.email} hint={s.addEmailHint} required>
					<input id="add-email" type="email" required autofocus autocomplete="off" maxLength={254} aria-describedby="add-email-h" value={x.email} onInput={(e) => put({ email: e.currentTarget.value })} />
				</Field>
				<Field id="add-name" label={s.name} hint={s.nameHint}>
					<input id="add-name" autocomplete="off" maxLength={60} aria-describedby="add-name-h" value={x.name} onInput={(e) => put({ name: e.currentTarget.value })} />
				</Field>
				<Roles id="add-role" value={x.role} roles={list.roles} onChange={(role) => put({ role })} />
				<Field id="add-language" label={s.language} hint={s.languageHint}>
					<select id="add-language" aria-describedby="add-language-h" value={x.language} onChange={(e) => put({ language: e.currentTarget.value })}>
						{Object.entries(s.languages).map(([l, text]) => <option key={l} value={l} lang={l}>{text}</option>)}
					</select>
				</Field>
				<ProblemBox problem={problem} />
				<p class="row"><Act kind="primary" type="submit">{s.addGo}</Act> <button type="button" onClick={onClose}>{t().cancel}</button></p>
			</form>
		</Dialog>
	);
}

/* One thing that can be done, and what it does. */
function Doing({ hint, children }: { hint: string; children: any }) {
	return <li>{children}<span class="hint">{hint}</span></li>;
}

function One({ account: a, roles, onClose, reload }: { account: Account; roles: readonly string[]; onClose: () => void; reload: () => Promise<void> }) {
	const [role, setRole] = useState<string>(a.role);
	const [link, setLink] = useState<Link | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const path = `/accounts/${a.id}`;
	const who = a.name || a.email;
	const act = (run: () => Promise<unknown>, said?: string, sure?: string) => async () => {
		if (sure && !confirm(sure)) return;
		setProblem(null);
		try {
			await run();
			if (said) notice(said);
			await reload();
		} catch (e) {
			setProblem(e);
		}
	};
	const patch = (json: object) => request(path, { method: "PATCH", json, patch: true });
	if (link) return <Dialog title={`${s.linkTitle}: ${who}`} onClose={onClose}><ShowLink link={link} onClose={onClose} /></Dialog>;
	return (
		<Dialog title={s.change(who)} onClose={onClose}>
			<dl class="fields">
				<div><dt>{s.email}</dt><dd>{a.email}</dd></div>
				<div><dt>{s.role}</dt><dd>{roleWord(a.role)}</dd></div>
				<div><dt>{s.state}</dt><dd>{s.states[stateOf(a)]}{a.totp && ` · ${s.withTotp}`}</dd></div>
				<div><dt>{s.lastSignIn}</dt><dd>{a.last_sign_in ? <When at={a.last_sign_in} /> : s.never}</dd></div>
			</dl>
			<ProblemBox problem={problem} />
			{a.own && <p class="note-box">{s.ownHint} <a href="/account">{s.toOwn}</a></p>}
			{!a.own && !a.kept && <p class="note-box">{s.notKept}</p>}
			{!a.own && a.kept && (
				<>
					<form class="acc-role" onSubmit={(e) => { e.preventDefault(); void act(() => patch({ role }), s.roleGiven(roleWord(role)))(); }}>
						<Roles id="acc-role" value={role} roles={roles} onChange={setRole} />
						<p class="row"><Act type="submit" disabled={role === a.role}>{s.roleGive}</Act></p>
					</form>
					<ul class="plain acc-doings">
						{!a.disabled && <Doing hint={s.linkMakeHint}><Act run={act(async () => setLink((await (await request(`${path}/link`, { method: "POST", json: {} })).json()) as Link))}>{s.linkMake}</Act></Doing>}
						{!a.disabled && <Doing hint={s.endAllHint}><Act run={act(() => del(`${path}/sessions`), s.ended)}>{s.endAll}</Act></Doing>}
						{a.totp && <Doing hint={s.totpOffForHint}><Act run={act(() => del(`${path}/totp`), s.totpRemoved, s.totpOffForSure(who))}>{s.totpOffFor}</Act></Doing>}
						{a.disabled ? (
							<Doing hint=""><Act run={act(() => patch({ disabled: false }), s.enabled)}>{s.enable}</Act></Doing>
						) : (
							<Doing hint={s.disableHint}><Act kind="danger" run={act(() => patch({ disabled: true }), s.disabled, s.disableSure(who))}>{s.disable}</Act></Doing>
						)}
					</ul>
				</>
			)}
		</Dialog>
	);
}

function Table({ items }: { items: Account[] }) {
	const s = w();
	const open = (a: Account) => {
		const q = new URLSearchParams(params.value);
		q.set("who", a.id);
		return `/accounts?${q}`;
	};
	return (
		<div class="scroll">
			<table class="acc-table">
				<thead><tr><th scope="col">{s.name}</th><th scope="col">{s.role}</th><th scope="col">{s.state}</th><th scope="col">{s.lastSignIn}</th></tr></thead>
				<tbody>
					{items.map((a) => (
						<tr key={a.id} data-row class={a.disabled ? "off" : undefined}>
							<th scope="row"><a href={open(a)}><bdi>{a.name || a.email}</bdi></a>{a.own && <span class="acc-mark">{s.you}</span>}<br /><span class="hint"><bdi>{a.email}</bdi></span></th>
							<td>{roleWord(a.role)}</td>
							<td>{s.states[stateOf(a)]}{a.totp && <><br /><span class="hint">{s.withTotp}</span></>}</td>
							<td>{a.last_sign_in ? <When at={a.last_sign_in} rel /> : <span class="hint">{s.never}</span>}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

/* All pages of a team's accounts. */
async function readAll(team: string, signal: AbortSignal): Promise<List> {
	let page = await get<List>("/accounts", { team, limit: 500 }, signal);
	const all = { ...page };
	while (page.next) {
		page = await get<List>("/accounts", { team, limit: 500, cursor: page.next }, signal);
		all.items = [...all.items, ...page.items];
	}
	return all;
}

export function AccountsScreen() {
	const team = params.value.get("team") ?? "";
	const q = (params.value.get("q") ?? "").normalize("NFKC").toLowerCase();
	const list = useLoad(may("admin:accounts") ? `accounts ${team}` : null, (signal) => readAll(team, signal));
	const who = params.value.get("who");
	const s = w();

	if (!may("admin:accounts")) return <><h1>{t().places.accounts}</h1><Empty text={s.accountsNotYours}><p><a href="/account">{s.toOwn}</a></p></Empty></>;
	const d = list.data;
	const found = d?.items.filter((a) => !q || `${a.name} ${a.email} ${roleWord(a.role)}`.normalize("NFKC").toLowerCase().includes(q)) ?? [];
	const chosen = d?.items.find((a) => a.id === who);
	return (
		<>
			<header class="page-head">
				<h1>{s.accounts}</h1>
				<span class="grow" />
				<button type="button" class="primary" aria-keyshortcuts="c" onClick={() => setParams({ do: "add" })}>{s.add}</button>
			</header>
			<p class="hint">{s.accountsAbout}</p>
			<div class="filter">
				{d && d.teams.length > 1 && (
					<label><span>{s.whichTeam}</span>
						<select value={team || me.value?.team?.id} onChange={(e) => setParams({ team: e.currentTarget.value === me.value?.team?.id ? null : e.currentTarget.value, q: null })}>
							{d.teams.map((id) => <option key={id} value={id}>{nameOf(id)}</option>)}
						</select>
					</label>
				)}
				<label><span>{s.find}</span><input id="filter" type="search" value={params.value.get("q") ?? ""} onInput={(e) => setParams({ q: e.currentTarget.value || null })} /></label>
				{d && <span class="hint" role="status">{s.count(found.length, d.items.length)}</span>}
			</div>
			<ProblemBox problem={list.error} retry={() => void list.reload()} />
			{!d && list.busy && <Loading />}
			{d && !d.items.length && <Empty text={s.noneYet} hint={s.noneYetHint}><p><button type="button" onClick={() => setParams({ do: "add" })}>{s.add}</button></p></Empty>}
			{d && d.items.length > 0 && !found.length && <Empty text={s.noneFound}><p><button type="button" onClick={() => setParams({ q: null })}>{t().clearFilter}</button></p></Empty>}
			{found.length > 0 && <Table items={found} />}
			{d && params.value.get("do") === "add" && <Add list={d} team={team} onClose={() => setParams({ do: null })} onDone={() => void list.reload()} />}
			{d && chosen && <One key={chosen.id} account={chosen} roles={d.roles} onClose={() => setParams({ who: null })} reload={list.reload} />}
		</>
	);
}
