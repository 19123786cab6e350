// SPDX-License-Identifier: Apache-2.0
/* shell: the frame around every page: places, search, the reader's own menu, notices about the connection. */
import type { ComponentChildren } from "preact";
import { confirming, offline, waiting } from "../core/api";
import { catalog, homeOf, may, me, nameOf, slugOf, typeWords } from "../core/catalog";
import { helpOpen, paletteOpen } from "../core/keys";
import { HELP, ownPlaces, places } from "../core/places";
import { place } from "../core/router";
import { setKeys, setTheme, signOut, singleKeys, theme, type Theme } from "../core/session";
import { live, newBuild } from "../core/stream";
import { zone, zoneName } from "../core/time";
import { t } from "../i18n";
import { Notices, cx } from "../ui/basics";
import { Icon, type IconName } from "../ui/icons";
import { lazy } from "../ui/lazy";
import { Segmented } from "../ui/segmented";
import { SeeAsBand, SeeAsChoice } from "./seeas";
import { LanguageSwitch, SignInDialog } from "./signin";

const Palette = lazy(async () => (await import("./later")).Palette, true);
const ConfirmDialog = lazy(async () => (await import("./later")).ConfirmDialog, true);
const Presence = lazy(async () => (await import("./later")).Presence, true);
const KeyHelp = lazy(async () => (await import("./later")).KeyHelp, true);

const OWN_PLACE = new Set(["reports", "incidents", "warnings", "indicators", "teams", "circles", "people", "comments", "deliveries", "assessments", "memberships", "views"]);
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
				{places().map((p) => item(p.href, p.key, t().places[p.key], p.roomy ? "roomy" : undefined))}
			</ul>
			{others.length > 0 && (
				<details class="others" open={place.value.path.startsWith("/r/") && !MEMBERS.test(place.value.path)}>
					<summary><Icon name="more" /> <span>{t().places.more}</span></summary>
					<ul>{others.map((d) => <li key={d.type}><a href={homeOf(d)} aria-current={active(homeOf(d)) ? "page" : undefined}>{typeWords(d)}</a></li>)}<li><a href="/r" aria-current={place.value.path === "/r" ? "page" : undefined}>{t().all}</a></li></ul>
				</details>
			)}
		</nav>
	);
}

function SearchBox() {
	return (
		<button type="button" class="topsearch" aria-haspopup="dialog" aria-keyshortcuts="Control+K" onClick={() => { paletteOpen.value = true; }}>
			<Icon name="search" /> <span>{t().palette.open}</span> <kbd aria-hidden="true">Ctrl K</kbd>
		</button>
	);
}

/* The help page of where one is. */
function helpHere(): string {
	const head = place.value.path.split("/")[1] ?? "";
	return head === "help" ? "/help" : `/help/${head === "r" ? "records" : head || "today"}`;
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
				<Segmented label={t().user.theme} value={theme.value} options={themes.map((x) => [x, t().user.themes[x]] as const)} onChange={setTheme} />
				<Segmented label={t().user.keys} value={singleKeys.value ? "on" : "off"} options={[["on", t().user.keysOn], ["off", t().user.keysOff]]} onChange={(v) => setKeys(v === "on")} />
				<p><button type="button" class="quiet" onClick={() => { helpOpen.value = true; }}>{t().user.showKeys} <kbd aria-hidden="true">?</kbd></button></p>
				<ul class="plain tight">
					{ownPlaces().map((p) => <li key={p.key}><a href={p.href}>{t().places[p.key]}</a></li>)}
					{places().filter((p) => p.roomy).map((p) => <li class="phone" key={p.key}><a href={p.href}>{t().places[p.key]}</a></li>)}
					{(may("admin:journal") || may("admin:journal_team")) && <li><a href="/journal">{t().user.journal}</a></li>}
					<li><a href="/r">{t().places.more}</a></li>
					<li><a href={HELP.href}>{t().help.pages}</a></li>
				</ul>
				<SeeAsChoice />
				<p class="row"><button type="button" onClick={() => void signOut()}>{t().user.signOut}</button></p>
			</div>
		</details>
	);
}

export function Shell({ children }: { children: ComponentChildren }) {
	const drill = me.value?.node.exercise;
	const reached = live.value && !offline.value;
	return (
		<>
			<a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>{t().skip}</a>
			{drill && <p class="drillband">{t().exerciseBand}</p>}
			<SeeAsBand />
			<header class="top">
				<a class="brand" href="/" lang="en">hikeshi</a>
				<span class="node">{me.value?.node.name}</span>
				<SearchBox />
				{place.value.path.includes("--") && <Presence />}
				<span class={cx("link", reached && "on")} title={reached ? t().net.live : t().net.notLive}><span aria-hidden="true">{reached ? "●" : "○"}</span> <span class="sr">{reached ? t().net.live : t().net.notLive}</span></span>
				<a class="helplink" href={helpHere()} title={t().help.here}><Icon name="help" /> <span class="sr">{t().help.here}</span></a>
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
			{paletteOpen.value && <Palette />}
			{helpOpen.value && <KeyHelp />}
			{confirming.value && <ConfirmDialog />}
			{waiting.value && <SignInDialog />}
		</>
	);
}

