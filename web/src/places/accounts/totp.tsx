// SPDX-License-Identifier: Apache-2.0
/* totp: one-time codes: the secret as a picture drawn here and as a key, a code that confirms it, and the end of it. */
import { useState } from "preact/hooks";
import { del, request } from "../../core/api";
import { qr, qrPath } from "../../core/qr";
import type { Ok } from "../../core/openapi";
import { Act, CopyButton, Dialog, Field, ProblemBox, notice } from "../../ui/basics";
import type { Methods } from "./own";
import { w } from "./words";

type Offer = Ok<"POST /me/totp">;

function Qr({ text }: { text: string }) {
	const rows = qr(text);

	if (!rows) return null; /* the key below says the same */
	const size = rows.length + 8;
	return (
		<svg class="acc-qr" role="img" aria-label={w().totpQr} viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges">
			<rect width={size} height={size} fill="#fff" />
			<path d={qrPath(rows)} fill="#000" />
		</svg>
	);
}

function Enrol({ offer, onClose, onDone }: { offer: Offer; onClose: () => void; onDone: () => void }) {
	const [code, setCode] = useState("");
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const groups = offer.secret.match(/.{1,4}/g)!.join(" ");
	const confirm = async () => {
		setProblem(null);
		try {
			await request("/me/totp/confirm", { method: "POST", json: { enrolment: offer.enrolment, code: code.replace(/\s/g, "") } });
			onDone();
			onClose();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<Dialog title={s.totpStart} onClose={onClose}>
			<form onSubmit={(e) => { e.preventDefault(); void confirm(); }}>
				<p>{s.totpScan}</p>
				<Qr text={offer.uri} />
				<p><span class="label">{s.totpKey}</span><br /><bdi class="mono acc-key">{groups}</bdi> <CopyButton value={offer.secret} label={s.totpCopy} /></p>
				<p><a href={offer.uri}>{s.totpOpen}</a></p>
				<Field id="totp-code" label={s.totpCode} hint={s.totpKept}>
					<input id="totp-code" inputMode="numeric" autocomplete="one-time-code" required autofocus maxLength={10} aria-describedby="totp-code-h" value={code} onInput={(e) => setCode(e.currentTarget.value)} />
				</Field>
				<ProblemBox problem={problem} />
				<p class="row"><Act kind="primary" type="submit">{s.totpConfirm}</Act></p>
			</form>
		</Dialog>
	);
}

export function Totp({ methods, reload }: { methods: Methods; reload: () => Promise<void> }) {
	const [offer, setOffer] = useState<Offer | null>(null);
	const [problem, setProblem] = useState<unknown>(null);
	const s = w();
	const act = (run: () => Promise<void>) => async () => {
		setProblem(null);
		try {
			await run();
		} catch (e) {
			setProblem(e);
		}
	};
	return (
		<section class="part narrow" aria-labelledby="own-totp">
			<h2 id="own-totp">{s.totp} <span class="acc-mark">{methods.totp ? s.totpOn : s.totpOff}</span></h2>
			<p class="hint">{s.totpAbout} {methods.totp && s.totpLost}</p>
			<ProblemBox problem={problem} />
			<p class="row">
				{methods.totp ? (
					<Act kind="danger" run={act(async () => { if (!confirm(s.totpRemoveSure)) return; await del("/me/totp"); notice(s.totpRemoved); await reload(); })}>{s.totpRemove}</Act>
				) : (
					<Act run={act(async () => setOffer((await (await request("/me/totp", { method: "POST", json: {} })).json()) as Offer))}>{s.totpStart}</Act>
				)}
			</p>
			{offer && <Enrol offer={offer} onClose={() => setOffer(null)} onDone={() => { notice(s.totpDone); void reload(); }} />}
		</section>
	);
}
