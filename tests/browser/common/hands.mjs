// SPDX-License-Identifier: Apache-2.0
/* hands: the three ways in which people do a thing on a page: by mouse, by the keyboard alone, by touch. Each has click, fill,
 * choose (of a select), check, file, send (a note), three (the answer "not affected" to a warning). */

export const mouse = {
	name: "mouse",
	screen: {},
	click: (target) => target.click(),
	fill: (target, text) => target.fill(text),
	choose: (target, what) => target.selectOption(what),
	check: (target) => target.check(),
	file: (target, path) => target.setInputFiles(path),
	send: (page, field) => page.press(field, "Control+Enter"),
	three: async (page) => {
		await page.locator("h1").click();
		await page.keyboard.press("3");
	},
};

/* Goes by Tab, or back by Shift+Tab, until the target has the focus; what Tab does not reach is a fault. */
async function reach(target) {
	const keys = target.page().keyboard;
	await target.waitFor({ state: "attached" });
	for (let i = 0; i < 400; i++) {
		const where = await target.evaluate((el) => {
			const at = document.activeElement;
			if (at === el) return "here";
			return at && at !== document.body && el.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING ? "back" : "on";
		});
		if (where === "here") return;
		await keys.press(where === "back" ? "Shift+Tab" : "Tab");
	}
	throw new Error(`Tab does not reach ${target}`);
}
/* As one types it into the parts of a date field, whose order here is that of the browser's English. */
async function typeDate(keys, text) {
	const [, year, month, day, hour, minute] = /(\d+)-(\d+)-(\d+)T(\d+):(\d+)/.exec(text);
	const h = Number(hour);
	for (const part of [month, day]) await keys.type(part);
	await keys.type(year);
	await keys.press("ArrowRight");
	for (const part of [String(h % 12 || 12).padStart(2, "0"), minute]) await keys.type(part);
	await keys.type(h < 12 ? "A" : "P");
}
export const keyboard = {
	name: "keyboard",
	screen: {},
	click: async (target) => {
		await reach(target);
		await target.page().keyboard.press("Enter");
	},
	fill: async (target, text) => {
		const keys = target.page().keyboard;
		await reach(target);
		if ((await target.getAttribute("type")) === "datetime-local") {
			await typeDate(keys, text);
			const now = await target.inputValue();
			if (now !== text) throw new Error(`typed ${text}, and there is ${now}`);
			return;
		}
		await keys.press("Control+a");
		await keys.insertText(text);
	},
	choose: async (target, what) => {
		await reach(target);
		const steps = await target.evaluate((el, w) => (typeof w === "string" ? [...el.options].findIndex((o) => o.value === w) : w.index) - el.selectedIndex, what);
		for (let i = 0; i < Math.abs(steps); i++) await target.page().keyboard.press(steps > 0 ? "ArrowDown" : "ArrowUp");
	},
	check: async (target) => {
		await reach(target);
		await target.page().keyboard.press(" ");
		if (!(await target.isChecked())) throw new Error("Space does not check it");
	},
	file: async (target, path) => {
		await reach(target);
		const chooser = target.page().waitForEvent("filechooser");
		await target.page().keyboard.press(" ");
		await (await chooser).setFiles(path);
	},
	send: (page, field) => page.press(field, "Control+Enter"),
	three: (page) => page.keyboard.press("3"),
};

export const touch = {
	name: "touch",
	screen: { width: 380, height: 800, touch: true },
	click: (target) => target.tap(),
	fill: async (target, text) => {
		await target.tap();
		if ((await target.getAttribute("type")) === "datetime-local") return target.fill(text); /* the telephone's own wheel */
		await target.page().keyboard.press("Control+a");
		await target.page().keyboard.insertText(text);
	},
	choose: (target, what) => target.selectOption(what), /* the telephone's own list */
	check: async (target) => {
		await target.tap();
		if (!(await target.isChecked())) throw new Error("a tap does not check it");
	},
	file: async (target, path) => {
		const chooser = target.page().waitForEvent("filechooser");
		await target.locator("xpath=ancestor::label").tap();
		await (await chooser).setFiles(path);
	},
	send: async (page, field) => {
		await page.locator("form", { has: page.locator(field) }).locator("button").first().tap();
	},
	three: (page) => page.locator("[data-answer=not_affected]").first().tap(),
};
