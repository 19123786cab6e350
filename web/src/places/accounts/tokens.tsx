// SPDX-License-Identifier: Apache-2.0
/* tokens: API tokens of one's own: made (and shown once), listed, revoked. */
import { useState } from "preact/hooks";
import { del, get, request } from "../../core/api";
import { useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import type { Ok } from "../../core/openapi";
import { t } from "../../i18n";
import { Act, Dialog, Empty, Field, Loading, ProblemBox, When, notice } from "../../ui/basics";
import { Once } from "./once";
import { w } from "./words";

type Token = Ok<"GET /tokens">["items"][number];
const SCOPES = ["read", "write", "import", "export", "admin"];
const DAY = 86400e3;

function Make({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
	const [name, setName] = useState("");
	const [scopes, setScopes] = useState<string[]>(["read"]);
	const [days, setDays] = useState("90");
	const [secret, setSecret] = useState("");
	const [fault, setFault] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const make = async () => {
		setProblem(null);
		setFault("");
		if (!scopes.length) return setFault(s.tokenScopesNone);
		try {
			const json = { name: name.trim(), scopes, ...(days && { expires: new Date(Date.now() + Number(days) * DAY).toISOString() }) };
			setSecret(((await (await request("/tokens", { method: "POST", json })).json()) as Ok<"POST /tokens">).token);
			onDone();
		} catch (e) {
			setProblem(e);
		}
	};
	if (secret) {
		return (
			<Dialog title={s.tokenNew} onClose={onClose}>
				<Once id="token-secret" label={s.tokenText} value={secret}>{s.tokenOnce}</Once>
				<p class="row"><button type="button" class="primary" onClick={onClose}>{s.finish}</button></p>
			</Dialog>
		);
	}
	return (
		<Dialog title={s.tokenNew} onClose={onClose}>
			<form onSubmit={(e) => { e.preventDefault(); void make(); }}>
				<Field id="token-name" label={s.tokenName} hint={s.tokenNameHint} required>
					<input id="token-name" required maxLength={60} autofocus aria-describedby="token-name-h" value={name} onInput={(e) => setName(e.currentTarget.value)} />
				</Field>
				<fieldset aria-describedby={fault ? "token-scopes-e" : undefined}>
					<legend>{s.tokenScopes}</legend>
					{SCOPES.map((x) => (
						<p key={x}><label><input type="checkbox" checked={scopes.includes(x)} onChange={(e) => setScopes(e.currentTarget.checked ? [...scopes, x] : scopes.filter((y) => y !== x))} /> {s.scopes[x]![0]} <span class="hint">{s.scopes[x]![1]}</span></label></p>
					))}
					{fault && <p class="fault" id="token-scopes-e" role="alert">{fault}</p>}
				</fieldset>
				<Field id="token-days" label={s.tokenEnds}>
					<select id="token-days" value={days} onChange={(e) => setDays(e.currentTarget.value)}>
						{["30", "90", "365", ""].map((d) => <option key={d} value={d}>{s.tokenDays[d]}</option>)}
					</select>
				</Field>
				<ProblemBox problem={problem} />
				<p class="row"><Act kind="primary" type="submit">{s.tokenMake}</Act> <button type="button" onClick={onClose}>{t().cancel}</button></p>
			</form>
		</Dialog>
	);
}

const scopeWords = (scopes: string) => scopes.split(" ").filter(Boolean).map((x) => w().scopes[x]?.[0] ?? x).join(", ") || w().tokenAll;

export function Tokens() {
	const list = useLoad("own tokens", (signal) => get<Ok<"GET /tokens">>("/tokens", undefined, signal));
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const nameOfToken = (x: Token) => (x.purpose !== "api" && s.purposes[x.purpose]) || x.name || String(x.id);
	const revoke = (x: Token) => async () => {
		if (!confirm(s.revokeSure(nameOfToken(x)))) return;
		setProblem(null);
		try {
			await del(`/tokens/${x.id}`);
			notice(s.revoked);
		} catch (e) {
			setProblem(e);
		}
		await list.reload();
	};
	return (
		<section class="part" aria-labelledby="own-tokens">
			<h2 id="own-tokens">{s.tokens}</h2>
			<p class="hint">{s.tokensAbout}</p>
			<ProblemBox problem={problem ?? list.error} retry={list.error ? () => void list.reload() : undefined} />
			{!list.data && list.busy && <Loading />}
			{list.data?.items.length === 0 && <Empty text={s.tokensNone} hint={s.tokensNoneHint} />}
			<ul class="plain acc-rows">
				{list.data?.items.map((x) => (
					<li key={x.id}>
						<div class="grow">
							<p class="strong"><bdi>{nameOfToken(x)}</bdi></p>
							<p class="hint">
								{x.purpose !== "sign-in" && <>{scopeWords(x.scopes)} · </>}
								{s.tokenMade} <When at={x.created} /> · {x.expires ? (Date.parse(x.expires) < Date.now() ? <strong>{s.tokenOver}</strong> : <>{s.tokenEnds} <When at={x.expires} /></>) : s.tokenForever} · {x.used ? <>{s.tokenUsed} <When at={x.used} rel /></> : s.tokenUnused}
							</p>
						</div>
						<Act kind="danger" run={revoke(x)}>{s.revoke} <span class="sr">{nameOfToken(x)}</span></Act>
					</li>
				))}
			</ul>
			<p class="row"><button type="button" onClick={() => setParams({ do: "token" })}>{s.tokenNew}</button></p>
			{params.value.get("do") === "token" && <Make onClose={() => setParams({ do: null })} onDone={() => void list.reload()} />}
		</section>
	);
}
