// SPDX-License-Identifier: Apache-2.0
/* ja: the words of today in Japanese. */
export const today = {
	lead: "いま必要なこと",
	quiet: "いま必要なことはありません。新しい知らせは数秒以内にここに現れます。",
	inbox: "回答していない警戒情報",
	told: "届いている警戒情報",
	approve: "承認を待つ警戒情報",
	reports: "新しい報告",
	incidents: "対応中のインシデント",
	tasks: "開いているタスク",
	verbs: { answer: "回答する", approve: "確かめる", triage: "受け付ける", look: "開く" },
	others: (n: number) => `ほか ${n} 件`,
	start: "はじめに",
	startSteps: {
		members: "会員とサークルを確かめる",
		imports: "手元の脅威情報を取り込む",
		report: "報告フォームを試す",
		warning: "試しに警戒情報を書く",
	},
};
