// SPDX-License-Identifier: Apache-2.0
/* signin: the way in, as a page and, when a session has ended, as a dialog over the page. */
import { useState } from "preact/hooks";
import { Problem, waiting } from "../core/api";
import { me } from "../core/catalog";
import { lang, t } from "../i18n";
import { Act, Dialog, Field, ProblemBox } from "../ui/basics";
import { setLanguage, signIn } from "../core/session";

function SignInForm({ email: known, again }: { email?: string; again?: boolean }) {
	const [email, setEmail] = useState(known ?? "");
	const [password, setPassword] = useState("");
	const [otp, setOtp] = useState("");
	const [wantsOtp, setWantsOtp] = useState(false);
	const [problem, setProblem] = useState<unknown>(null);
	const run = async () => {
		setProblem(null);
		try {
			await signIn(email.trim(), password, otp.trim());
		} catch (e) {
			if (e instanceof Problem && /otp|totp|code/.test(e.code)) setWantsOtp(true);
			setProblem(e);
		}
	};
	return (
		<form onSubmit={(e) => { e.preventDefault(); void run(); }}>
			<ProblemBox problem={problem} title={t().signIn.failed} />
			<Field id="email" label={t().signIn.email}><input id="email" type="email" autocomplete="username" required value={email} onInput={(e) => setEmail(e.currentTarget.value)} /></Field>
			<Field id="password" label={t().signIn.password}><input id="password" type="password" autocomplete="current-password" required autofocus={again} value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></Field>
			{wantsOtp ? (
				<Field id="otp" label={t().signIn.otp}><input id="otp" inputMode="numeric" autocomplete="one-time-code" value={otp} onInput={(e) => setOtp(e.currentTarget.value)} /></Field>
			) : <p><button type="button" class="quiet" onClick={() => setWantsOtp(true)}>{t().signIn.haveOtp}</button></p>}
			<p class="row"><Act kind="primary" type="submit">{t().signIn.go}</Act></p>
		</form>
	);
}

export function LanguageSwitch() {
	return (
		<p class="row langs">
			<button type="button" class="quiet" lang="ja" aria-pressed={lang.value === "ja"} onClick={() => void setLanguage("ja")}>日本語</button>
			<button type="button" class="quiet" lang="en" aria-pressed={lang.value === "en"} onClick={() => void setLanguage("en")}>English</button>
		</p>
	);
}

export function SignInScreen() {
	return (
		<main id="main" class="signin" tabIndex={-1}>
			<h1><span class="brand" lang="en">hikeshi</span> {t().signIn.title}</h1>
			<p>{t().signIn.lead}</p>
			<SignInForm />
			<p><a href="/report">{t().signIn.report}</a></p>
			<LanguageSwitch />
		</main>
	);
}

export function SignInDialog() {
	if (!waiting.value || !me.value) return null;
	return (
		<Dialog title={t().signIn.again} onClose={() => {}}>
			<p>{t().signIn.againWhy}</p>
			<SignInForm email={me.value.email} again />
		</Dialog>
	);
}
