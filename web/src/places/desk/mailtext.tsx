// SPDX-License-Identifier: Apache-2.0
/* mailtext: a text as it was written, with what it quotes folded away; found by the browser's search all the same. */
import { number } from "../../core/time";
import { t } from "../../i18n";
import { partsOf } from "./quotes";

export function MailText({ text, lang }: { text: string; lang?: string | null }) {
	const parts = partsOf(text);

	if (!parts.some((p) => p.quoted)) return <p class="prose" lang={lang ?? undefined}>{text}</p>;
	return (
		<div class="prose" lang={lang ?? undefined}>
			{parts.map((p, i) => (p.quoted ? <details key={i}><summary>{t().desk.work.quoted(number(p.quoted))}</summary>{p.text}</details> : <div key={i}>{p.text}</div>))}
		</div>
	);
}
