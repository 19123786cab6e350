// SPDX-License-Identifier: Apache-2.0
/* basics: the small parts every screen is made of: TLP and severity, times, indicators, problems, dialogs,
 * notices. Everything written by others becomes text nodes. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Problem } from "../core/api";
import { commonWord, pathWords, word } from "../core/catalog";
import { t } from "../i18n";
import { absolute, parse, relative, span } from "../core/time";
import type { TypeDef } from "../core/types";
import { Icon } from "./icons";

export const cx = (...names: (string | false | null | undefined)[]) => names.filter(Boolean).join(" ");

/* ---- labels ---- */
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

/* ---- time ---- */
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
export function Deadline({ at, label }: { at: string | null | undefined; label?: string }) {
	const d = parse(at);

	if (!d) return null;
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

/* ---- indicators ---- */
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

/* ---- states of a page ---- */
export function Empty({ text, hint, children }: { text: string; hint?: string; children?: ComponentChildren }) {
	return (
		<div class="empty">
			<p>{text}</p>
			{hint && <p class="hint">{hint}</p>}
			{children}
		</div>
	);
}
export function NotFound({ why }: { why?: string }) {
	return (
		<div class="empty">
			<h1>{t().err.notFound}</h1>
			<p>{why || t().err.notFoundWhy}</p>
			<p><a class="button" href="/">{t().places.today}</a></p>
		</div>
	);
}
export function Loading() {
	return <p class="loading" role="status">{t().loading}</p>;
}
export function ProblemBox({ problem, type, retry }: { problem: unknown; type?: TypeDef; retry?: () => void }) {
	if (!problem) return null;
	const p = problem instanceof Problem ? problem : null;
	if (p?.status === 404) return <NotFound why={p.body.detail} />;
	const errors = p?.body.errors ?? [];
	return (
		<div class="problem" role="alert">
			<p class="strong">{p?.body.title && p.status ? p.body.title : t().err.title}</p>
			<p>{p ? (p.status === 0 ? t().err.offline : p.body.detail) : String((problem as Error)?.message ?? problem)}</p>
			{errors.length > 0 && (
				<ul aria-label={t().err.fields}>
					{errors.map((e) => (
						<li>
							{e.pointer && <strong>{pathWords(type, e.pointer)}</strong>}
							{e.pointer && ": "}
							{e.detail ?? e.code}
						</li>
					))}
				</ul>
			)}
			<p class="row">
				{retry && <button type="button" onClick={retry}>{t().retry}</button>}
				{p?.body.instance && <span class="hint">{t().err.ref(p.body.instance)}</span>}
			</p>
		</div>
	);
}

/* ---- notices ---- */
const notices = signal<{ id: number; text: string }[]>([]);
let lastNotice = 0;
export function notice(text: string) {
	const id = ++lastNotice;

	notices.value = [...notices.value.slice(-2), { id, text }];
	setTimeout(() => {
		notices.value = notices.value.filter((n) => n.id !== id);
	}, 6000);
}
export function Notices() {
	return (
		<div class="notices" role="status" aria-live="polite">
			{notices.value.map((n) => <p key={n.id}>{n.text}</p>)}
		</div>
	);
}

/* ---- dialog ---- */
export function Dialog({ title, onClose, children, wide }: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
	const ref = useRef<HTMLDialogElement>(null);
	const id = useId();

	useEffect(() => {
		const d = ref.current;
		if (d && !d.open) d.showModal();
		return () => d?.close();
	}, []);
	return (
		<dialog ref={ref} class={cx(wide && "wide")} aria-labelledby={id} onCancel={(e) => { e.preventDefault(); onClose(); }}>
			<header>
				<h2 id={id}>{title}</h2>
				<button type="button" class="quiet" onClick={onClose} aria-label={t().close}><Icon name="close" /></button>
			</header>
			{children}
		</dialog>
	);
}

/* A button that says it is at work and does not start twice. */
export function Act({ run, children, kind, disabled, title, type = "button" }: {
	run?: () => Promise<unknown> | unknown;
	children: ComponentChildren;
	kind?: "primary" | "danger" | "quiet";
	disabled?: boolean;
	title?: string;
	type?: "button" | "submit";
}) {
	const [busy, setBusy] = useState(false);
	const click = async () => {
		if (!run || busy) return;
		setBusy(true);
		try {
			await run();
		} finally {
			setBusy(false);
		}
	};
	return (
		<button type={type} class={kind} disabled={disabled} aria-busy={busy} title={title} onClick={run ? click : undefined}>
			{children}
		</button>
	);
}

/* A button that takes a file: the native one speaks the browser's language, not the page's. */
export function FileButton({ label, id, onFile }: { label: string; id?: string; onFile: (f: File) => Promise<unknown> | unknown }) {
	const [busy, setBusy] = useState(false);
	const take = async (input: HTMLInputElement) => {
		const f = input.files?.[0];
		if (!f || busy) return;
		setBusy(true);
		try {
			await onFile(f);
		} finally {
			setBusy(false);
			input.value = "";
		}
	};
	return (
		<label class="button upload" aria-busy={busy}>
			<Icon name="file" /> {busy ? t().loading : label}
			<input id={id} class="sr" type="file" onChange={(e) => void take(e.currentTarget)} />
		</label>
	);
}

export function Field({ label, hint, required, id, children, error, extra, short }: {
	label: string;
	short?: boolean;
	hint?: string;
	required?: boolean;
	id: string;
	children: ComponentChildren;
	error?: string;
	extra?: ComponentChildren;
}) {
	return (
		<div class={cx("field", short && "short", error && "bad")}>
			<label for={id}>
				{label}
				{required && <span class="req"> {t().required}</span>}
			</label>
			{extra}
			{hint && <p class="hint" id={`${id}-h`}>{hint}</p>}
			{children}
			{error && <p class="fault" id={`${id}-e`}>{error}</p>}
		</div>
	);
}

export const labelOf = commonWord;
