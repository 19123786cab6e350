// SPDX-License-Identifier: Apache-2.0
/* own: one's own account: profile, password, one-time codes, where one is signed in, API tokens. */
import { useState } from "preact/hooks";
import { del, get, request, setMe } from "../../core/api";
import { loadDirectory, me, nameOf, upper, word } from "../../core/catalog";
import { useLoad } from "../../core/load";
import type { Ok } from "../../core/openapi";
import type { Lang, Me } from "../../core/types";
import { t, useLanguage } from "../../i18n";
import { Act, Field, Loading, ProblemBox, When, notice } from "../../ui/basics";
import { agentName } from "./agent";
import { NewPassword } from "./password";
import { Tokens } from "./tokens";
import { Totp } from "./totp";
import { w } from "./words";

export type Methods = Ok<"GET /me/methods">;
type Session = Ok<"GET /me/sessions">["items"][number];

function Profile() {
	const m = me.value!;
	const [name, setName] = useState(m.name);
	const [language, setLanguage] = useState(m.language);
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const save = async () => {
		setProblem(null);
		try {
			me.value = await setMe<Me>({ name: name.trim(), language });
			await useLanguage(language as Lang);
			void loadDirectory();
			notice(w().saved);
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section class="part narrow" aria-labelledby="own-profile">
			<h2 id="own-profile">{s.profile}</h2>
			<dl class="fields">
				<div><dt>{s.email}</dt><dd>{m.email}</dd></div>
				<div><dt>{s.role}</dt><dd>{upper(word("role", m.role))}</dd></div>
				<div><dt>{s.team}</dt><dd>{m.team && nameOf(m.team.id)}</dd></div>
			</dl>
			<form onSubmit={(e) => { e.preventDefault(); void save(); }}>
				<Field id="own-name" label={s.name} hint={s.nameHint}>
					<input id="own-name" required maxLength={200} autocomplete="name" aria-describedby="own-name-h" value={name} onInput={(e) => setName(e.currentTarget.value)} />
				</Field>
				<Field id="own-language" label={s.language} hint={s.languageHint}>
					<select id="own-language" aria-describedby="own-language-h" value={language} onChange={(e) => setLanguage(e.currentTarget.value)}>
						{Object.entries(s.languages).map(([l, x]) => <option key={l} value={l} lang={l}>{x}</option>)}
					</select>
				</Field>
				<ProblemBox problem={problem} />
				<p class="row"><Act type="submit">{t().save}</Act></p>
			</form>
		</section>
	);
}

function Password({ methods, reload }: { methods: Methods; reload: () => void }) {
	const none = { old: "", password: "", again: "" };
	const [x, setX] = useState(none);
	const [fault, setFault] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const save = async () => {
		setProblem(null);
		setFault("");
		if (x.password !== x.again) return setFault(s.passwordDiffers);
		try {
			await request("/me/password", { method: "POST", json: methods.password ? { old: x.old, password: x.password } : { password: x.password } });
			setX(none);
			notice(s.passwordDone);
			reload();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section class="part narrow" aria-labelledby="own-password">
			<h2 id="own-password">{s.password}</h2>
			<p class="hint">{methods.password ? s.passwordEnds : s.passwordNone}</p>
			<form onSubmit={(e) => { e.preventDefault(); void save(); }}>
				<input class="sr" type="email" autocomplete="username" tabIndex={-1} aria-hidden="true" readOnly value={me.value?.email} />
				{methods.password && (
					<Field id="own-old" label={s.passwordOld}>
						<input id="own-old" type="password" autocomplete="current-password" required value={x.old} onInput={(e) => setX({ ...x, old: e.currentTarget.value })} />
					</Field>
				)}
				<NewPassword id="own-new" value={x.password} again={x.again} error={fault} put={(more) => setX({ ...x, ...more })} />
				<ProblemBox problem={problem} />
				<p class="row"><Act type="submit">{s.passwordSet}</Act></p>
			</form>
		</section>
	);
}

function Sessions({ sessions, reload }: { sessions: Session[]; reload: () => Promise<void> }) {
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const end = (path: string) => async () => {
		setProblem(null);
		try {
			await del(path);
			notice(s.ended);
		} catch (e) {
			setProblem(e);
		}
		await reload();
	};
	return (
		<section class="part" aria-labelledby="own-sessions">
			<h2 id="own-sessions">{s.sessions}</h2>
			<p class="hint">{sessions.length > 1 ? s.sessionsAbout : s.onlyThis}</p>
			<ul class="plain acc-rows">
				{sessions.map((x) => {
					const name = agentName(x.agent) || s.unknownAgent;
					return (
						<li key={x.id}>
							<div class="grow">
								<p class="strong"><bdi>{name}</bdi> {x.this && <span class="acc-mark">{s.thisSession}</span>}</p>
								<p class="hint"><bdi>{s.from(x.from.replace(/:\d+$/, ""))}</bdi> · {s.begun} <When at={x.created} /> · {s.seen} <When at={x.seen} rel /></p>
							</div>
							{!x.this && <Act run={end(`/me/sessions/${x.id}`)}>{s.end} <span class="sr">{name}</span></Act>}
						</li>
					);
				})}
			</ul>
			<ProblemBox problem={problem} />
			{sessions.length > 1 && <p class="row"><Act run={end("/me/sessions")}>{s.endOthers}</Act></p>}
		</section>
	);
}

export function OwnScreen() {
	const methods = useLoad("own methods", (signal) => get<Methods>("/me/methods", undefined, signal));
	const sessions = useLoad("own sessions", (signal) => get<Ok<"GET /me/sessions">>("/me/sessions", undefined, signal));
	const s = w();

	return (
		<>
			<header class="page-head"><h1>{s.own}</h1></header>
			<ProblemBox problem={methods.error ?? sessions.error} retry={() => { void methods.reload(); void sessions.reload(); }} />
			<Profile />
			{!methods.data && methods.busy && <Loading />}
			{methods.data && <Password methods={methods.data} reload={() => { void methods.reload(); void sessions.reload(); }} />}
			{methods.data && <Totp methods={methods.data} reload={methods.reload} />}
			{sessions.data && <Sessions sessions={sessions.data.items} reload={sessions.reload} />}
			<Tokens />
		</>
	);
}
