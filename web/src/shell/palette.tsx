// SPDX-License-Identifier: Apache-2.0
/* palette: Ctrl+K: one line for everything: places, commands, records by number or words, what was read last.
 * A combobox with a list (ARIA 1.2); the focus stays in the line. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Problem, get } from "../core/api";
import { catalog, hrefOf, mayCreate, homeOf, nameOf, slugOf, stateWord, typeNamed, typeOfId, typeWord } from "../core/catalog";
import { defang } from "../core/defang";
import { helpOpen, paletteOpen } from "../core/keys";
import { HELP, ownPlaces, places } from "../core/places";
import { recent } from "../core/recent";
import { go, place } from "../core/router";
import { setKeys, setLanguage, setTheme, signOut, singleKeys } from "../core/session";
import { isIndicatorId, valueHref } from "../core/titles";
import type { Hit, Page } from "../core/types";
import { valuesIn } from "../core/values";
import { lang, say, t } from "../i18n";
import { cx } from "../ui/cx";
import { Icon, type IconName } from "../ui/icons";

interface Item {
	key: string;
	group: string;
	text: string;
	/* words it is found by besides the text */
	also?: string;
	note?: string;
	icon?: IconName;
	mono?: boolean;
	run: () => void;
}

const plain = (s: string) => s.normalize("NFKC").toLowerCase();

function jumps(): Item[] {
	return [...places(), ...ownPlaces(), HELP].map((p) => ({ key: p.href, group: t().palette.places, text: t().places[p.key], also: `${p.key} ${p.href}`, note: `G ${p.go.toUpperCase()}`, icon: p.key, run: () => go(p.href) }));
}
function commands(): Item[] {
	const c = t().palette;
	const of = (key: string, text: string, also: string, run: () => void, icon?: IconName): Item => ({ key, group: c.commands, text, also, icon, run });
	const create = (catalog.value?.types ?? [])
		.filter((d) => d.plural && d.form === "own" && !["comments", "deliveries", "assessments", "memberships", "observables", "views"].includes(slugOf(d)) && mayCreate(d))
		.map((d) => of(`new ${d.type}`, slugOf(d) === "warnings" ? t().warn.write : t().form.create(say(d.label)), `new create ${slugOf(d)} ${say(d.label)}`, () => go(`${homeOf(d)}/new`), "plus"));
	const here = place.value.path.split("/").filter(Boolean)[0] ?? "today";
	return [
		...create,
		of("help here", c.helpHere, "help ヘルプ", () => go(`/help/${here === "r" ? "records" : here}`), "help"),
		of("keys", t().user.showKeys, "keyboard shortcuts キー", () => { helpOpen.value = true; }),
		of("print", c.print, "print 印刷", () => setTimeout(() => print(), 50)),
		of("lang", lang.value === "ja" ? "English" : "日本語", "language 言語", () => void setLanguage(lang.value === "ja" ? "en" : "ja")),
		of("light", `${t().user.theme}: ${t().user.themes.light}`, "theme light", () => setTheme("light")),
		of("dark", `${t().user.theme}: ${t().user.themes.dark}`, "theme dark", () => setTheme("dark")),
		of("auto", `${t().user.theme}: ${t().user.themes.auto}`, "theme auto", () => setTheme("auto")),
		of("single", `${t().user.keys}: ${singleKeys.value ? t().user.keysOff : t().user.keysOn}`, "single keys", () => setKeys(!singleKeys.value)),
		of("out", t().user.signOut, "sign out logout", () => void signOut()),
	];
}
const hitItem = (group: string) => (h: Hit): Item => {
	const d = typeNamed(h.type) ?? typeOfId(h.id);
	const own = isIndicatorId(h.id);
	return { key: h.id, group, text: `${h.number ?? ""} ${own ? defang(h.title ?? h.id) : (h.title ?? h.id)}`.trim(), mono: own, note: [typeWord(d), stateWord(d, h.state), nameOf(h.team)].filter(Boolean).join(" · "), run: () => { const to = hrefOf(h.id, d?.type); if (to) go(to); } };
};

function itemsFor(q: string, hits: Hit[]): Item[] {
	const words = plain(q).split(/\s+/).filter(Boolean);
	const fits = (i: Item) => words.every((w) => plain(`${i.text} ${i.also ?? ""}`).includes(w));
	const read: Item[] = recent().map((r) => ({ key: `recent ${r.href}`, group: t().palette.recent, text: r.title, run: () => go(r.href) }));

	if (!words.length) return [...read.slice(0, 5), ...jumps(), ...commands()];
	const all: Item = { key: "all", group: t().palette.records, text: t().palette.searchAll(q), icon: "search", run: () => go(`/search?q=${encodeURIComponent(q)}`) };
	/* one value: straight to what is known of it */
	const value: Item[] = valuesIn(q).length === 1 && words.length === 1 ? [{ key: "value", group: t().palette.records, text: defang(q), note: t().palette.who, icon: "indicators", mono: true, run: () => go(valueHref(q)) }] : [];
	return [...jumps().filter(fits), ...hits.map(hitItem(t().palette.records)), ...value, ...commands().filter(fits), ...read.filter(fits), all];
}

