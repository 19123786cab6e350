// SPDX-License-Identifier: Apache-2.0
/* notices: short news that need no action, read out and gone after a while. */
import { signal } from "@preact/signals";

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
