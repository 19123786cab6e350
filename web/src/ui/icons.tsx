// SPDX-License-Identifier: Apache-2.0
/* icons: a few line drawings on a 24 grid, in one sprite that the build makes of src/icons.json. Always beside a word, so
 * always hidden from assistive tools. */
import type icons from "../icons.json";

declare const SPRITE: string; /* its address: build.mjs */
export type IconName = keyof typeof icons;

export function Icon({ name }: { name: IconName }) {
	return (
		<svg class="icon" aria-hidden="true" focusable="false">
			<use href={`${SPRITE}#${name}`} />
		</svg>
	);
}
