// SPDX-License-Identifier: Apache-2.0
/* settings: how the node is set, read only; what each setting does; secrets only as set or not. */
import { get } from "../../core/api";
import { may } from "../../core/catalog";
import { useLoad } from "../../core/load";
import type { Ok } from "../../core/openapi";
import { t } from "../../i18n";
import { Empty, Loading, ProblemBox } from "../../ui/basics";
import { w } from "./words";

type Setting = Ok<"GET /settings">["items"][number];

function shown(value: unknown) {
	if (typeof value === "boolean") return value ? t().yes : t().no;
	return value === "" || value === null || value === undefined ? <span class="hint">{w().settingEmpty}</span> : <bdi>{String(value)}</bdi>;
}

export function SettingsScreen() {
	const list = useLoad(may("admin:settings") ? "settings" : null, (signal) => get<Ok<"GET /settings">>("/settings", undefined, signal));
	const s = w();

	if (!may("admin:settings")) return <><h1>{t().places.settings}</h1><Empty text={s.settingsNotYours} /></>;
	return (
		<>
			<header class="page-head"><h1>{s.settings}</h1></header>
			<p class="hint">{s.settingsAbout}</p>
			<ProblemBox problem={list.error} retry={() => void list.reload()} />
			{!list.data && list.busy && <Loading />}
			<dl class="acc-settings">
				{list.data?.items.map((x: Setting) => (
					<div key={x.key} class={x.changed ? "changed" : undefined}>
						<dt>{s.means[x.key] ?? x.key}<br /><code lang="en">{x.key}</code></dt>
						<dd>
							{x.secret ? s.settingSecret[x.changed ? "true" : "false"] : shown(x.value)}
							{x.changed && !x.secret && x.default !== "" && <span class="hint"> {s.settingDefault}: {shown(x.default)}</span>}
						</dd>
					</div>
				))}
			</dl>
		</>
	);
}
