// SPDX-License-Identifier: Apache-2.0
/* told: why something was not taken, or what was lost between formats, in the reader's language. The server says it in English, in
 * one line, with words of the file in it; here is the same in Japanese. %: what differs. Whatever a reader or writer of
 * src/formats says is in this list (told.test.ts). */
import { lang } from "../i18n";

const SAYINGS: [en: string, ja: string][] = [
	/* of any element */
	["not an object", "オブジェクトではありません"],
	["no type", "type がありません"],
	["the type is malformed", "type の形が正しくありません"],
	["no id", "id がありません"],
	["the id is not type--UUID", "id が「type--UUID」の形ではありません"],
	["the id does not begin with the type", "id の先頭が type と違います"],
	["spec_version is neither 2.0 nor 2.1", "spec_version が 2.0 でも 2.1 でもありません"],
	["created is missing or not a time", "created がないか、日時ではありません"],
	["modified is missing or not a time", "modified がないか、日時ではありません"],
	["modified is not a time", "modified が日時ではありません"],
	["no uuid", "uuid がありません"],
	["no uuid, or a malformed one", "uuid がないか、形が正しくありません"],
	["the uuid is malformed", "uuid の形が正しくありません"],
	["no category", "category がありません"],
	["the category is malformed", "category の形が正しくありません"],
	["no value", "値がありません"],
	["the value is not text", "値が文字列ではありません"],
	["the value is empty", "値が空です"],
	["the value does not fit the type", "値が type に合いません"],
	["the value is of no kind we know", "値の種類がわかりません"],
	["the data is not base64", "data が Base64 ではありません"],
	["no name", "name がありません"],
	["its own fields are larger than 4 MiB", "項目が 4 MiB を超えています"],
	["neither event, attribute, object nor report", "イベント、属性、オブジェクト、レポートのどれでもありません"],
	["not a value we know", "知っている種類の値ではありません"],
	["not a value of kind %: '%'", "%1 の値ではありません（%2）"],
	["too many values in one element", "一つの要素に値が多すぎます"],
	["larger than 1 MiB", "1 MiB を超えています"],
	["not JSON", "JSON ではありません"],
	["the text is cut off", "途中で切れています"],
	["is a type that only linked nodes may send", "接続先のノードだけが送れる種類です"],
	["belongs to the node's directory and is not imported", "ノードの名簿にあるもので、取り込みません"],
	["is held from elsewhere: what a stranger sends supersedes nothing", "別のところから届いたものがあります。接続していない相手からのもので置き換えはしません"],
	["is held as it came before, as another type or in another format", "同じ ID のものが、別の種類または形式で既にあります"],
	["a newer version is held that is not in this collection: send that one", "このコレクションにない、より新しい版があります。そちらを送ってください"],
	["says other things of a value that stood here before", "既にある値について、違う内容が書かれています"],
	["differs from what is held under the same modified time", "modified が同じなのに、既にあるものと内容が違います"],
	["no %", "%1 がありません"],
	/* of JSON */
	["unexpected end at byte %", "%1 バイト目で途中で終わっています"],
	["unexpected '%' at byte %", "%2 バイト目に余分な「%1」があります"],
	["unexpected byte 0x% at byte %", "%2 バイト目に使えないバイト 0x%1 があります"],
	["control character in a string at byte %", "%1 バイト目：文字列に制御文字があります"],
	["malformed escape or lone surrogate at byte %", "%1 バイト目：エスケープが正しくありません"],
	["malformed UTF-8 at byte %", "%1 バイト目：UTF-8 として正しくありません"],
	["nested too deeply at byte %", "%1 バイト目：入れ子が深すぎます"],
	["more memory needed than allowed at byte %", "%1 バイト目：大きすぎて読めません"],
	["too many values at byte %", "%1 バイト目：値が多すぎます"],
	["not in an object at byte %", "%1 バイト目：オブジェクトではありません"],
	["not in an array at byte %", "%1 バイト目：配列ではありません"],
	["duplicate key % before byte %", "%2 バイト目の前：キー %1 が重複しています"],
	["document of % bytes is larger than %", "%1 バイトあります（上限 %2）"],
	/* of a file as a whole */
	["not JSON: %", "JSON ではありません（%1）"],
	["nothing usable was found in these lines", "これらの行に使えるものがありません"],
	["nothing usable was found in this %", "この %1 に使えるものがありません"],
	["the header names no column of values", "見出しに値の列がありません"],
	["JSON, but neither STIX nor MISP: to search it for values, name --format text", "JSON ですが、STIX でも MISP でもありません。値だけを探すには形式に「文章から抽出」を選びます"],
	["JSON, but neither STIX nor MISP", "JSON ですが、STIX でも MISP でもありません"],
	["a text of more than 64 MiB is not searched", "64 MiB を超える文章からは探しません"],
	["the input is empty or not text", "空か、文字ではありません"],
	["IODEF is recognised but not read; convert it to STIX or MISP first", "IODEF は読めません。先に STIX か MISP に変換してください"],
	["CSAF is recognised but not read; import its text or list of CVE numbers", "CSAF は読めません。本文か CVE 番号の一覧を取り込んでください"],
	["JVNRSS is recognised but not read; import its text or list of CVE numbers", "JVNRSS は読めません。本文か CVE 番号の一覧を取り込んでください"],
	["a mail is not read as indicators; import the text of its body", "メールはそのままでは読めません。本文を取り込んでください"],
	["STIX 1 (XML) is recognised but not read; convert it to STIX 2.1 first", "STIX 1（XML）は読めません。先に STIX 2.1 に変換してください"],
	["detection rules are written, not read", "検知規則は書き出すだけで、読みません"],
	["Zeek intelligence files are written, not read", "Zeek の intel ファイルは書き出すだけで、読みません"],
	["response policy zones are written, not read", "RPZ ゾーンは書き出すだけで、読みません"],
	["nftables rules are written, not read", "nftables の規則は書き出すだけで、読みません"],
	["Sigma values are written, not read", "Sigma の値は書き出すだけで、読みません"],
	["more than % bytes", "%1 バイトを超えています"],
	["an import needs a team it is for", "どのチームのための取り込みかが必要です"],
	["no such format", "そのような形式はありません"],
	["is neither text nor a format that is known", "文字でも、知っている形式でもありません"],
	["is empty", "空です"],
	["cannot be mapped", "読み込めません"],
	["cannot be opened", "開けません"],
	["there is no such file", "そのようなファイルはありません"],
	["the directory cannot be read, or lies too deep", "フォルダーが読めないか、深すぎます"],
	["is neither a file nor a directory", "ファイルでもフォルダーでもありません"],
	/* lost on the way in */
	["times that are not RFC 3339", "RFC 3339 の形でない日時"],
	["types we do not know, told by the look of the value", "知らない種類（値の形から判断しました）"],
	["column '%'", "列「%1」"],
	["URLs without a scheme, read as http", "スキームのない URL（http として読みました）"],
	["wildcards in front of names", "名前の前のワイルドカード"],
	["ports of addresses", "アドレスに付いたポート番号"],
	["values after the first 200,000 of a text", "一つの文章で 200,000 件を超えた値"],
	["markings we do not know: kept as TLP:RED", "知らない公開範囲の印（TLP:RED として扱います）"],
	["files in %, read as UTF-8 (positions count so)", "文字コード %1 のファイル（UTF-8 に直して読みました。位置もその数え方です）"],
	["of further kinds", "そのほかの種類"],
	/* lost on the way out */
	["attributes whose MISP type has no STIX object, written as x-misp-attribute (%)", "対応する STIX オブジェクトのない MISP 属性 %1（x-misp-attribute として書きました）"],
	["indicators whose MISP type has no STIX pattern, written as x-misp-attribute (%)", "対応する STIX パターンのない MISP 属性 %1（x-misp-attribute として書きました）"],
	["%: everything but its values, times, comment and TLP", "%1：値、日時、コメント、TLP 以外"],
	["%: MISP has no place for it", "%1：MISP に置き場所がありません"],
	["the record is not a MISP element", "MISP の要素ではない記録です"],
	["the record is not a MISP attribute", "MISP の属性ではない記録です"],
	["'%' cannot be written", "形式「%1」では書き出せません"],
	["MISP parts without their event, put into an event of their own", "イベントのない MISP の部品（別のイベントにまとめました）"],
	["revoked records", "取り消された記録"],
	["records that are not meant for detection", "検知に使わない記録"],
	["%: no value that this format can hold", "%1：この形式で表せる値がありません"],
	["values too long for a rule", "規則にするには長すぎる値"],
	["values of kind %", "種類 %1 の値"],
];

let compiled: [RegExp, string][] | null = null;

/* The same in Japanese; null where it is not one of the above. */
export function inJapanese(en: string): string | null {
	compiled ??= SAYINGS.map(([said, ja]) => [new RegExp(`^${said.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("%", "(.*?)")}$`, "s"), ja]);
	for (const [said, ja] of compiled) {
		const m = said.exec(en);
		if (m) return ja.replace(/%(\d)/g, (_, n: string) => m[Number(n)] ?? "");
	}
	return null;
}

export const told = (en: string) => (lang.value === "ja" ? (inJapanese(en) ?? en) : en);
/* Of what language that is, for the attribute; nothing where it is the page's. */
export const toldIn = (en: string) => (lang.value === "ja" && inJapanese(en) === null ? "en" : undefined);
