// SPDX-License-Identifier: Apache-2.0
/* buttons: one that is at work while it is, one that takes a file. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./icons";

/* A button that says it is at work and does not start twice. */
export function Act({ run, children, kind, disabled, title, type = "button", ...more }: {
	run?: () => Promise<unknown> | unknown;
	children: ComponentChildren;
	kind?: "primary" | "danger" | "quiet";
	disabled?: boolean;
	title?: string;
	type?: "button" | "submit";
	"data-undo"?: boolean;
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
		<button type={type} class={kind} disabled={disabled} aria-busy={busy} title={title} onClick={run ? click : undefined} {...more}>
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
