// SPDX-License-Identifier: Apache-2.0
/* once: a secret that is shown this one time: to copy, with what to do with it. */
import type { ComponentChildren } from "preact";
import { CopyButton } from "../../ui/basics";
import { t } from "../../i18n";

export function Once({ id, label, value, children }: { id: string; label: string; value: string; children: ComponentChildren }) {
	return (
		<div role="status">
			<p class="note-box" id={`${id}-h`}>{children}</p>
			<p class="field"><label for={id}>{label}</label><textarea id={id} class="mono" rows={2} readOnly value={value} aria-describedby={`${id}-h`} onFocus={(e) => e.currentTarget.select()} /></p>
			<p><CopyButton value={value} label={t().copy} /></p>
		</div>
	);
}
