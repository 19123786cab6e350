// SPDX-License-Identifier: Apache-2.0
/* figures: for somebody with one minute: the numbers of the moment, then how they came: reports and incidents by week,
 * reach of warnings, time to an answer. One page, also on paper. */
import { useEffect } from "preact/hooks";
import { get } from "../../core/api";
import { me, nameOf } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import { absolute } from "../../core/time";
import type { Ok } from "../../core/openapi";
import { lang, t } from "../../i18n";
import { Loading, ProblemBox } from "../../ui/basics";
import { Segmented } from "../../ui/segmented";
import { Numbers } from "../today/figures";
import { FiguresPane } from "../warnings/plots";
import { WeekPlot } from "./weekplot";

const WEEKS = ["13", "26", "52"] as const;

export function FiguresScreen() {
	const weeks = WEEKS.find((w) => w === params.value.get("weeks")) ?? "26";
	const offset = -new Date().getTimezoneOffset();
	const load = useLoad<Ok<"GET /figures/desk">>(`desk ${weeks} ${offset}`, (s) => get("/figures/desk", { weeks, offset }, s), ofPlural("reports", "incidents"));
	const f = t().figures;

	useEffect(() => {
		document.title = `${t().places.figures} — hikeshi`;
	}, [lang.value]);
	return (
		<div class="figures">
			<p class="tlp-line" aria-hidden="true">TLP:AMBER+STRICT</p>
			<header class="page-head">
				<h1>{t().places.figures}</h1>
				<span class="hint">{me.value?.team && nameOf(me.value.team.id)} · {absolute(new Date().toISOString())}</span>
				<span class="grow" />
				<button type="button" class="noprint" onClick={() => print()}>{t().members.print}</button>
			</header>
			<p class="hint">{f.whose}</p>
			<Numbers />
			<p class="row noprint"><Segmented label={f.span} value={weeks} options={WEEKS.map((w) => [w, f.weeks(Number(w))] as const)} onChange={(w) => setParams({ weeks: w === "26" ? null : w })} /></p>
			<ProblemBox problem={load.error} retry={load.reload} />
			{!load.data && !load.error && <Loading />}
			{load.data?.types.map((x) => <WeekPlot key={x.type} type={x} weeks={load.data!.weeks} exact={load.data!.exact} />)}
			<FiguresPane />
			<p class="tlp-line" aria-hidden="true">TLP:AMBER+STRICT</p>
		</div>
	);
}
