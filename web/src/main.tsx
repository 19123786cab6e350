// SPDX-License-Identifier: Apache-2.0
/* main: the start of the face. */
import { render } from "preact";
import "@preact/signals";
import { App, prefetch } from "./app";
import { preferred, useLanguage } from "./i18n";
import { startRouter } from "./core/router";
import { notice } from "./ui/basics";
import { startKeys } from "./core/keys";
import { resume, setTheme, signInByLink, theme } from "./core/session";

setTheme(theme.value);
startRouter();
startKeys();
await useLanguage(preferred(), false);
await signInByLink().catch((e: Error) => notice(e.message));
await resume();
render(<App />, document.getElementById("app")!);
prefetch();
