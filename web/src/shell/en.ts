// SPDX-License-Identifier: Apache-2.0
/* en: the words of the frame around every page in English. */
import type { Messages } from "../i18n";

export const user: Messages["user"] = {
	menu: "You",
	signOut: "Sign out",
	language: "Language",
	theme: "Appearance",
	themes: { auto: "As the device", light: "Light", dark: "Dark" },
	keys: "Single-key shortcuts",
	keysOn: "On",
	keysOff: "Off",
	showKeys: "Keyboard map",
};

export const signIn: Messages["signIn"] = {
	title: "Sign in",
	lead: "Turns an incident into a warning, and gets it to those who need it.",
	email: "E-mail address",
	password: "Password",
	otp: "One-time code",
	haveOtp: "Use a one-time code",
	go: "Sign in",
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
	note: "Single keys do nothing while you type or while an input method is composing.",
	rows: [
		["G then T, R, I, W, N, D", "Today, Reports, Incidents, Warnings, Indicators, Members"],
		["Ctrl+K", "search"],
		["/", "filter this list"],
		["J, K", "next, previous row"],
		["Enter", "open"],
		["U", "back to the list"],
		["C", "new incident"],
		["E", "edit"],
		["N", "write a note"],
		["W", "write a warning from this"],
		["1, 2, 3", "answer a warning: acknowledged, affected, not affected"],
		["Ctrl+Enter", "send what was typed"],
		["?", "this map"],
	],
};
