// SPDX-License-Identifier: Apache-2.0
/* notices: short news, read out and gone after a while; with a way back while there is one (Z). They stay while the
 * pointer or the focus is on them. What needs an answer is a ProblemBox or a Dialog, never a notice. */
import { back, drop, held, notices } from "../core/notices";
import { t } from "../i18n";
import { Icon } from "./icons";

export { notice } from "../core/notices";

export function Notices() {
	const hold = (on: boolean) => () => {
		held.value = on;
	};
	return (
		<div class="notices" role="status" aria-live="polite" onPointerEnter={hold(true)} onPointerLeave={hold(false)} onFocusIn={hold(true)} onFocusOut={hold(false)}>
			{notices.value.map((n) => (
				<p key={n.id}>
					<span>{n.text}</span>
					{n.undo && <button type="button" class="undo" onClick={() => void back(n)}>{t().undo}<kbd aria-hidden="true">Z</kbd></button>}
					<button type="button" class="dismiss" aria-label={t().close} onClick={() => { held.value = false; drop(n.id); }}><Icon name="close" /></button>
				</p>
			))}
		</div>
	);
}
