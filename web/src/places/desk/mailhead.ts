// SPDX-License-Identifier: Apache-2.0
/* mailhead: what the first lines of a pasted mail say: sender, subject, date; in the words mail programs use in English and
 * Japanese. Only proposes what a person then sends. Pure. */

export interface MailHead {
	from?: string;
	name?: string;
	address?: string;
	subject?: string;
	date?: string;
}
const NAMES: Record<string, keyof MailHead> = { from: "from", "差出人": "from", "送信者": "from", subject: "subject", "件名": "subject", date: "date", sent: "date", "日付": "date", "日時": "date", "送信日時": "date" };

export function headOf(text: string): MailHead {
	const out: MailHead = {};

	for (const line of text.slice(0, 4000).split(/\r?\n/).slice(0, 40)) {
		const m = /^\s*>?\s*([A-Za-z]{4,7}|[\u3040-\u9fff]{2,4})\s*[:：]\s*(\S.*)$/.exec(line);
		const name = m && NAMES[m[1]!.toLowerCase()];
		if (name && !out[name]) out[name] = m[2]!.trim().slice(0, 200);
	}
	const who = /^"?([^"<]*?)"?\s*<?([\w.+-]+@[\w.-]+\.\w+)>?$/.exec(out.from ?? "");
	if (who) {
		if (who[1]!.trim()) out.name = who[1]!.trim();
		out.address = who[2]!;
	}
	if (out.date) {
		const d = new Date(out.date);
		if (Number.isNaN(d.getTime())) delete out.date;
		else out.date = d.toISOString();
	}
	return out;
}
