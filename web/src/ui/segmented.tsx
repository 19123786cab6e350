// SPDX-License-Identifier: Apache-2.0
/* segmented: one of a few, all of them seen at once; native radio buttons, so that arrow keys move and forms know. */
import { useId } from "preact/hooks";

export function Segmented<T extends string>({ label, value, options, onChange, hideLabel }: {
	label: string;
	value: T;
	options: readonly (readonly [T, string])[];
	onChange: (v: T) => void;
	hideLabel?: boolean;
}) {
	const name = useId();
	return (
		<fieldset class="segmented">
			<legend class={hideLabel ? "sr" : undefined}>{label}</legend>
			{options.map(([v, text]) => (
				<label key={v}>
					<input type="radio" name={name} checked={v === value} onChange={() => onChange(v)} />
					<span>{text}</span>
				</label>
			))}
		</fieldset>
	);
}
