// SPDX-License-Identifier: Apache-2.0
/* states: a page that is empty, loads, does not exist or met a problem. */
import type { ComponentChildren } from "preact";
import { Problem } from "../core/api";
import { pathWords, upper } from "../core/catalog";
import type { TypeDef } from "../core/types";
import { t } from "../i18n";

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
			<p>{upper(why || t().err.notFoundWhy)}</p>
			<p><a class="button" href="/">{t().places.today}</a></p>
		</div>
	);
}
export function Loading() {
	return <p class="loading" role="status">{t().loading}</p>;
}
export function ProblemBox({ problem, type, retry, title }: { problem: unknown; type?: TypeDef; retry?: () => void; title?: string }) {
	if (!problem) return null;
	const p = problem instanceof Problem ? problem : null;
	if (p?.status === 404) return <NotFound why={p.body.detail} />;
	const errors = p?.body.errors ?? [];
	return (
		<div class="problem" role="alert">
			<p class="strong">{p?.status ? upper(title ?? p.body.title ?? t().err.title) : t().err.title}</p>
			<p>{p ? (p.status === 0 ? t().err.offline : upper(p.body.detail ?? "")) : String((problem as Error)?.message ?? problem)}</p>
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
