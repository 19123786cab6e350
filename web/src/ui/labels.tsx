// SPDX-License-Identifier: Apache-2.0
/* labels: TLP and severity, each told by its word as well as by its colour. */
import { useId } from "preact/hooks";
import { word } from "../core/catalog";
import { t } from "../i18n";

/* explain: a button that says in plain words whom it may be passed to; else the same in its title. */
export function Tlp({ label, explain }: { label: string | null | undefined; explain?: boolean }) {
	const id = useId();

	if (!label) return null;
	const text = label.startsWith("TLP:") ? label : `TLP:${label.toUpperCase()}`;
	const look = `tlp tlp-${text.slice(4).replace("+", " tlp-").toLowerCase()}`;
	if (!explain) return <span class={look} title={t().tlpMeaning[text] ?? ""}>{text}</span>;
	return (
		<>
			<button type="button" class={look} popovertarget={id} title={t().tlpMeaning[text] ?? ""}>{text}</button>
			<div id={id} popover="auto" class="explain" role="note">
				<p><span class={look}>{text}</span></p>
				<p>{t().tlpSays(t().tlpMeaning[text] ?? "")}</p>
				<p><a href="/help/tlp">{t().help.titles.tlp}</a></p>
			</div>
		</>
	);
}

const GLYPH: Record<string, string> = { critical: "◆", emergency: "◆", high: "▲", medium: "■", low: "●", info: "○" };
export function Severity({ value, list = "severity" }: { value: string | null | undefined; list?: string }) {
	if (!value) return null;
	const kind = value === "emergency" ? "critical" : value;
	const text = word(list, value);
	return (
		<span class={`sev sev-${kind}`}>
			<span aria-hidden="true" lang="en">{GLYPH[value] ?? "○"}</span> {text === value ? (t().severity[value] ?? value) : text}
		</span>
	);
}