/* Hits for what is typed, a moment after the last key; the answer to an older text is thrown away. */
function useHits(q: string): { hits: Hit[]; busy: boolean; failed: string } {
	const [state, set] = useState<{ q: string; hits: Hit[]; failed: string }>({ q: "", hits: [], failed: "" });

	useEffect(() => {
		if (!q) return;
		const ctl = new AbortController();
		const timer = setTimeout(() => {
			get<Page<Hit>>("/search", { q, limit: 8 }, ctl.signal).then(
				(p) => set({ q, hits: p.items, failed: "" }),
				(e) => !ctl.signal.aborted && set({ q, hits: [], failed: e instanceof Problem && e.status ? e.message : t().err.offline }),
			);
		}, 120);
		return () => {
			clearTimeout(timer);
			ctl.abort();
		};
	}, [q]);
	return q ? { hits: state.hits, failed: state.failed, busy: state.q !== q } : { hits: [], failed: "", busy: false };
}

export function Palette() {
	const [text, setText] = useState("");
	/* by its key: hits that arrive move what stands below them, and Enter means what was chosen */
	const [at, setAt] = useState("");
	const ref = useRef<HTMLDialogElement>(null);
	const id = useId();
	const q = text.trim();
	const found = useHits(q);
	const items = itemsFor(q, found.hits);
	const now = Math.max(0, items.findIndex((i) => i.key === at));
	const close = () => {
		paletteOpen.value = false;
	};

	useEffect(() => {
		const before = document.activeElement as HTMLElement | null;
		ref.current?.showModal();
		return () => {
			ref.current?.close();
			if (before?.isConnected) before.focus({ preventScroll: true });
		};
	}, []);
	useEffect(() => {
		ref.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
	}, [now, items.length]);
	const run = (i: Item | undefined) => {
		if (!i) return;
		close();
		/* after the dialog has given the focus back */
		queueMicrotask(i.run);
	};
	const key = (e: KeyboardEvent) => {
		if (e.isComposing || e.keyCode === 229) return;
		const to = { ArrowDown: now + 1, ArrowUp: now - 1, PageDown: now + 8, PageUp: now - 8 }[e.key];
		if (to !== undefined) {
			e.preventDefault();
			const n = items.length;
			setAt(items[Math.abs(to - now) > 1 ? Math.max(0, Math.min(n - 1, to)) : (to + n) % n]?.key ?? "");
		} else if (e.key === "Enter" && !e.ctrlKey) {
			e.preventDefault();
			run(items[now]);
		} else if (e.key === "k" && (e.ctrlKey || e.metaKey)) {
			e.preventDefault();
			e.stopPropagation();
			close();
		}
	};
	return (
		<dialog ref={ref} class="palette" aria-label={t().palette.title} onCancel={(e) => { e.preventDefault(); close(); }} onClick={(e) => e.target === ref.current && close()}>
			<div class="palette-in">
				<label class="sr" for={`${id}-q`}>{t().palette.label}</label>
				<input id={`${id}-q`} class="palette-q" type="text" role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls={`${id}-l`} aria-activedescendant={items[now] ? `${id}-${now}` : undefined}
					autocomplete="off" spellcheck={false} placeholder={t().palette.label} value={text} autofocus onKeyDown={key}
					onInput={(e) => { setText(e.currentTarget.value); setAt(""); }} />
				<ul id={`${id}-l`} role="listbox" aria-label={t().palette.title} aria-busy={found.busy}>
					{items.map((x, i) => (
						<li key={x.key} id={`${id}-${i}`} role="option" aria-selected={i === now} onPointerMove={() => i !== now && setAt(x.key)} onClick={() => run(x)}>
							{x.icon ? <Icon name={x.icon} /> : <span class="icon" />}
							<span class={cx("palette-text", x.mono && "mono")}>{x.text}</span>
							<span class="hint">{x.note ?? (x.group === items[i - 1]?.group ? "" : x.group)}</span>
						</li>
					))}
				</ul>
				<p class="hint palette-foot" role="status">{found.failed || (found.busy ? t().loading : q ? t().palette.count(found.hits.length) : t().palette.how)}</p>
			</div>
		</dialog>
	);
}
