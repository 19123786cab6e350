// SPDX-License-Identifier: Apache-2.0
/* visibility: who can read something, in words and a shape: the team alone, or those it is shared with. */
import { nameOf } from "../../core/catalog";
import { t } from "../../i18n";
import { cx } from "../../ui/basics";

export interface Labelled {
	tlp?: string | null;
	circles?: string[] | null;
	team?: string | null;
	[key: string]: unknown;
}
export const isShared = (r: Labelled) => (r.circles?.length ?? 0) > 0;
export const audience = (circles: string[]) => circles.map((c) => nameOf(c)).join("、");

export function Visibility({ rec }: { rec: Labelled | null }) {
	const shared = !!rec && isShared(rec);
	return <span class={cx("visible", shared && "shared")}>{shared ? t().desk.work.sharedWith(audience(rec!.circles!)) : t().desk.work.teamOnly}</span>;
}
