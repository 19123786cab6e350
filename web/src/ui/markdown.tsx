// SPDX-License-Identifier: Apache-2.0
/* markdown: a tree of core/markdown as elements and text nodes; nothing is ever parsed as HTML. */
import { type Block, type Inline, blocks } from "../core/markdown";

function Spans({ items }: { items: Inline[] }): any {
	return items.map((x, i) => {
		switch (x.kind) {
		case "text":
			return x.text;
		case "code":
			return <code key={i}>{x.text}</code>;
		case "strong":
			return <strong key={i}><Spans items={x.items} /></strong>;
		case "em":
			return <em key={i}><Spans items={x.items} /></em>;
		case "link":
			return <a key={i} href={x.href} rel="noreferrer">{<Spans items={x.items} />}</a>;
		}
	});
}
function One({ b, top }: { b: Block; top: number }) {
	switch (b.kind) {
	case "heading": {
		const H = `h${Math.min(6, b.level + top - 1)}` as "h2";
		return <H><Spans items={b.items} /></H>;
	}
	case "paragraph":
		return <p><Spans items={b.items} /></p>;
	case "code":
		return <pre tabIndex={0}><code>{b.text}</code></pre>;
	case "rule":
		return <hr />;
	case "quote":
		return <blockquote><Blocks items={b.blocks} top={top} /></blockquote>;
	case "list": {
		const rows = b.rows.map((r, i) => <li key={i}>{r.length === 1 && r[0]!.kind === "paragraph" ? <Spans items={r[0]!.items} /> : <Blocks items={r} top={top} />}</li>);
		return b.ordered ? <ol start={b.start}>{rows}</ol> : <ul>{rows}</ul>;
	}
	case "table":
		return (
			<div class="scroll">
				<table class="plain">
					<thead><tr>{b.head.map((c, i) => <th scope="col" key={i}><Spans items={c} /></th>)}</tr></thead>
					<tbody>{b.rows.map((r, i) => <tr key={i}>{r.map((c, k) => <td key={k}><Spans items={c} /></td>)}</tr>)}</tbody>
				</table>
			</div>
		);
	}
}
function Blocks({ items, top }: { items: Block[]; top: number }) {
	return <>{items.map((b, i) => <One key={i} b={b} top={top} />)}</>;
}
/* top: the level a first heading (#) has on this page. */
export function Markdown({ text, top = 2 }: { text: string; top?: number }) {
	return <div class="markdown"><Blocks items={blocks(text)} top={top} /></div>;
}
