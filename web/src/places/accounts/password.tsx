// SPDX-License-Identifier: Apache-2.0
/* password: the two fields of a new password. */
import { Field } from "../../ui/basics";
import { w } from "./words";

/* error: what the server or the page says of it. */
export function NewPassword({ id, value, again, error, put }: { id: string; value: string; again: string; error: string; put: (x: { password?: string; again?: string }) => void }) {
	const s = w();
	return (
		<>
			<Field id={id} label={s.passwordNew} hint={s.passwordRule} error={error}>
				<input id={id} type="password" autocomplete="new-password" required minLength={10} aria-invalid={!!error} aria-describedby={error ? `${id}-h ${id}-e` : `${id}-h`} value={value} onInput={(e) => put({ password: e.currentTarget.value })} />
			</Field>
			<Field id={`${id}-again`} label={s.passwordAgain}>
				<input id={`${id}-again`} type="password" autocomplete="new-password" required value={again} onInput={(e) => put({ again: e.currentTarget.value })} />
			</Field>
		</>
	);
}
