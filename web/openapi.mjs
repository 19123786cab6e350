// SPDX-License-Identifier: Apache-2.0
/* openapi: the types of the HTTP interface from our own OpenAPI document, written to src/core/openapi.ts:
 *   node web/openapi.mjs openapi.json        (GET /api/openapi.json of a running node)
 * What the document says once for each record type is said once here, for {plural}. tests/browser/types.mjs makes them
 * again from the running program and fails when the file is not what comes out. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NAME = /^[A-Za-z_$][\w$]*$/;
const key = (k) => (NAME.test(k) ? k : JSON.stringify(k));

/* A JSON Schema as a type. Objects that say nothing of their members are open. */
export function typeOf(s) {
	if (!s || typeof s !== "object") return "unknown";
	if (s.$ref) return `Schemas[${JSON.stringify(s.$ref.split("/").pop())}]`;
	if ("const" in s) return JSON.stringify(s.const);
	if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(" | ");
	for (const many of ["oneOf", "anyOf"]) if (s[many]) return s[many].map(typeOf).join(" | ");
	if (Array.isArray(s.type)) return s.type.map((type) => typeOf({ ...s, type })).join(" | ");
	if (s.type === "array") return `(${typeOf(s.items)})[]`.replace(/^\(([\w[\]"]+)\)\[\]$/, "$1[]");
	if (s.type === "object") return objectOf(s);
	return { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" }[s.type] ?? "unknown";
}
function objectOf(s) {
	const needed = new Set(s.required ?? []);
	const members = Object.entries(s.properties ?? {}).map(([k, v]) => `${key(k)}${needed.has(k) ? "" : "?"}: ${typeOf(v)}`);

	if (!members.length) return "Open";
	return `{ ${members.join("; ")} }${s.additionalProperties === false ? "" : " & Open"}`;
}

const bodyOf = (op) => {
	const schema = Object.values(op.requestBody?.content ?? {})[0]?.schema;
	return schema ? typeOf(schema) : "undefined";
};
const answerOf = (op) => {
	const ok = Object.entries(op.responses).find(([code]) => code.startsWith("2"))?.[1];
	const content = Object.entries(ok?.content ?? {})[0];
	if (!content) return "undefined";
	return content[0].includes("json") ? typeOf(content[1].schema) : "string";
};
const queryOf = (op) => {
	const names = (op.parameters ?? []).filter((p) => p.in === "query");
	return names.length ? `{ ${names.map((p) => `${key(p.name)}${p.required ? "" : "?"}: ${typeOf(p.schema)}`).join("; ")} }` : "undefined";
};

/* The whole file for a document. */
export function typesOf(doc) {
	const schemas = doc.components.schemas;
	const plurals = Object.keys(schemas).filter((n) => doc.paths[`/api/v1/${n}`]);
	const base = "/api/v1";
	const seen = new Map(); /* what each record type has in common -> line -> the types' own names of it */
	const operations = new Map();
	for (const [path, ops] of Object.entries(doc.paths)) {
		if (!path.startsWith(base)) continue;
		const at = path.slice(base.length).split("/");
		for (const [method, op] of Object.entries(ops)) {
			const own = `${method.toUpperCase()} ${at.join("/")}`;
			const line = `{ query: ${queryOf(op)}; body: ${bodyOf(op)}; ok: ${answerOf(op)} }`;
			operations.set(own, line);
			if (!plurals.includes(at[1])) continue;
			const common = `${method.toUpperCase()} ${["", "{plural}", ...at.slice(2)].join("/")}`;
			const said = line.replaceAll(`Schemas[${JSON.stringify(at[1])}]`, "Schemas[Plural]");
			const key = `${common}\n${said}`;
			seen.set(key, [...(seen.get(key) ?? []), own]);
		}
	}
	for (const [both, owns] of seen) {
		if (owns.length < plurals.length) continue;
		const [common, line] = both.split("\n");
		for (const own of owns) operations.delete(own);
		operations.set(common, line);
	}
	const out = [
		"// SPDX-License-Identifier: Apache-2.0",
		"/* openapi: made by web/openapi.mjs from our OpenAPI document; not written by hand. */",
		"",
		"export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };",
		"export type Open = { [key: string]: Json | undefined };",
		`export type Plural = ${plurals.map((p) => JSON.stringify(p)).join(" | ")};`,
		"",
		"export interface Schemas {",
		...Object.entries(schemas).map(([name, s]) => `\t${key(name)}: ${typeOf(s)};`),
		"}",
		"",
		`/* Below ${base}; {plural} stands for every record type. */`,
		"export interface Operations {",
		...[...operations].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, line]) => `\t${JSON.stringify(name)}: ${line};`),
		"}",
		"export type Ok<K extends keyof Operations> = Operations[K][\"ok\"];",
		"",
	];
	return out.join("\n");
}

export const target = join(dirname(fileURLToPath(import.meta.url)), "src/core/openapi.ts");
if (process.argv[1] === fileURLToPath(import.meta.url)) {
	if (!process.argv[2]) throw new Error("usage: node web/openapi.mjs openapi.json");
	writeFileSync(target, typesOf(JSON.parse(readFileSync(process.argv[2], "utf8"))));
}
