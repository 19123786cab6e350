// SPDX-License-Identifier: Apache-2.0
/* seeas: looking as another role of the own team: chosen in the reader's menu, told by a band that stays, ended by one
 * button or key. The server does it; a page made with other rights is read anew. */
import { del, post } from "../core/api";
import { me, upper, word } from "../core/catalog";
import { t } from "../i18n";
import { Act, notice } from "../ui/basics";

const anew = () => location.assign("/");

async function look(role: string) {
	try {
		await post("/session/see-as", { role });
		anew();
	} catch (e) {
		notice((e as Error).message);
	}
}
async function end() {
	await del("/session/see-as");
	location.reload();
}

export function SeeAsBand() {
	const m = me.value;

	if (!m?.own_role) return null;
	return (
		<aside class="seeband" aria-label={t().seeAs.title}>
			<span>{t().seeAs.band(upper(word("role", m.role)), upper(word("role", m.own_role)))}</span>
			<button type="button" aria-keyshortcuts="q" onClick={() => void end()}>{t().seeAs.end} <kbd aria-hidden="true">Q</kbd></button>
		</aside>
	);
}

export function SeeAsChoice() {
	const roles = (me.value?.see_as ?? []) as string[];

	if (!roles.length || me.value?.own_role) return null;
	return (
		<details class="seeas">
			<summary>{t().seeAs.title}</summary>
			<p class="hint">{t().seeAs.hint}</p>
			<p class="row">{roles.map((r) => <Act key={r} run={() => look(r)}>{upper(word("role", r))}</Act>)}</p>
		</details>
	);
}
