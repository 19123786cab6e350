// SPDX-License-Identifier: Apache-2.0
/* ja: the words of figures in Japanese. */
export const figures = {
	whose: "自チームの記録だけを数えています。あなたに見えない記録は数に入りません。",
	span: "期間",
	weeks: (n: number) => (n === 52 ? "1 年" : n === 26 ? "半年" : `${n} 週`),
	byWeek: (what: string) => `週ごとの${what}（分類別）`,
	unit: "単位：件。週は月曜 0 時から。作成した日時で数えます",
	unitMore: "単位：件。週は月曜 0 時から。記録が多いため、新しいものから 50,000 件までを数えました",
	weekOf: "週の始まり",
	total: "合計",
	others: "ほかの分類",
	noCategory: "分類なし",
	nothing: (what: string) => `この期間の${what}はありません。登録されると、週ごとの件数がここに出ます。`,
	alt: (what: string, n: number, weeks: number, last: number) => `${what}：${weeks} 週で ${n} 件、今週 ${last} 件`,
};
