// SPDX-License-Identifier: Apache-2.0
/* shell: the frame around every page: places, search, the reader's own menu, notices about the connection. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { offline, waiting } from "../core/api";
import { catalog, homeOf, may, me, nameOf, slugOf, typeOfSlug, typeWord } from "../core/catalog";
import { t } from "../i18n";
import { go, params, place } from "../core/router";
import { LanguageSwitch, SignInDialog } from "./signin";
import { live, newBuild } from "../core/stream";
import { zone, zoneName } from "../core/time";
import { Dialog, Notices, cx } from "../ui/basics";
import { Icon, type IconName } from "../ui/icons";
import { helpOpen } from "../core/keys";
import { setKeys, setTheme, signOut, singleKeys, theme, type Theme } from "../core/session";

const PLACES: { href: string; key: "today" | "reports" | "incidents" | "warnings" | "indicators" | "members"; type?: string }[] = [
	{ href: "/", key: "today" },
	{ href: "/reports", key: "reports", type: "reports" },
	{ href: "/incidents", key: "incidents", type: "incidents" },
	{ href: "/warnings", key: "warnings", type: "warnings" },
	{ href: "/indicators", key: "indicators", type: "indicators" },
	{ href: "/members", key: "members", type: "teams" },
];
const OWN_PLACE = new Set(["reports", "incidents", "warnings", "indicators", "teams", "circles", "people", "comments", "deliveries", "assessments", "memberships"]);
const MEMBERS = /^\/(members|r\/(teams|circles|people))/;

function active(href: string): boolean {
	const p = place.value.path;
	if (href === "/") return p === "/" || p === "/today";
	if (href === "/members") return MEMBERS.test(p);
	return p === href || p.startsWith(`${href}/`);
}

function Nav() {
	const others = (catalog.value?.types ?? []).filter((d) => d.plural && d.form === "own" && !OWN_PLACE.has(slugOf(d)));
	const item = (href: string, icon: IconName, text: string, only?: string) => (
		<li key={href} class={only}><a href={href} aria-current={active(href) ? "page" : undefined} title={text}><Icon name={icon} /> <span>{text}</span></a></li>
	);
	return (
		<nav class="places" aria-label={t().places.nav}>
			<ul>
				{PLACES.filter((p) => !p.type || typeOfSlug(p.type)).map((p) => item(p.href, p.key, t().places[p.key]))}
				{may("create:indicators") && item("/imports", "imports", t().places.imports, "roomy")}
				{may("admin:peers") && item("/peers", "peers", t().places.peers, "roomy")}
			</ul>
			{others.length > 0 && (
				<details class="others" open={place.value.path.startsWith("/r/") && !MEMBERS.test(place.value.path)}>
					<summary><Icon name="more" /> <span>{t().places.more}</span></summary>
					<ul>{others.map((d) => <li key={d.type}><a href={homeOf(d)} aria-current={active(homeOf(d)) ? "page" : undefined}>{typeWord(d)}</a></li>)}<li><a href="/r" aria-current={place.value.path === "/r" ? "page" : undefined}>{t().all}</a></li></ul>
				</details>
			)}
		</nav>
	);
}

function SearchBox() {
	const [text, setText] = useState(place.value.path === "/search" ? (params.value.get("q") ?? "") : "");
	if (place.value.path === "/search") return <span class="grow" />;
	return (
		<form class="topsearch" role="search" onSubmit={(e) => { e.preventDefault(); go(`/search?q=${encodeURIComponent(text.trim())}`); setText(""); }}>
			<label class="sr" for="topsearch">{t().search}</label>
			<input id="topsearch" type="search" placeholder={`${t().search}  Ctrl+K`} value={text} onInput={(e) => setText(e.currentTarget.value)} />
		</form>
	);
}

function UserMenu() {
	const m = me.value!;
	const themes: Theme[] = ["auto", "light", "dark"];
	return (
		<details class="menu">
			<summary aria-label={`${t().user.menu}: ${m.name || m.email}`}><Icon name="user" /> <span>{m.name || m.email}</span></summary>
			<div class="sheet">
				<p><strong>{m.name}</strong><br /><span class="hint">{m.email}<br />{m.team && nameOf(m.team.id)}</span></p>
				<p class="label">{t().user.language}</p>
				<LanguageSwitch />
				<p class="label">{t().user.theme}</p>
				<p class="row">{themes.map((x) => <button type="button" key={x} class="quiet" aria-pressed={theme.value === x} onClick={() => setTheme(x)}>{t().user.themes[x]}</button>)}</p>
				<p class="label">{t().user.keys}</p>
				<p class="row">
					<button type="button" class="quiet" aria-pressed={singleKeys.value} onClick={() => setKeys(true)}>{t().user.keysOn}</button>
					<button type="button" class="quiet" aria-pressed={!singleKeys.value} onClick={() => setKeys(false)}>{t().user.keysOff}</button>
					<button type="button" class="quiet" onClick={() => { helpOpen.value = true; }}>{t().user.showKeys}</button>
				</p>
				<ul class="plain tight">
					{may("create:indicators") && <li class="phone"><a href="/imports">{t().places.imports}</a></li>}
					{may("admin:peers") && <li class="phone"><a href="/peers">{t().places.peers}</a></li>}
					<li><a href="/r">{t().places.more}</a></li>
				</ul>
				<p class="row"><button type="button" onClick={() => void signOut()}>{t().user.signOut}</button></p>
			</div>
		</details>
	);
}

function KeyHelp() {
	if (!helpOpen.value) return null;
	return (
		<Dialog title={t().keys.title} onClose={() => { helpOpen.value = false; }}>
			<p class="hint">{t().keys.note}</p>
			<table class="plain keys"><tbody>{t().keys.rows.map(([k, w]) => <tr key={k}><th scope="row"><kbd>{k}</kbd></th><td>{w}</td></tr>)}</tbody></table>
		</Dialog>
	);
}

export function Shell({ children }: { children: ComponentChildren }) {
	const drill = me.value?.node.exercise;
	return (
		<>
			<a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>{t().skip}</a>
			{drill && <p class="drillband">{t().exerciseBand}</p>}
			<header class="top">
				<a class="brand" href="/" lang="en">hikeshi</a>
				<span class="node">{me.value?.node.name}</span>
				<SearchBox />
				<span class={cx("link", live.value && "on")} title={live.value ? t().net.live : t().net.notLive}><span aria-hidden="true">{live.value ? "●" : "○"}</span> <span class="sr">{live.value ? t().net.live : t().net.notLive}</span></span>
				<UserMenu />
			</header>
			<div class="frame">
				<Nav />
				<main id="main" tabIndex={-1}>
					{offline.value && <p class="banner quiet-banner" role="status">{t().net.offline}</p>}
					{newBuild.value && <p class="banner quiet-banner" role="status">{t().net.build} <button type="button" onClick={() => location.reload()}>{t().net.reload}</button></p>}
					{children}
					<footer class="foot hint">{t().zone(`${zoneName()} (${zone})`)}</footer>
				</main>
			</div>
			{drill && <p class="drillband" aria-hidden="true">{t().exerciseBand}</p>}
			<Notices />
			<KeyHelp />
			{waiting.value && <SignInDialog />}
		</>
	);
}

