// SPDX-License-Identifier: Apache-2.0
/* members: the directory: teams, circles, people under one roof. */
import { useEffect } from "preact/hooks";
import { typeOfSlug } from "../../core/catalog";
import { lang, t } from "../../i18n";
import { params } from "../../core/router";
import { ListScreen } from "../records/list";
import { PeopleList } from "./people";
import { TeamList } from "./teams";

const TABS = ["teams", "circles", "people"] as const;

export function MembersScreen() {
	const tab = TABS.find((x) => x === params.value.get("tab")) ?? "teams";
	const def = typeOfSlug(tab);
	const tabs = (
		<nav class="tabs" aria-label={t().places.members}>
			{TABS.filter((x) => typeOfSlug(x)).map((x) => <a key={x} href={`/members?tab=${x}`} aria-current={x === tab ? "page" : undefined}>{t().members[x]}</a>)}
		</nav>
	);
	useEffect(() => {
		if (tab !== "circles") document.title = `${t().places.members} — hikeshi`;
	}, [tab, lang.value]);
	if (tab !== "circles") return <><header class="page-head"><h1>{t().places.members}</h1></header>{tabs}{tab === "people" ? <PeopleList /> : <TeamList />}</>;
	return def ? <ListScreen key={tab} def={def} tabs={tabs} /> : tabs;
}
