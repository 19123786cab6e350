// SPDX-License-Identifier: Apache-2.0
/* icons: a few line drawings on a 24 grid. Always beside a word, so always hidden from assistive tools. */
const PATHS = {
	today: "M4 5h16v15H4zM4 10h16M8 3v4M16 3v4",
	reports: "M4 5h16v14H4zM4 6l8 7 8-7",
	incidents: "M12 3l9.5 17h-19zM12 10v5M12 17.8v.2",
	warnings: "M6 17V11a6 6 0 0112 0v6l2 2H4zM10 21h4",
	indicators: "M10.5 17a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM15.5 15.5L21 21",
	members: "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 4.5a3.5 3.5 0 010 6M18 14.5c2.2.8 3.5 2.6 3.5 5.5",
	peers: "M9.5 14.5l5-5M8 11l-2.500 2.500a3.500 3.500 0 005 5L13 16M16 13l2.500-2.500a3.500 3.500 0 00-5-5L11 8",
	more: "M4 6h16M4 12h16M4 18h16",
	imports: "M12 3v12M7 10l5 5 5-5M4 20h16",
	search: "M10.5 17a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM15.5 15.5L21 21",
	eye: "M2.5 12C5 7.500 8.500 5.500 12 5.500s7 2 9.500 6.500c-2.500 4.500-6 6.500-9.500 6.500S5 16.500 2.500 12zM12 15a3 3 0 100-6 3 3 0 000 6z",
	help: "M12 21a9 9 0 100-18 9 9 0 000 18zM9.500 9.500a2.500 2.500 0 113.600 2.200c-.7.4-1.100.9-1.100 1.800M12 16.800v.2",
	user: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 21c0-4.5 3.5-6.5 7.5-6.500s7.5 2 7.5 6.5",
	close: "M5 5l14 14M19 5L5 19",
	copy: "M9 9h11v12H9zM5 15H4V3h11v2",
	check: "M4 12.500l5.5 5.500L20 7",
	plus: "M12 5v14M5 12h14",
	edit: "M4 20l1-4L16.5 4.500l3 3L8 19zM14 7l3 3",
	file: "M6 3h8l5 5v13H6zM14 3v5h5",
	link: "M9 15l6-6M11 6l1-1a5 5 0 017 7l-1 1M13 18l-1 1a5 5 0 01-7-7l1-1",
	back: "M15 5l-7 7 7 7",
	phone: "M5 4h4l2 5-2.5 1.500a12 12 0 005 5L15 13l5 2v4c0 1-1 1.5-2 1.500A15.5 15.5 0 013.5 6C3.5 5 4 4 5 4z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
	return (
		<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
			<path d={PATHS[name]} />
		</svg>
	);
}
