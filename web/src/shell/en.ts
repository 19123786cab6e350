// SPDX-License-Identifier: Apache-2.0
/* en: the words of the frame around every page in English. */
import type { Messages } from "../i18n";
import { pl } from "../i18n/pl";

export const user: Messages["user"] = {
	menu: "You",
	journal: "Journal",
	signOut: "Sign out",
	language: "Language",
	theme: "Appearance",
	themes: { auto: "As the device", light: "Light", dark: "Dark" },
	keys: "Single-key shortcuts",
	keysOn: "On",
	keysOff: "Off",
	showKeys: "Keyboard map",
};

export const seeAs: Messages["seeAs"] = {
	title: "See as another role",
	hint: "Shows what that role of your team sees, for reading only. What names you in person is not shown.",
	band: (role, own) => `Seen as: ${role} (you are ${own}). Reading only; nothing can be changed.`,
	end: "Back to my own role",
};

export const signIn: Messages["signIn"] = {
	title: "Sign in",
	lead: "Turns an incident into a warning, and gets it to those who need it.",
	email: "Email address",
	password: "Password",
	otp: "One-time code",
	haveOtp: "Use a one-time code",
	go: "Sign in",
	failed: "You are not signed in",
	again: "Please sign in again",
	againWhy: "Your session has ended. What you typed on this page is still here.",
	other: "You signed in as somebody else, so the page is loaded afresh.",
	report: "Report without signing in",
};

export const net: Messages["net"] = {
	offline: "The server cannot be reached. What has been read can still be read here. Reconnecting.",
	live: "Connected",
	notLive: "Reconnecting",
	build: "A new version has been installed.",
	reload: "Reload",
};

export const keys: Messages["keys"] = {
	title: "Keyboard map",
	note: "Single keys do nothing while you type or while an input method is composing. They can be switched off.",
	groups: [
		["Move", [
			["Ctrl+K", "search, jump, command: everything"],
			["G T", "Today"],
			["G R", "Reports"],
			["G I", "Incidents"],
			["G W", "Warnings"],
			["G N", "Indicators"],
			["G D", "Members"],
			["G M", "Import"],
			["G P", "Links (administrators)"],
			["G F", "Figures"],
			["G Y", "My account"],
			["G A", "Accounts (leads, administrators)"],
			["G S", "Node settings (administrators)"],
			["G H", "Help"],
			["Q", "stop seeing as another role"],
			["?", "this map"],
		]],
		["Lists", [
			["J K", "next, previous row (↓ ↑ too)"],
			["Enter O", "open"],
			["Space", "look inside beside the list"],
			["X", "select"],
			["Shift+J K", "select further rows"],
			["/", "filter"],
			["[ ]", "previous, next view"],
			["U Esc", "back to the list"],
		]],
		["Records", [
			["C", "new incident"],
			["E", "edit"],
			["A", "assign"],
			["S", "next state"],
			["N", "write a note"],
			["T", "category"],
			["L", "link"],
			["P", "pin"],
			["W", "write a warning from this"],
			["Y", "copy the address of this record"],
			["Shift+Y", "copy the real value"],
		]],
		["Warnings, typing", [
			["1 2 3", "answer: acknowledged, affected, not affected"],
			["Ctrl+Enter", "send what was typed"],
			["Z", "undo the last action"],
		]],
	],
};

export const palette: Messages["palette"] = {
	title: "Search, jump, command",
	who: "Who saw it and when",
	label: "Words, number, value or command",
	open: "Search or command",
	places: "Places",
	commands: "Commands",
	records: "Records",
	recent: "Read last",
	searchAll: (q) => `Search all records for “${q}”`,
	count: (n) => pl(n, "# record", "# records"),
	how: "↑↓ to choose, Enter to open, Esc to close.",
	helpHere: "Help for this page",
	print: "Print this page",
};

export const presence: Messages["presence"] = {
	here: "Looking at this now",
	viewing: (who) => `${who} is looking`,
	writing: (who) => `${who} is writing`,
};

export const confirm: Messages["confirm"] = {
	title: "Is it you?",
	why: "Before something that matters your password is asked once more. It then holds for a while.",
	go: "Confirm and go on",
};
