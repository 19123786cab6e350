// SPDX-License-Identifier: Apache-2.0
/* components: every component in every state on one page, in development builds only (WEB_DEBUG). tests/browser/components.mjs
 * opens it in both languages, light, dark and forced colours, wide, narrow and at 400 %. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../core/api";
import { notice } from "../core/notices";
import { setLanguage, setTheme } from "../core/session";
import icons from "../icons.json";
import { lang, t } from "../i18n";
import { Act, CopyButton, Deadline, Dialog, Empty, Field, FileButton, Indicator, Loading, Notices, ProblemBox, Severity, Tlp, When } from "../ui/basics";
import { Icon, type IconName } from "../ui/icons";
import { Markdown } from "../ui/markdown";
import { Segmented } from "../ui/segmented";
import { Value } from "../ui/view";

const at = (hours: number) => new Date(Date.now() + hours * 3600e3).toISOString();
const LABELS = ["TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"];
const LEVELS = ["critical", "high", "medium", "low", "info"];
const LONG = "青葉電機の VPN 装置への不正ログインとその後の横展開について The long title of an incident that nobody shortened";

function Part({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
	return (
		<section class="part" aria-labelledby={id} data-part={id}>
			<h2 id={id} lang="en">{title}</h2>
			{children}
		</section>
	);
}

function Labels() {
	return (
		<>
			<Part id="tlp" title="TLP chip">
				<p class="row">{LABELS.map((x) => <Tlp key={x} label={x} />)}</p>
				<p class="row">{LABELS.map((x) => <Tlp key={x} label={x} explain />)}</p>
			</Part>
			<Part id="severity" title="Severity, state">
				<p class="row">{LEVELS.map((x) => <Severity key={x} value={x} />)}</p>
				<p class="marks"><Severity value="critical" /> <span class="state">{t().warn.states.mitigating}</span> <Tlp label="TLP:AMBER" /> <span>青葉電機 CSIRT</span> <span class="drill">{t().exercise}</span></p>
			</Part>
			<Part id="deadline" title="Deadline, time">
				<p class="row"><Deadline at={at(-4)} label={t().warn.ackBy} /> <Deadline at={at(2)} label={t().warn.ackBy} /> <Deadline at={at(40)} label={t().warn.ackBy} /></p>
				<p class="row"><When at={at(-3)} rel /> <When at={at(-3)} /></p>
			</Part>
			<Part id="indicator" title="Indicator">
				<p><Indicator value="https://gate.update-cdn.example/in?x=1" href="/indicators" /></p>
				<p><Indicator value="203.0.113.7" kind="ipv4" /></p>
				<p><Indicator value={"ab".repeat(32)} /> <CopyButton value="x" label={t().copy} /></p>
			</Part>
			<Part id="icons" title="Icons">
				<p class="row">{(Object.keys(icons) as IconName[]).map((name) => <span key={name}><Icon name={name} /> <span class="hint">{name}</span></span>)}</p>
			</Part>
		</>
	);
}

function Controls() {
	const [view, setView] = useState("a");
	const [open, setOpen] = useState(false);
	const [text, setText] = useState("");
	return (
		<>
			<Part id="buttons" title="Button, link">
				<p class="row">
					<button type="button" class="primary">{t().save}</button> <button type="button">{t().edit}</button> <button type="button" class="quiet">{t().cancel}</button>
					<button type="button" class="primary" disabled>{t().save}</button> <button type="button" disabled>{t().edit}</button>
					<button type="button" aria-busy="true">{t().saving}</button> <button type="button" aria-pressed="true">{t().all}</button>
					<a class="button" href="/incidents"><Icon name="plus" /> {t().add}</a> <a href="/incidents">{t().open}</a>
					<Act run={() => new Promise((done) => setTimeout(done, 800))}>{t().retry}</Act> <FileButton label={t().rec.addFile} onFile={() => {}} />
				</p>
			</Part>
			<Part id="segmented" title="Segmented, view tabs, menu">
				<Segmented label={t().user.theme} value={view} options={[["a", t().user.themes.auto], ["b", t().user.themes.light], ["c", t().user.themes.dark]]} onChange={setView} />
				<nav class="tabs" aria-label={t().places.warnings}><a href="#x" aria-current="page">{t().warn.boxes.inbox}</a> <a href="#y">{t().warn.boxes.outbox}</a> <a href="#z">{t().warn.boxes.drafts}</a></nav>
				<details class="menu"><summary class="button">{t().ind.tabs.export}</summary><ul class="sheet plain"><li><a href="#s">stix</a></li><li><a href="#m">misp</a></li></ul></details>
			</Part>
			<Part id="fields" title="Field: text, faults, choices, dates">
				<div class="pair">
					<Field id="dev-1" label={t().list.title} hint={t().find.hint} required><input id="dev-1" aria-describedby="dev-1-h" value={text} onInput={(e) => setText(e.currentTarget.value)} /></Field>
					<Field id="dev-2" label={t().list.number} error={t().required}><input id="dev-2" aria-invalid="true" aria-describedby="dev-2-e" value="x" /></Field>
					<Field id="dev-3" label={t().list.state}><select id="dev-3"><option>{t().choose}</option><option>{t().all}</option></select></Field>
					<Field id="dev-4" label={t().warn.ackBy}><input id="dev-4" type="datetime-local" /></Field>
				</div>
				<Field id="dev-5" label={t().rec.write}><textarea id="dev-5" rows={3} /></Field>
				<p><label><input type="checkbox" checked /> {t().yes}</label> <label><input type="checkbox" /> {t().no}</label> <label><input type="checkbox" disabled /> {t().none}</label></p>
			</Part>
			<Part id="toast" title="Toast, dialog">
				<p class="row">
					<button type="button" data-do="notice" onClick={() => notice(t().form.savedToast)}>notice</button>
					<button type="button" data-do="undo" onClick={() => notice(t().form.savedToast, async () => {})}>notice + undo</button>
					<button type="button" data-do="dialog" onClick={() => setOpen(true)}>dialog</button>
				</p>
				{open && <Dialog title={t().form.conflict} onClose={() => setOpen(false)}><p>{t().form.conflictWhy}</p><p class="row"><button type="button" class="primary">{t().form.applyMine}</button> <button type="button" onClick={() => setOpen(false)}>{t().cancel}</button></p></Dialog>}
			</Part>
		</>
	);
}

function States() {
	return (
		<>
			<Part id="empty" title="Empty, loading, problem">
				<Empty text={t().list.empty(t().places.incidents)} hint={t().list.emptyHint.incidents}><button type="button">{t().add}</button></Empty>
				<Loading />
				<ProblemBox problem={new Problem({ status: 422, title: "validation", detail: t().err.offline, code: "validation", instance: "req-7f3", errors: [{ pointer: "/title", code: "required", detail: t().required }] })} retry={() => {}} />
				<p class="banner quiet-banner">{t().net.offline}</p>
				<p class="note-box row"><span>{t().draft("2026/11/22 09:30 JST")}</span> <button type="button">{t().dropDraft}</button></p>
			</Part>
			<Part id="diff" title="Diff, properties, table">
				<div class="scroll" tabIndex={0} role="group" aria-label={t().rec.history}>
					<table class="plain diff">
						<thead><tr><th scope="col">{t().rec.property}</th><th scope="col">{t().rec.before}</th><th scope="col">{t().rec.after}</th></tr></thead>
						<tbody><tr><th scope="row">{t().list.title}</th><td class="del">{LONG}</td><td class="ins">{LONG.slice(0, 24)}</td></tr></tbody>
					</table>
				</div>
				<dl class="props"><div><dt>{t().list.state}</dt><dd>{t().warn.states.done}</dd></div><div><dt>TLP</dt><dd><Tlp label="TLP:GREEN" /></dd></div></dl>
				<table class="grid list">
					<caption class="sr">{t().places.incidents}</caption>
					<thead><tr><th scope="col">{t().list.severity}</th><th scope="col">{t().list.number}</th><th scope="col" class="main">{t().list.title}</th><th scope="col">TLP</th></tr></thead>
					<tbody>{LEVELS.map((x, i) => <tr key={x} data-row><td><Severity value={x} /></td><td class="num">INC-2026-000{i}</td><td class="main"><a href="#r">{LONG}</a></td><td><Tlp label={LABELS[i]} /></td></tr>)}</tbody>
				</table>
			</Part>
			<Part id="timeline" title="Timeline entry">
				<ol class="timeline">
					<li><p class="entry-head"><When at={at(-5)} /> <span>佐藤 由紀</span> <span class="strong">{t().rec.kinds.create}</span></p></li>
					<li><p class="entry-head"><When at={at(-2)} /> <span>高橋 舞</span> <span class="strong">{t().rec.kinds.comment}</span></p><p class="prose">端末を隔離した。{"\n"}The host was isolated.</p></li>
				</ol>
			</Part>
			<Part id="values" title="Values of records">
				<dl class="fields">
					<div><dt>text</dt><dd><Value value={LONG} /></dd></div>
					<div><dt>none</dt><dd><Value value={null} /></dd></div>
					<div><dt>list</dt><dd><Value value={["a", "b"]} /></dd></div>
					<div><dt>steps</dt><dd><Value value={[{ text: t().warn.answer, kind: "temporary" }]} /></dd></div>
				</dl>
			</Part>
			<Part id="markdown" title="Markdown">
				<Markdown top={3} text={"# 見出し Heading\n\nこれは**「重要」**です。`a.exe` と [link](/help)。*emphasis*\n\n- one\n- two\n\n> quote\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode <b>\n```"} />
			</Part>
		</>
	);
}

export function ComponentsScreen() {
	useEffect(() => {
		document.title = "components — hikeshi";
	}, []);
	return (
		<main id="main" tabIndex={-1}>
			<h1 lang="en">Components</h1>
			<p class="row">
				<button type="button" lang="ja" aria-pressed={lang.value === "ja"} onClick={() => void setLanguage("ja")}>日本語</button> <button type="button" lang="en" aria-pressed={lang.value === "en"} onClick={() => void setLanguage("en")}>English</button>
				{(["auto", "light", "dark"] as const).map((x) => <button type="button" key={x} data-theme-to={x} onClick={() => setTheme(x)}>{t().user.themes[x]}</button>)}
			</p>
			<Labels />
			<Controls />
			<States />
			<Notices />
		</main>
	);
}
