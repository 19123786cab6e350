// SPDX-License-Identifier: Apache-2.0
/* paper: a warning to be printed, with its label on every page, and as the text of a mail. */
import { useEffect } from "preact/hooks";
import { request } from "../../core/api";
import { nameOf, typeOfSlug } from "../../core/catalog";
import { useLoad } from "../../core/load";
import { params, setParams } from "../../core/router";
import { lang, t } from "../../i18n";
import type { Rec } from "../../core/types";
import { Act, CopyButton, Loading, ProblemBox, Tlp, When } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { TlpLine, useHeld } from "../records/record";
import { WarningBody } from "./warntext";
import { editionOf } from "./warning";

/* While it stands on the page, what is printed has the label of this TLP on every sheet (css/print.css). */
export function usePaper(tlp: string | null | undefined) {
	useEffect(() => {
		if (!tlp) return;
		document.documentElement.dataset.paper = `on-${tlp.slice(4).toLowerCase().replace("+", "-")}`;
		return () => void delete document.documentElement.dataset.paper;
	}, [tlp]);
}

function Mail({ rec }: { rec: Rec }) {
	const to = params.value.get("lang") === "en" ? "en" : params.value.get("lang") === "ja" ? "ja" : lang.value;
	const load = useLoad<string>(`/warnings/${rec.id}/text ${to} ${rec.version}`, async () => (await request(`/warnings/${encodeURIComponent(rec.id)}/text`, { query: { lang: to } })).text());
	const subject = `[${rec.tlp}] ${rec.number ?? ""} ${rec.title ?? ""}`;
	const save = () => {
		const a = document.createElement("a");
		a.href = URL.createObjectURL(new Blob([`Subject: ${subject}\n\n${load.data ?? ""}`], { type: "text/plain;charset=utf-8" }));
		a.download = `${rec.number ?? "warning"}.txt`;
		a.click();
		setTimeout(() => URL.revokeObjectURL(a.href), 1000);
	};
	return (
		<section aria-labelledby="mail">
			<h2 id="mail">{t().warn.asMail}</h2>
			{rec.tlp !== "TLP:CLEAR" && <p class="note-box">{t().warn.mailCare(rec.tlp ?? "")}</p>}
			<ProblemBox problem={load.error} retry={load.reload} />
			{!load.data && load.busy && <Loading />}
			{load.data && (
				<>
					<dl class="fields"><div><dt>{t().warn.subject}</dt><dd><span class="prose">{subject}</span> <CopyButton value={subject} label={t().copy} /></dd></div></dl>
					<div class="row">
						<CopyButton value={load.data} label={t().warn.copyText} />
						<Act run={save}>{t().warn.saveText}</Act>
						<div class="segmented" role="group" aria-label={t().user.language}>
							{(["ja", "en"] as const).map((l) => <button type="button" key={l} lang={l} aria-pressed={l === to} onClick={() => setParams({ lang: l })}>{l === "ja" ? "日本語" : "English"}</button>)}
						</div>
					</div>
					<pre class="mailtext" lang={rec.language ?? undefined} tabIndex={0}>{load.data}</pre>
				</>
			)}
		</section>
	);
}

export function PaperScreen({ id }: { id: string }) {
	const def = typeOfSlug("warnings")!;
	const load = useHeld(def, id);
	const rec = load.data?.rec;
	const mail = params.value.get("as") === "mail";

	usePaper(rec?.tlp);
	useEffect(() => {
		if (rec) document.title = `${rec.number ?? ""} ${rec.title ?? ""}`.trim();
	}, [rec]);
	if (!rec) return load.error ? <ProblemBox problem={load.error} type={def} retry={load.reload} /> : <Loading />;
	return (
		<article class="paper">
			<TlpLine rec={rec} />
			<p class="crumb"><a href={`/warnings/${id}`} data-back><Icon name="back" /> {rec.number ?? t().places.warnings}</a></p>
			<nav class="tabs" aria-label={t().warn.output}>
				<a href={`/warnings/${id}/paper`} aria-current={!mail ? "page" : undefined}>{t().warn.asPage}</a>
				<a href={`/warnings/${id}/paper?as=mail`} aria-current={mail ? "page" : undefined}>{t().warn.asMail}</a>
			</nav>
			<header class="record-head">
				<h1 lang={rec.language ?? undefined}><span class="number">{rec.number}</span> {rec.title}</h1>
				<p class="marks">
					{rec.exercise && <span class="drill">{t().exercise}</span>}
					<Tlp label={rec.tlp} /> <span>{nameOf(rec.team)}</span>
					{typeof rec.issued_at === "string" && <span>{t().warn.issuedAt} <When at={rec.issued_at} /></span>}
					<span>{t().rec.version(editionOf(rec))}</span>
				</p>
				{!mail && <p class="row actions"><button type="button" class="primary" onClick={() => print()}>{t().warn.print}</button> <span class="hint">{t().warn.printHint}</span></p>}
			</header>
			{mail ? <Mail rec={rec} /> : <WarningBody rec={rec} paper />}
			<TlpLine rec={rec} />
		</article>
	);
}
