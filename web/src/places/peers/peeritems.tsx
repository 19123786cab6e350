// SPDX-License-Identifier: Apache-2.0
/* peeritems: what a link could not carry, in both directions, each with its reason and a way to try again. */
import { useEffect, useState } from "preact/hooks";
import { list, post } from "../../core/api";
import { t } from "../../i18n";
import type { Page } from "../../core/types";
import { Act, Empty, ProblemBox, When, notice } from "../../ui/basics";
import { useLoad } from "../../core/load";
import { RecordName } from "../../ui/picker";

interface Item {
	id: string;
	direction: "out" | "in";
	state: "refused" | "waits" | "again";
	reason: string;
	at: string;
}
const PAGE = 20;
const SOON_MS = 3000;

export function PeerItems({ peer, active }: { peer: string; active: boolean }) {
	const path = `/peers/${peer}/items`;
	const first = useLoad<Page<Item>>(path, (signal) => list<Item>(path, { limit: PAGE }, signal));
	const [more, setMore] = useState<Page<Item>>({ items: [] });
	const [problem, setProblem] = useState<unknown>(null);
	const items = [...(first.data?.items ?? []), ...more.items];
	const next = more.items.length ? more.next : first.data?.next;
	const pending = active && items.some((x) => x.state === "again");
	const reload = async () => {
		setMore({ items: [] });
		await first.reload();
	};
	const guarded = (run: () => Promise<unknown>) => async () => {
		setProblem(null);
		try {
			await run();
		} catch (e) {
			setProblem(e);
		}
	};
	const again = (x: Item) => guarded(async () => {
		await post(`${path}/${encodeURIComponent(x.id)}/again`);
		notice(t().peers.againNoted);
		await reload();
	});
	const further = guarded(async () => {
		const page = await list<Item>(path, { limit: PAGE, cursor: next });
		setMore({ items: [...more.items, ...page.items], next: page.next });
	});

	/* what is being sent again leaves the list by itself */
	useEffect(() => {
		if (!pending) return;
		const timer = setTimeout(() => document.visibilityState === "visible" && void reload(), SOON_MS);
		return () => clearTimeout(timer);
	}, [pending, first.data]);
	return (
		<div class="openitems">
			<h3>{t().peers.open}</h3>
			<ProblemBox problem={problem ?? first.error} retry={() => { setProblem(null); void reload(); }} />
			{first.data && !items.length && <Empty text={t().peers.openNone} hint={t().peers.openHint} />}
			<ul class="hitlist">
				{items.map((x) => (
					<li key={x.direction + x.id} data-direction={x.direction}>
						<p class="entry-head">
							<span class="strong"><span aria-hidden="true">{x.direction === "out" ? "→" : "←"}</span> {t().peers.directions[x.direction]}</span>
							<RecordName id={x.id} plain={x.direction === "in"} />
							<When at={x.at} />
						</p>
						<p><span class="strong">{t().peers.itemStates[x.state]}</span>{t().peers.colon}{x.reason}</p>
						{x.state !== "again" && <p><Act run={again(x)}>{t().peers.again[x.direction]}<span class="sr"> {x.id}</span></Act></p>}
					</li>
				))}
			</ul>
			{next && <p><Act run={further}>{t().peers.openMore}</Act></p>}
		</div>
	);
}
