// SPDX-License-Identifier: Apache-2.0
/* past: the steps of the catalogue in English as something that was done: "submit" is a button, "submitted" an entry. */
export const past: Record<string, string> = {
	publish: "published", "stop publishing": "no longer published", submit: "submitted", return: "returned", approve: "approved", issue: "issued", update: "updated", withdraw: "withdrawn",
	discard: "discarded", "discard the update": "update discarded", expire: "expired", analyse: "analysis begun", plan: "planned", respond: "response begun", verify: "resolution verified",
	report: "reporting begun", "wait for others": "waiting for others", close: "closed", "mark as duplicate": "marked as duplicate", transfer: "transferred", reopen: "reopened",
	acknowledge: "acknowledged", assess: "assessing", mitigate: "mitigating", "accept the risk": "risk accepted", "check facts": "fact check begun", triage: "triaged", reject: "rejected",
	start: "started", finish: "finished", cancel: "cancelled", "hand over": "handed over", "read and take over": "read and taken over", "write on": "written on", remove: "removed",
	suppress: "suppressed", "send again": "sent again",
};
