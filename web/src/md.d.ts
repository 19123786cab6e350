// SPDX-License-Identifier: Apache-2.0
/* md: Markdown files come in as their text (build.mjs: loader). */
declare module "*.md" {
	const text: string;
	export default text;
}
