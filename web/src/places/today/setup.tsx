// SPDX-License-Identifier: Apache-2.0
/* setup: the first steps of a new node, for its administrator: each a link, done when the node shows that it is, in any
 * order, until they are put away. */
import { useState } from "preact/hooks";
import { get } from "../../core/api";
import { directory, isOwn, me, may } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { places } from "../../core/places";
import { t } from "../../i18n";
import { cx } from "../../ui/cx";
import { stepsDone, type SetupStep } from "./steps";

const keyOf = () => `hikeshi.setup.${me.value?.email ?? ""}`;
const count = (path: string, query: Record<string, string> = {}) => get<{ count: number }>(`${path}/count`, query).then((c) => c.count);

export function Setup() {
	const [away, setAway] = useState(() => localStorage.getItem(keyOf()) === "away");
	const on = !away && may("admin:settings");
	const numbers = useLoad(on ? "setup" : null, async () => {
		const [reports, known, warnings] = await Promise.all([count("/reports"), count("/indicators"), count("/warnings", { box: "outbox" })]);
		return { reports, known, warnings };
	}, ofPlural("reports", "warnings"));
	const team = directory.value.teams.find((x) => x.id === me.value?.team?.id);

	if (!on || !numbers.data || !team) return null;
	const w = t().today.setup;
	const steps = stepsDone({ team, teams: directory.value.teams, people: directory.value.people.filter(isOwn), ...numbers.data });
	const to: Record<SetupStep, string> = { profile: `/r/teams/${team.id}/edit`, people: places().find((p) => p.href === "/accounts")?.href ?? "/members?tab=people", members: may("create:teams") ? "/r/teams/new" : "/members", report: "/report", known: "/imports", warning: "/warnings/new" };
	const done = steps.filter((s) => s.done).length;
	const putAway = () => {
		localStorage.setItem(keyOf(), "away");
		setAway(true);
	};
	return (
		<section class="part setup" aria-labelledby="setup">
			<h2 id="setup">{w.title} <span class="hint">{w.count(done, steps.length)}</span></h2>
			<ol>
				{steps.map((s) => (
					<li key={s.step} class={cx(s.done && "done")}>
						<span class="tick" aria-hidden="true">{s.done ? "✓" : "○"}</span>
						<span><a href={to[s.step]}>{w.steps[s.step]![0]}</a> {s.done && <span class="sr">{w.done}</span>}<span class="hint">{w.steps[s.step]![1]}</span></span>
					</li>
				))}
			</ol>
			<p class="row"><button type="button" onClick={putAway}>{w.away}</button></p>
		</section>
	);
}
