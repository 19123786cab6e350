// SPDX-License-Identifier: Apache-2.0
/* undo: takes back what the server keeps a way back for; in its words what became of it elsewhere. */
import { Problem, post } from "./api";
import type { ProblemBody } from "./types";

export async function undoOperation(id: string): Promise<string> {
	const r = await post<{ said?: string; failed: { problem: ProblemBody }[] }>(`/operations/${id}:undo`);
	const p = r.failed[0]?.problem;

	if (p) throw new Problem(p);
	return r.said ?? "";
}
