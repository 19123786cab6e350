// SPDX-License-Identifier: Apache-2.0
/* ja: the words of members in Japanese. */
export const members = {
	teams: "チーム",
	circles: "サークル",
	people: "人",
};
