// SPDX-License-Identifier: Apache-2.0
/* ja: the words of search in Japanese. */
export const find = {
	title: "検索",
	label: "検索する語、番号、値",
	hint: "日本語・英語の語、番号、無害化した値（hxxp、[.]）で探せます。",
	values: "値として分かっていること",
	hits: "記録",
	none: "該当する記録はありません。綴りを変えるか、語を減らしてみてください。",
	start: "番号、組織名、語、IP アドレスやドメインを入れてください。",
};
