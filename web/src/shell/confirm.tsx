// SPDX-License-Identifier: Apache-2.0
/* confirm: the password once more, before something that matters. The page below waits and keeps everything. */
import { useState } from "preact/hooks";
import { Problem, confirming, request } from "../core/api";
import { me } from "../core/catalog";
import { t } from "../i18n";
import { Act, Dialog, Field } from "../ui/basics";

export function ConfirmDialog() {
	const [password, setPassword] = useState("");
	const [otp, setOtp] = useState("");
	const [fault, setFault] = useState("");
	const run = async () => {
		setFault("");
		try {
			await request("/session/confirm", { method: "POST", json: otp.trim() ? { password, otp: otp.trim() } : { password } });
			confirming.value?.done(true);
		} catch (e) {
			setFault(e instanceof Problem && e.status ? e.message : t().err.offline);
		}
	};
	return (
		<Dialog title={t().confirm.title} onClose={() => confirming.value?.done(false)}>
			<form onSubmit={(e) => { e.preventDefault(); void run(); }}>
				<p>{t().confirm.why}</p>
				<input class="sr" type="email" autocomplete="username" tabIndex={-1} aria-hidden="true" readOnly value={me.value?.email} />
				<Field id="confirm-password" label={t().signIn.password} error={fault}>
					<input id="confirm-password" type="password" autocomplete="current-password" required autofocus aria-invalid={!!fault} aria-describedby={fault ? "confirm-password-e" : undefined} value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
				</Field>
				<details>
					<summary>{t().signIn.haveOtp}</summary>
					<Field id="confirm-otp" label={t().signIn.otp}><input id="confirm-otp" inputMode="numeric" autocomplete="one-time-code" value={otp} onInput={(e) => setOtp(e.currentTarget.value)} /></Field>
				</details>
				<p class="row">
					<Act kind="primary" type="submit">{t().confirm.go}</Act>
					<button type="button" onClick={() => confirming.value?.done(false)}>{t().cancel}</button>
				</p>
			</form>
		</Dialog>
	);
}
