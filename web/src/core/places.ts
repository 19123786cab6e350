// SPDX-License-Identifier: Apache-2.0
/* places: where one can go: address, icon, the key after G, and who has it. Those a node or a role has not are absent. */
import { may, typeOfSlug } from "./catalog";

export interface Place {
	href: string;
	key: "today" | "reports" | "incidents" | "warnings" | "indicators" | "members" | "figures" | "imports" | "peers" | "help" | "account" | "accounts" | "settings";
	go: string;
	type?: string;
	right?: string;
	/* not in the bar of a telephone, where there is no room: in the reader's menu */
	roomy?: boolean;
}
const PLACES: Place[] = [
	{ href: "/", key: "today", go: "t" },
	{ href: "/reports", key: "reports", go: "r", type: "reports" },
	{ href: "/incidents", key: "incidents", go: "i", type: "incidents" },
	{ href: "/warnings", key: "warnings", go: "w", type: "warnings" },
	{ href: "/indicators", key: "indicators", go: "n", type: "indicators" },
	{ href: "/members", key: "members", go: "d", type: "teams" },
	{ href: "/figures", key: "figures", go: "f", type: "incidents", roomy: true },
	{ href: "/imports", key: "imports", go: "m", right: "create:indicators", roomy: true },
	{ href: "/peers", key: "peers", go: "p", right: "admin:peers", roomy: true },
];
export const places = () => PLACES.filter((p) => (!p.type || typeOfSlug(p.type)) && (!p.right || may(p.right)));
/* In the reader's own menu, not in the bar of places. */
const OWN: Place[] = [
	{ href: "/account", key: "account", go: "y" },
	{ href: "/accounts", key: "accounts", go: "a", right: "admin:accounts" },
	{ href: "/settings", key: "settings", go: "s", right: "admin:settings" },
];
export const ownPlaces = () => OWN.filter((p) => !p.right || may(p.right));
export const HELP: Place = { href: "/help", key: "help", go: "h" };
