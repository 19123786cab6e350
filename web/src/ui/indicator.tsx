// SPDX-License-Identifier: Apache-2.0
/* indicator: a value of the other side, defanged to look at, as it is when copied. */
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./icons";
import { notice } from "./notices";

/* A value that no program turns into a link: dots, scheme and at-sign bracketed. */
export function defang(given: string): string {
	const value = given.replace(/\[([.:@])\]/g, "$1");
	if (/^[0-9a-f]{32,128}$/i.test(value) || /^CVE-\d/i.test(value)) return value;
	const url = /^(\w+):\/\/([^/?#]*)(.*)$/.exec(value);
	if (url) return `${url[1]!.replace(/^http/i, "hxxp")}://${url[2]!.replace(/\./g, "[.]").replace("@", "[@]")}${url[3]}`;
	if (/^[0-9a-f:]+(\/\d+)?$/i.test(value) && value.includes(":")) return value.replace(/:/, "[:]");
	if (/^[^\s@]+@[^\s@]+$/.test(value)) return value.replace("@", "[@]").replace(/\.(?=[^@]*$)/g, "[.]");
	if (/^[^\s/]+\.[^\s/]+(\/.*)?$/.test(value)) {
		const cut = value.indexOf("/");
		const host = cut < 0 ? value : value.slice(0, cut);
		return host.replace(/\./g, "[.]") + (cut < 0 ? "" : value.slice(cut));
	}
	return given;
}
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
