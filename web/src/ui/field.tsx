// SPDX-License-Identifier: Apache-2.0
/* field: a label, a line of help, the input, its fault. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { cx } from "./cx";

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
