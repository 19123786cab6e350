// SPDX-License-Identifier: Apache-2.0
/* indicator: a value of the other side, defanged to look at, as it is when copied. */
import { useState } from "preact/hooks";
import { defang } from "../core/defang";
import { t } from "../i18n";
import { Icon } from "./icons";
import { notice } from "./notices";

export function CopyButton({ value, label }: { value: string; label?: string }) {
	const [done, setDone] = useState(false);
	const copy = async () => {
		await navigator.clipboard.writeText(value);
		setDone(true);
		notice(t().copied);
		setTimeout(() => setDone(false), 1500);
	};
	return (
		<button type="button" class="copy" onClick={copy} aria-label={label ? undefined : t().copyValue(defang(value))} title={t().copy}>
			<Icon name={done ? "check" : "copy"} />
			{label}
		</button>
	);
}
export function Indicator({ value, href, kind }: { value: string; href?: string | null; kind?: string | null }) {
	const shown = defang(value);
	return (
		<span class="indicator">
			{kind && <span class="hint">{kind}</span>}
			{href ? <a href={href}><bdi class="mono">{shown}</bdi></a> : <bdi class="mono">{shown}</bdi>}
			<CopyButton value={value} />
		</span>
	);
}

export { defang } from "../core/defang";
