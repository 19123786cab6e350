// SPDX-License-Identifier: Apache-2.0
/* agent: "Firefox, Linux" of what a browser calls itself; anything else as it is, cut short. */
const BROWSERS: [RegExp, string][] = [[/\bEdg(e|A|iOS)?\//, "Edge"], [/\bOPR\//, "Opera"], [/\bFirefox\/|\bFxiOS\//, "Firefox"], [/\b(Headless)?Chrome\/|\bCriOS\//, "Chrome"], [/\bSafari\//, "Safari"]];
const SYSTEMS: [RegExp, string][] = [[/\biP(hone|ad|od)\b/, "iOS"], [/\bAndroid\b/, "Android"], [/\bWindows\b/, "Windows"], [/\bMac OS X\b|\bMacintosh\b/, "macOS"], [/\bCrOS\b/, "ChromeOS"], [/\bLinux\b/, "Linux"]];

export function agentName(agent: string): string {
	const of = (rows: [RegExp, string][]) => rows.find(([is]) => is.test(agent))?.[1];
	const names = [of(BROWSERS), of(SYSTEMS)].filter(Boolean);
	return names.length ? names.join(", ") : agent.slice(0, 60);
}
