// SPDX-License-Identifier: Apache-2.0
/* types: web/src/core/openapi.ts is what web/openapi.mjs makes of the document the program serves now; UPDATE=1 writes it. */
import { readFileSync, writeFileSync } from "node:fs";
import { target, typeOf, typesOf } from "../../web/openapi.mjs";
import { finish, ok, server } from "./lib.mjs";

const rows = [
	[{ type: ["string", "null"] }, "string | null"],
	[{ enum: ["a", 1] }, '"a" | 1'],
	[{ type: "array", items: { enum: ["a", "b"] } }, '("a" | "b")[]'],
	[{ type: "array", items: { $ref: "#/components/schemas/Me" } }, 'Schemas["Me"][]'],
	[{ type: "object" }, "Open"],
	[{ type: "object", properties: { "a-b": { type: "integer" }, c: { type: "boolean" } }, required: ["c"], additionalProperties: false }, '{ "a-b"?: number; c: boolean }'],
];
for (const [schema, want] of rows) ok(`type of ${JSON.stringify(schema)}`, typeOf(schema) === want, typeOf(schema));

const srv = await server();
try {
	const made = typesOf(await (await fetch(`${srv.base}/api/openapi.json`)).json());
	if (process.env.UPDATE) writeFileSync(target, made);
	const kept = readFileSync(target, "utf8");
	const lines = new Set(kept.split("\n"));
	ok("the types of the interface are current (else: UPDATE=1 node tests/browser/types.mjs)", made === kept, made.split("\n").filter((l) => !lines.has(l)).slice(0, 10).join("\n"));
} finally {
	srv.stop();
}
process.exit(finish());
