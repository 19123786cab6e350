// SPDX-License-Identifier: Apache-2.0
/* savedviews: addresses of a list under names: one's own and the team's, kept by the server. Who may write no records
 * keeps them on the device; what was kept there before moves to the server when it can. */
import { useEffect, useState } from "preact/hooks";
import { list, post } from "../../core/api";
import { may, me, slugOf } from "../../core/catalog";
import { ofPlural, useLoad } from "../../core/load";
import { notice } from "../../core/notices";
import type { Rec, TypeDef } from "../../core/types";
import { t } from "../../i18n";

export interface Saved {
	key: string; /* id of the record; on the device its name */
	name: string;
	search: string;
	shared: boolean; /* the team's */
	mine: boolean; /* one may take it away */
}
type Fresh = Pick<Saved, "name" | "search" | "shared">;

export const onServer = () => may("create:views");
const keyOf = (def: TypeDef) => `hikeshi.views.${me.value?.email ?? ""}.${slugOf(def)}`;

function onDevice(def: TypeDef): Saved[] {
	try {
		const all = JSON.parse(localStorage.getItem(keyOf(def)) ?? "[]") as Partial<Saved>[];
		return all.flatMap((x) => (typeof x.name === "string" && typeof x.search === "string" ? [{ key: `device ${x.name}`, name: x.name, search: x.search, shared: false, mine: true }] : []));
	} catch {
		return [];
	}
}
function toDevice(def: TypeDef, all: Saved[]) {
	if (all.length) localStorage.setItem(keyOf(def), JSON.stringify(all.map(({ name, search }) => ({ name, search }))));
	else localStorage.removeItem(keyOf(def));
}

const make = (def: TypeDef, v: Fresh) => post<Rec>("/views", { list: slugOf(def), ...v });
const text = (v: unknown) => (typeof v === "string" ? v : "");

export function useSaved(def: TypeDef) {
	const [device, setDevice] = useState(() => onDevice(def));
	const load = useLoad("saved views", () => list<Rec>("/views", { state: "kept", limit: 200 }), ofPlural("views"));
	const server = (load.data?.items ?? []).filter((r) => r.list === slugOf(def)).map((r): Saved => ({ key: r.id, name: text(r.name), search: text(r.search), shared: r.shared === true, mine: onServer() }));
	const there = server.sort((a, b) => Number(a.shared) - Number(b.shared) || a.name.localeCompare(b.name));
	const keep = (all: Saved[]) => {
		toDevice(def, all);
		setDevice(all);
	};

	/* once: what the device has goes to the server; what does not get there stays */
	useEffect(() => {
		const old = onDevice(def);
		setDevice(old);
		if (!load.data || !onServer() || !old.length) return;
		void (async () => {
			for (const v of old) {
				if (!there.some((x) => !x.shared && x.name === v.name)) await make(def, { name: v.name, search: v.search, shared: false });
				keep(onDevice(def).filter((x) => x.name !== v.name));
			}
			await load.reload();
		})().catch(() => {});
	}, [def, !load.data]);

	const remove = (s: Saved) => post(`/views/${s.key}/remove`);
	return {
		saved: [...device, ...there],
		save: async (v: Fresh) => {
			if (!onServer()) return keep([...device.filter((x) => x.name !== v.name), { ...v, key: `device ${v.name}`, mine: true }]);
			await make(def, v);
			for (const old of there.filter((x) => x.name === v.name && x.shared === v.shared)) await remove(old);
			await load.reload();
		},
		forget: async (s: Saved) => {
			if (s.key.startsWith("device ")) return keep(device.filter((x) => x.key !== s.key));
			await remove(s);
			notice(t().desk.viewGone(s.name), () => post(`/views/${s.key}/restore`).then(load.reload));
			await load.reload();
		},
	};
}
