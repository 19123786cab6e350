// SPDX-License-Identifier: Apache-2.0
/* keyhelp: the keyboard map (?). */
import { helpOpen } from "../core/keys";
import { setKeys, singleKeys } from "../core/session";
import { t } from "../i18n";
import { Dialog } from "../ui/dialog";

export function KeyHelp() {
	return (
		<Dialog title={t().keys.title} onClose={() => { helpOpen.value = false; }} wide>
			<p class="hint">{t().keys.note}</p>
			<p><label><input type="checkbox" checked={singleKeys.value} onChange={(e) => setKeys(e.currentTarget.checked)} /> {t().user.keys}</label></p>
			<div class="keymap">
				{t().keys.groups.map(([title, rows]) => (
					<section key={title}>
						<h3>{title}</h3>
						<dl>{rows.map(([k, w]) => <div key={k}><dt>{k.split(" ").map((x, i) => <kbd key={i}>{x}</kbd>)}</dt><dd>{w}</dd></div>)}</dl>
					</section>
				))}
			</div>
		</Dialog>
	);
}
