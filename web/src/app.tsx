// SPDX-License-Identifier: Apache-2.0
/* app: which page an address is. */
import { Component, type ComponentChildren } from "preact";
import { catalog, me, typeOfSlug } from "./core/catalog";
import { link } from "./core/session";
import { lateWords, messages } from "./i18n";
import { params, place } from "./core/router";
import { TodayScreen } from "./places/today/today";
import { Shell } from "./shell/shell";
import { SignInScreen } from "./shell/signin";
import { NotFound, ProblemBox } from "./ui/basics";
import { lazy } from "./ui/lazy";

/* What the first page does not wait for; prefetched when it stands (prefetch below). */
const records = () => import("./places/records");
const warnings = () => import("./places/warnings");
const later = () => import("./later");
const members = () => import("./places/members");
const figures = () => import("./places/figures/figures");
const desk = () => import("./places/desk");
const indicators = () => import("./places/indicators");
const DeskList = lazy(async () => (await desk()).DeskList);
const Intake = lazy(async () => (await desk()).Intake);
const Workbench = lazy(async () => (await desk()).Workbench);
const ListScreen = lazy(async () => (await records()).ListScreen);
const TypesScreen = lazy(async () => (await records()).TypesScreen);
const RecordScreen = lazy(async () => (await records()).RecordScreen);
const CreateScreen = lazy(async () => (await records()).CreateScreen);
const EditScreen = lazy(async () => (await records()).EditScreen);
const MembersScreen = lazy(async () => (await members()).MembersScreen);
const FiguresScreen = lazy(async () => (await figures()).FiguresScreen);
const TeamScreen = lazy(async () => (await members()).TeamScreen);
const CircleScreen = lazy(async () => (await members()).CircleScreen);
const WarningsScreen = lazy(async () => (await warnings()).WarningsScreen);
const WarningScreen = lazy(async () => (await warnings()).WarningScreen);
const PaperScreen = lazy(async () => (await warnings()).PaperScreen);
const ComposeScreen = lazy(async () => (await warnings()).ComposeScreen);
const SearchScreen = lazy(async () => (await later()).SearchScreen);
const ImportScreen = lazy(async () => (await indicators()).ImportScreen);
const IndicatorsScreen = lazy(async () => (await indicators()).IndicatorsScreen);
const ValueScreen = lazy(async () => (await indicators()).ValueScreen);
const HelpScreen = lazy(async () => (await later()).HelpScreen);
const OwnScreen = lazy(async () => (await later()).OwnScreen);
const AccountsScreen = lazy(async () => (await later()).AccountsScreen);
const SettingsScreen = lazy(async () => (await later()).SettingsScreen);
const LinkScreen = lazy(async () => (await later()).LinkScreen);
const PeersScreen = lazy(async () => (await later()).PeersScreen);
const journal = () => import("./places/journal");
const JournalScreen = lazy(async () => (await journal()).JournalScreen);
const EntryScreen = lazy(async () => (await journal()).EntryScreen);

declare const DEBUG: boolean; /* a development build: build.mjs */
const ComponentsScreen = DEBUG ? lazy(async () => (await import("./dev/components")).ComponentsScreen) : null;

/* So that no later click waits, and reading goes on without a connection; not before the first page stands. */
export function prefetch() {
	const idle = globalThis.requestIdleCallback ?? ((f: () => void) => setTimeout(f, 500));
	if (!document.querySelector("main") || document.querySelector("main .loading")) return void setTimeout(prefetch, 200);
	for (const bring of [records, desk, warnings, members, figures, indicators, later, () => import("./shell/later"), lateWords]) idle(() => void bring().catch(() => {}));
}

/* A fault in one page leaves the frame standing. */
class Guard extends Component<{ children: ComponentChildren; at: string }, { error: unknown; at: string }> {
	override state = { error: null as unknown, at: this.props.at };
	static override getDerivedStateFromError(error: unknown) {
		return { error };
	}
	override componentDidUpdate() {
		if (this.state.error && this.state.at !== this.props.at) this.setState({ error: null, at: this.props.at });
		else if (this.state.at !== this.props.at) this.setState({ at: this.props.at });
	}
	override render() {
		if (this.state.error) return <ProblemBox problem={this.state.error} retry={() => this.setState({ error: null })} />;
		return this.props.children;
	}
}

/* what the desk works on */
const DESK = new Set(["reports", "incidents", "tasks"]);
const INTAKE = new Set(["reports", "incidents"]);

function Page() {
	const parts = place.value.path.split("/").filter(Boolean).map(decodeURIComponent);
	const [head, a, b] = parts;

	if (!head || head === "today") return <TodayScreen />;
	if (head === "search") return <SearchScreen />;
	if (head === "imports") return <ImportScreen job={a} />;
	if (head === "figures") return <FiguresScreen />;
	if (head === "members") return <MembersScreen />;
	if (head === "help") return <HelpScreen topic={a} />;
	if (head === "peers") return <PeersScreen />;
	if (head === "journal") return a ? <EntryScreen key={a} seq={a} /> : <JournalScreen />;
	if (head === "account") return <OwnScreen />;
	if (head === "accounts") return <AccountsScreen />;
	if (head === "settings") return <SettingsScreen />;
	if (head === "inbox") return <WarningsScreen />;
	const [slug, id, verb] = head === "r" ? [a, b, parts[3]] : [head, a, b];
	if (slug === "warnings") {
		if (!id) return <WarningsScreen />;
		if (id === "new") return <ComposeScreen />;
		if (verb === "edit") return <ComposeScreen id={id} />;
		if (verb === "paper") return <PaperScreen key={id} id={id} />;
		return <WarningScreen key={id} id={id} />;
	}
	if (slug === "indicators" && (!id || id === "check" || id === "export")) return <IndicatorsScreen tab={id} />;
	if (slug === "indicators" && id === "value") return <ValueScreen key={params.value.get("v")} />;
	const def = slug ? typeOfSlug(slug) : undefined;
	if (head === "r" && !slug) return <TypesScreen />;
	if (!def) return <NotFound />;
	if (!id && DESK.has(def.plural ?? "")) return <DeskList key={def.type} def={def} />;
	if (!id) return <ListScreen key={def.type} def={def} />;
	/* a text as it came first; whoever comes from a report or wants every field gets the form */
	if (id === "new" && INTAKE.has(def.plural ?? "") && !["form", "report", "warning"].some((k) => params.value.has(k))) return <Intake key={def.type} def={def} />;
	if (id === "new") return <CreateScreen key={def.type} def={def} />;
	if (verb === "edit") return <EditScreen key={id} def={def} id={id} />;
	if (DESK.has(def.plural ?? "")) return <Workbench key={id} def={def} id={id} />;
	if (def.plural === "teams") return <TeamScreen key={id} id={id} />;
	if (def.plural === "circles") return <CircleScreen key={id} id={id} />;
	return <RecordScreen key={id} def={def} id={id} />;
}

export function App() {
	if (!messages.value) return null;
	if (link.value) return <LinkScreen />;
	if (me.value === undefined) return null;
	if (DEBUG && ComponentsScreen && place.value.path === "/dev/components") return <ComponentsScreen />;
	if (me.value === null) return <SignInScreen />;
	if (!catalog.value) return null;
	return (
		<Shell>
			<Guard at={place.value.path}><Page /></Guard>
		</Shell>
	);
}
