// SPDX-License-Identifier: Apache-2.0
/* dialog: a question over the page, the native element. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";
import { cx } from "./cx";
import { Icon } from "./icons";

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
