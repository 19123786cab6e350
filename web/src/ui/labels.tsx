// SPDX-License-Identifier: Apache-2.0
/* labels: TLP and severity, each told by its word as well as by its colour. */
import { word } from "../core/catalog";
import { t } from "../i18n";

export function Tlp({ label }: { label: string | null | undefined }) {
	if (!label) return null;
	const text = label.startsWith("TLP:") ? label : `TLP:${label.toUpperCase()}`;
	return (
		<span class={`tlp tlp-${text.slice(4).split("+")[0]?.toLowerCase()}`} title={t().tlpMeaning[text] ?? ""}>
			{text}
		</span>
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
