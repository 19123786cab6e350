// SPDX-License-Identifier: Apache-2.0
/* when: an instant with its zone; how long is left or how much over. */
import { signal } from "@preact/signals";
import { absolute, parse, relative, span } from "../core/time";
import { t } from "../i18n";
import { cx } from "./cx";

const tick = signal(Date.now());
setInterval(() => {
	tick.value = Date.now();
}, 30000);

export function When({ at, rel }: { at: string | null | undefined; rel?: boolean }) {
	if (!at) return null;
	return (
		<time dateTime={at} title={absolute(at)}>
			{rel ? relative(at, tick.value) : absolute(at)}
		</time>
	);
}
/* paper: what is left is true for a minute only. */
export function Deadline({ at, label, paper }: { at: string | null | undefined; label?: string; paper?: boolean }) {
	const d = parse(at);

	if (!d) return null;
	if (paper) return <span class="deadline">{label} <When at={at} /></span>;
	const left = d.getTime() - tick.value;
	return (
		<span class={cx("deadline", left < 0 && "over", left >= 0 && left < 6 * 3600e3 && "soon")}>
			{label ? `${label} ` : ""}
			<time dateTime={at ?? ""} title={absolute(at)}>
				{left < 0 ? t().warn.over(span(left)) : t().warn.left(span(left))}
			</time>
		</span>
	);
}
