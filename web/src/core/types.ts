// SPDX-License-Identifier: Apache-2.0
/* types: the shapes of the HTTP interface as the face reads them. Records are open: what the catalogue
 * describes sits beside the common fields. */

import type { Json, Ok, Schemas } from "./openapi";

export type { Json } from "./openapi";
export type Lang = "ja" | "en";
export interface Bilingual {
	ja: string;
	en: string;
}
export type Body = { [key: string]: Json | undefined };

export interface Page<T> {
	items: T[];
	next?: string | null;
}

export type Me = Ok<"GET /me">;
export type TeamRef = NonNullable<Me["team"]>;

export interface Schema {
	type?: string | string[];
	label?: Bilingual;
	hint?: Bilingual;
	properties?: Record<string, Schema>;
	required?: string[];
	items?: Schema;
	enum?: Json[];
	const?: Json;
	ref?: string;
	suggest?: string;
	format?: string;
	column?: boolean;
	multiline?: boolean;
	readOnly?: boolean;
	leaves?: boolean;
	minLength?: number;
	maxLength?: number;
	minimum?: number;
	maximum?: number;
	minItems?: number;
	maxItems?: number;
	pattern?: string;
	default?: Json;
}
export interface StateDef {
	state: string;
	label: Bilingual;
	open?: boolean;
}
export interface TransitionDef {
	name: string;
	label: Bilingual;
	from: string[];
	to: string;
	role: string;
	required?: string[];
	fields?: string[];
	reason?: boolean;
	guard?: string;
}
export interface TypeDef {
	type: string;
	plural?: string;
	number?: string;
	label: Bilingual;
	form: "own" | "stix";
	roles?: { read?: string; create?: string; edit?: string };
	shelf?: { severity?: string };
	sort?: { due?: string }; /* its lists are sorted by column */
	title?: string[];
	states?: { initial: string; list: StateDef[]; transitions: TransitionDef[] };
	schema: Schema;
	links?: Record<string, string[]>;
}
export interface ListValue {
	value: string;
	label: Bilingual;
	hint?: Bilingual;
}
export interface Catalog {
	types: TypeDef[];
	lists: Record<string, ListValue[]>;
}

export interface Rec {
	id: string;
	type: string;
	number?: string | null;
	version: number;
	team?: string | null;
	title?: string | null;
	state?: string | null;
	tlp?: string | null;
	circles?: string[];
	created?: string;
	created_by?: string | null;
	modified?: string;
	modified_by?: string | null;
	language?: string | null;
	exercise?: boolean;
	severity?: string | null;
	object?: Body;
	[key: string]: Json | undefined;
}
/* A record together with the entity tag it was read with. */
export interface Held<T extends Rec = Rec> {
	rec: T;
	etag: string;
}

export type ProblemBody = Partial<Schemas["Problem"]> & { status: number };
export type Fault = NonNullable<ProblemBody["errors"]>[number];

export interface HistoryItem {
	seq: number;
	epoch: string;
	at: string;
	actor: string | null;
	kind: string;
	version: number;
	patch?: Json;
	why?: string | null;
	from?: string | null;
	to?: string | null;
}
export interface LinkItem {
	source: string;
	relation: string;
	target: string;
	type: string;
	title?: string | null;
	number?: string | null;
	team?: string | null;
	at?: string | null;
}
export interface CommentItem {
	id: string;
	text: string;
	created?: string;
	created_by?: string | null;
	team?: string | null;
}
export interface FileItem {
	id: string;
	name: string;
	bytes?: number;
	media_type?: string;
	sha256?: string;
	added?: string;
}

export interface KnownRecord {
	id: string;
	type: string;
	number?: string | null;
	title?: string | null;
	team?: string | null;
	tlp?: string | null;
}
export interface Known {
	value: string;
	kind: string | null;
	canonical?: string | null;
	indicator?: string | null;
	count: number;
	records: KnownRecord[];
	sightings?: { count: number; first?: string | null; last?: string | null } | null;
	warninglists?: string[];
}
export interface ImportResult {
	files?: number;
	objects: { read: number; new: number; updated: number; unchanged: number; rejected: number };
	rejected?: { file?: string; position?: number; path?: string; reason: string }[];
	losses?: { format: string; what: string; count: number }[];
	rejected_unlisted?: number;
}
export interface JobProgress {
	objects: number;
	bytes: number;
	total: number;
}
/* What a list of long work tells of each. */
export interface JobBrief {
	id: string;
	state: string;
	created: string;
	name?: string | null;
	objects?: ImportResult["objects"] | null;
}
export interface Job {
	id: string;
	state: string;
	created?: string;
	name?: string | null;
	progress?: JobProgress | null;
	result?: (ImportResult & { error?: string; error_ja?: string }) | null;
}

export interface Answer {
	team?: string;
	name?: string;
	state: string;
	count?: number | null;
	comment?: string | null;
	at?: string;
	edition?: number;
	outdated?: boolean;
}
export interface WarningRec extends Rec {
	answer?: any;
	concerns?: any;
}
export interface AnswerCounts {
	recipients: number | null;
	answered: number | null;
	affected: number | null;
	suppressed: boolean;
}
export interface Preview {
	hash: string;
	tlp?: string;
	public?: boolean;
	recipients: { team: string; name: string; people?: number; channels?: string[]; reason?: string }[];
	excluded: { team: string; name: string; code: string; text: string }[];
	missing: { pointer: string; code: string; text: string }[];
	indicators: { id: string; value: string; travels: boolean; text?: string }[];
	view: Body;
}
export interface Delivery {
	team: string;
	name?: string;
	channel: string;
	state: string;
	at?: string | null;
	reason?: string | null;
}
export interface Concern {
	value: string;
	indicator?: string;
	reason: string;
	records: (string | KnownRecord)[];
	first?: string | null;
	last?: string | null;
}
export interface Call {
	team: string;
	name: string;
	contact?: string | null;
	phone?: string | null;
	hours?: string | null;
	due?: string | null;
	reason?: string | null;
}
export interface Change {
	path: string;
	before?: Json;
	after?: Json;
}
export interface Hit {
	id: string;
	type: string;
	number?: string | null;
	title?: string | null;
	state?: string | null;
	tlp?: string | null;
	team?: string | null;
	modified?: string;
	matched?: (string | { field?: string; text?: string })[];
}
