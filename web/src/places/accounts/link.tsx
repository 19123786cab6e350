// SPDX-License-Identifier: Apache-2.0
/* link: what a one-time sign-in link opens: whoever holds it chooses a password and is signed in. Nothing is used up by
 * looking at the page. */
import { useState } from "preact/hooks";
import { Problem } from "../../core/api";
import { leaveLink, signInByLink } from "../../core/session";
import { t } from "../../i18n";
import { Act, Field, ProblemBox } from "../../ui/basics";
import { NewPassword } from "./password";
import { w } from "./words";

export function LinkScreen() {
	const [x, setX] = useState({ password: "", again: "", otp: "" });
	const [wantsOtp, setWantsOtp] = useState(false);
	const [fault, setFault] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const run = async () => {
		setProblem(null);
		setFault("");
		if (x.password !== x.again) return setFault(s.passwordDiffers);
		try {
			await signInByLink(x.password, x.otp.trim());
		} catch (e) {
			if (e instanceof Problem && e.code === "otp") setWantsOtp(true);
			setProblem(e);
		}
	};
	return (
		<main id="main" class="signin" tabIndex={-1}>
			<h1><span class="brand" lang="en">hikeshi</span> {s.linkWelcome}</h1>
			<p>{s.linkWelcomeWhy}</p>
			<form onSubmit={(e) => { e.preventDefault(); void run(); }}>
				<ProblemBox problem={problem} />
				<NewPassword id="link-new" value={x.password} again={x.again} error={fault} put={(more) => setX({ ...x, ...more })} />
				{wantsOtp && <Field id="otp" label={t().signIn.otp}><input id="otp" inputMode="numeric" autocomplete="one-time-code" required value={x.otp} onInput={(e) => setX({ ...x, otp: e.currentTarget.value })} /></Field>}
				<p class="row"><Act kind="primary" type="submit">{s.linkGo}</Act> <button type="button" class="quiet" onClick={() => void leaveLink()}>{s.linkLeave}</button></p>
			</form>
		</main>
	);
}
