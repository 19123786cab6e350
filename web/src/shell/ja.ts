// SPDX-License-Identifier: Apache-2.0
/* ja: the words of the frame around every page in Japanese. */
export const user = {
	menu: "利用者",
	signOut: "サインアウト",
	language: "言語",
	theme: "表示",
	themes: { auto: "端末に合わせる", light: "明るい", dark: "暗い" },
	keys: "一文字のキー操作",
	keysOn: "使う",
	keysOff: "使わない",
	showKeys: "キー操作の一覧",
};

export const signIn = {
	title: "サインイン",
	lead: "事案を警戒情報に変え、必要な相手に届けます。",
	email: "メールアドレス",
	password: "パスワード",
	otp: "確認コード",
	haveOtp: "確認コードを使う",
	go: "サインインする",
	again: "サインインし直してください",
	againWhy: "セッションの期限が切れました。この画面の入力は残っています。",
	other: "別の利用者でサインインしたため、画面を読み込み直します。",
	report: "サインインせずに報告する",
};

export const net = {
	offline: "サーバーに接続できません。読み終えた内容はこのまま読めます。再接続を続けています。",
	live: "接続中",
	notLive: "再接続中",
	build: "新しい版が入りました。",
	reload: "読み込み直す",
};

export const keys = {
	title: "キー操作",
	note: "一文字のキーは、文字の入力中と日本語変換中には働きません。",
	rows: [
		["G → T・R・I・W・N・D", "きょう・報告・インシデント・早期警戒・インジケータ・会員へ"],
		["Ctrl+K", "検索"],
		["/", "この一覧を絞り込む"],
		["J・K", "次・前の行"],
		["Enter", "開く"],
		["U", "一覧へ戻る"],
		["C", "インシデントを作成"],
		["E", "編集"],
		["N", "記録を書く"],
		["W", "この内容から警戒情報を書く"],
		["1・2・3", "警戒情報に回答：確認した・該当あり・該当なし"],
		["Ctrl+Enter", "入力を送る"],
		["?", "この一覧"],
	] as [string, string][],
};
