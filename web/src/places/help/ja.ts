// SPDX-License-Identifier: Apache-2.0
/* ja: the words of the help in Japanese. The pages themselves: docs/help. */
export const help = {
	lead: "それぞれの場所で何ができるか、どこから始めるか。",
	pages: "ヘルプの一覧",
	here: "この画面のヘルプ",
	none: "このヘルプはありません",
	go: (what: string) => `${what}を開く`,
	titles: {
		today: "きょう",
		reports: "報告",
		incidents: "インシデント",
		warnings: "早期警戒",
		indicators: "インジケータ",
		members: "会員とサークル",
		figures: "数字",
		imports: "取り込み",
		journal: "ジャーナル",
		peers: "リンク",
		search: "検索",
		records: "記録に共通のこと",
		tlp: "TLP と共有範囲",
		account: "自分の設定と安全",
		accounts: "アカウントとノードの設定",
	} as Record<string, string>,
};
