// SPDX-License-Identifier: Apache-2.0
/* The browser's verifier says of every vector what our C and the independent script say of it. */
import vectors from "../../../tests/vectors/exchange.json";
import type { Check } from "../test";
import { jcs, verifyProof, type Proof } from "./proof";

export default async function (ok: Check) {
	const rows = (vectors as unknown as { proof: { proof: Proof; root: string; kept?: string; result: string }[] }).proof;
	const wrong: string[] = [];
	for (const [i, x] of rows.entries()) {
		const v = await verifyProof(x.proof, x.kept ?? null);
		const result = v.failed === null && v.root === x.root ? "ok" : "refused";
		if (result !== x.result || v.unchecked.length) wrong.push(`${i}: ${result} (${v.failed}), want ${x.result}`);
	}
	ok(`${rows.length} proofs are judged as elsewhere`, rows.length > 50 && wrong.length === 0, wrong.join("\n"));
	ok("texts are written as RFC 8785 has them", jcs({ b: [1, null, true], a: "\u0001\"火\u007f" }) === '{"a":"\\u0001\\"火\u007f","b":[1,null,true]}');
}
