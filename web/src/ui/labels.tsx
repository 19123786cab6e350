// SPDX-License-Identifier: Apache-2.0
/* labels: TLP and severity, each told by its word as well as by its colour. */
import { useId } from "preact/hooks";
import { word } from "../core/catalog";
import { t } from "../i18n";

/* Below the chip, or above where there is no room; never outside the window. */
function beside(e: Event) {
	const box = e.currentTarget as HTMLElement;
	const chip = box.previousElementSibling?.getBoundingClientRect();

	if (!chip || (e as ToggleEvent).newState !== "open") return;
	const own = box.getBoundingClientRect();
	const under = chip.bottom + 4 + own.height < innerHeight || chip.top < own.height;
	box.style.left = `${Math.max(8, Math.min(chip.left, innerWidth - own.width - 8))}px`;
	box.style.top = `${under ? Math.min(chip.bottom + 4, Math.max(8, innerHeight - own.height - 8)) : chip.top - own.height - 4}px`;
}

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
			<div id={id} popover="auto" class="explain" role="note" onToggle={beside}>
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
