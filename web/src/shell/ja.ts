// SPDX-License-Identifier: Apache-2.0
/* ja: the words of the frame around every page in Japanese. */
export const user = {
	menu: "利用者",
	journal: "ジャーナル",
	signOut: "サインアウト",
	language: "言語",
	theme: "表示",
	themes: { auto: "端末に合わせる", light: "明るい", dark: "暗い" },
	keys: "一文字のキー操作",
	keysOn: "使う",
	keysOff: "使わない",
	showKeys: "キー操作の一覧",
};

export const seeAs = {
	title: "別の役割で見る",
	hint: "自チームのその役割に見える画面を、閲覧だけで確かめます。自分だけに宛てた記録は出ません。",
	band: (role: string, own: string) => `「${role}」として表示しています（自分の役割は${own}）。閲覧だけで、変更はできません。`,
	end: "自分の役割に戻る",
};

export const signIn = {
	title: "サインイン",
	lead: "事案を警戒情報に変え、必要な相手に届けます。",
	email: "メールアドレス",
	password: "パスワード",
	otp: "確認コード",
	haveOtp: "確認コードを使う",
	go: "サインインする",
	failed: "サインインできませんでした",
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
	note: "一文字のキーは、文字の入力中と日本語変換中には働きません。使わない設定にもできます。",
	groups: [
		["移動", [
			["Ctrl+K", "検索・移動・操作（何でも）"],
			["G T", "きょう"],
			["G R", "報告"],
			["G I", "インシデント"],
			["G W", "早期警戒"],
			["G N", "インジケータ"],
			["G D", "会員"],
			["G M", "取り込み"],
			["G P", "リンク（管理者）"],
			["G F", "数字"],
			["G Y", "自分のアカウント"],
			["G A", "アカウント（責任者・管理者）"],
			["G S", "ノードの設定（管理者）"],
			["G H", "ヘルプ"],
			["Q", "「別の役割で見る」をやめる"],
			["?", "この一覧"],
		]],
		["一覧", [
			["J K", "次・前の行（↓ ↑ も可）"],
			["Enter O", "開く"],
			["Space", "横に開いて下見"],
			["X", "選ぶ"],
			["Shift+J K", "選ぶ範囲を広げる"],
			["/", "絞り込み"],
			["[ ]", "前・次の表示"],
			["U Esc", "一覧へ戻る"],
		]],
		["記録", [
			["C", "インシデントを作成"],
			["E", "編集"],
			["A", "担当を決める"],
			["S", "状態を進める"],
			["N", "記録を書く"],
			["T", "分類"],
			["L", "つなぐ"],
			["P", "ピン留め"],
			["W", "この内容から警戒情報を書く"],
			["Y", "この記録の場所（URL）をコピー"],
			["Shift+Y", "値を元の形でコピー"],
		]],
		["早期警戒・入力", [
			["1 2 3", "回答：確認済・該当あり・該当なし"],
			["Ctrl+Enter", "入力を送る"],
			["Z", "直前の操作を元に戻す"],
		]],
	] as [string, [string, string][]][],
};

export const palette = {
	title: "検索・移動・操作",
	who: "誰がいつ見たか",
	label: "検索する語、番号、値、または操作",
	open: "検索・操作",
	places: "場所",
	commands: "操作",
	records: "記録",
	recent: "最近開いた",
	searchAll: (q: string) => `「${q}」をすべての記録から探す`,
	count: (n: number) => `記録 ${n} 件`,
	how: "↑↓ で選び、Enter で開きます。Esc で閉じます。",
	helpHere: "この画面のヘルプ",
	print: "この画面を印刷",
};

export const presence = {
	here: "いま見ている人",
	viewing: (who: string) => `${who} が閲覧中`,
	writing: (who: string) => `${who} が入力中`,
};

export const confirm = {
	title: "本人の確認",
	why: "重要な操作の前に、パスワードをもう一度確かめます。確認はしばらく有効です。",
	go: "確認して続ける",
};
