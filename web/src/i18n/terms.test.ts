// SPDX-License-Identifier: Apache-2.0
/* terms: one thing has one name. Words of the face, of the help and of the catalogue against what the glossary chose; the
 * list says what not to write and what instead. tests/browser/units.mjs gives the texts that lie outside web/. */
import type { Check } from "../test";
import { en as enFirst } from "./en";
import { ja as jaFirst } from "./ja";
import { late as enLate } from "./late.en";
import { late as jaLate } from "./late.ja";

const ja = { ...jaFirst, ...jaLate };
const en = { ...enFirst, ...enLate };

type Rule = [bad: RegExp, instead: string];
const JA: Rule[] = [
	[/マルウエア/, "マルウェア"],
	[/インジケーター/, "インジケータ"],
	[/サーバ(?!ー)/, "サーバー"],
	[/ユーザ/, "利用者"],
	[/(?<!不正)ログイン|ログオン|ログオフ|ログアウト/, "サインイン、サインアウト"],
	[/チケット/, "起票、インシデント"],
	[/ステータス/, "状態"],
	[/アサイン/, "担当"],
	[/エクスポート/, "書き出す"],
	[/インポート/, "取り込む"],
	[/アップロード/, "添付、選ぶ"],
	[/フィルタ/, "絞り込み"],
	[/キャンセル/, "やめる"],
	[/タイムライン/, "時系列"],
	[/クリック|タップ/, "押す"],
	[/デフォルト/, "初期値"],
	[/(?<!参加)メンバー(?!シップ)/, "会員、参加チーム"],
	[/アラート/, "警戒情報、注意喚起"],
	[/ブラックリスト|ホワイトリスト/, "遮断する値、除外する値"],
	[/下さい|出来る|出来ま|(?<!一)致しま|頂[きい]|有り|無し(?!に)/, "ひらがなで"],
	[/[\uff61-\uff9f]/, "全角カナ"],
	[/[ぁ-んァ-ヶ一-龠]\(|\)[ぁ-んァ-ヶ一-龠]/, "（）"],
	[/[ぁ-んァ-ヶ一-龠][,!?;]/, "、。！？"],
	[/。。|、、/, "重ならない"],
	[/でしょうか|エラーが発生しました/, "何が起き、どうすればよいか"],
];
const EN: Rule[] = [
	[/\blog(s|ged|ging)?[ -]?(in|on|out|off)\b/i, "sign in, sign out"],
	[/\bunauthori[sz]ed log/i, "unauthorised sign-in"],
	[/\b(organi|recogni|authori|anonymi|summari)z/i, "-is- (British)"],
	[/\backnowledgement/i, "acknowledgment as a verb: acknowledge"],
	[/\btickets?\b/i, "incident"],
	[/\bblack-?list|white-?list/i, "values to block, values to leave out"],
	[/\bclick\b/i, "press, choose"],
	[/\bIoCs?\b/i, "indicator"],
	[/\butili[sz]e/i, "use"],
	[/\bplease\b.*\bplease\b/i, "once"],
	[/\ban error (has )?occurred|something went wrong/i, "what happened and what to do"],
	[/!(\s|$)/, "no exclamation marks"],
	[/e-mail/i, "email"],
];
/* What these say must not be changed, or is another word. */
const ALLOWED = /ログイン(試行|名)|(初回|最終)ログイン|Login Attempts|^Login$|(First|Last) login|ユーザーエージェント|ユーザエージェント|User-Agent|user-agent/;

export function findings(name: string, text: string, lang: "ja" | "en"): string[] {
	const out: string[] = [];
	for (const line of text.split("\n")) {
		if (ALLOWED.test(line)) continue;
		for (const [bad, instead] of lang === "ja" ? JA : EN) if (bad.test(line)) out.push(`${name}: “${line.trim().slice(0, 80)}”: ${bad.source}: ${instead}`);
	}
	return out;
}
/* Every text of a table of words; functions are asked with numbers and names. */
function words(o: object, path: string, out: [string, string][]) {
	for (const [k, v] of Object.entries(o)) {
		if (typeof v === "string") out.push([`${path}.${k}`, v]);
		else if (typeof v === "function") for (const n of [1, 2]) out.push([`${path}.${k}()`, String(v(n, n, n, n))]);
		else if (v && typeof v === "object") words(v, `${path}.${k}`, out);
	}
}

export default function (ok: Check, outside: { name: string; text: string; lang: "ja" | "en" }[] = []) {
	for (const [lang, table] of [["ja", ja], ["en", en]] as const) {
		const all: [string, string][] = [];
		words(table, lang, all);
		const bad = all.flatMap(([name, text]) => findings(name, text, lang));
		ok(`the words of ${lang} are those of the glossary (${all.length} texts)`, bad.length === 0, bad.join("\n"));
	}
	const bad = outside.flatMap((x) => findings(x.name, x.text, x.lang));
	ok(`so are the help and the catalogue (${outside.length} texts)`, outside.length > 0 && bad.length === 0, bad.join("\n"));
	ok("the rules find what they are for", findings("x", "ログインしてください", "ja").length === 1 && findings("x", "不正ログイン", "ja").length === 0 && findings("x", "Log in now", "en").length === 1);
}
