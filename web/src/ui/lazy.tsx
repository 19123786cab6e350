// SPDX-License-Identifier: Apache-2.0
/* lazy: a part of the face in a chunk of its own, fetched when it is first on a page. Until it is there the page
 * shows nothing (quiet: a part of the frame, which has no late words) or that it loads; when it cannot be had (a new build took its place) the page says so. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { lateWords } from "../i18n";
import { Loading, ProblemBox } from "./basics";

export function lazy<P extends object>(bring: () => Promise<ComponentType<P>>, quiet = false): ComponentType<P> {
	let kept: ComponentType<P> | null = null;

	return function Lazy(props: P) {
		const [Part, setPart] = useState<ComponentType<P> | null>(() => kept);
		const [problem, setProblem] = useState<unknown>(null);

		useEffect(() => {
			let here = true;
			if (!kept)
				Promise.all([bring(), quiet ? null : lateWords()]).then(
					([part]) => {
						kept = part;
						if (here) setPart(() => part);
					},
					(e) => here && setProblem(e),
				);
			return () => {
				here = false;
			};
		}, []);
		if (problem) return <ProblemBox problem={problem} retry={() => location.reload()} />;
		return Part ? <Part {...props} /> : quiet ? null : <Loading />;
	};
}
