// SPDX-License-Identifier: Apache-2.0
/* main: the start of the face. */
import { render } from "preact";
import "@preact/signals";
import { App, prefetch } from "./app";
import { preferred, useLanguage } from "./i18n";
import { startRouter } from "./core/router";
import { startKeys } from "./core/keys";
import { link, resume, setTheme, takeLink, theme } from "./core/session";

setTheme(theme.value);
startRouter();
startKeys();
await useLanguage(preferred(), false);
takeLink();
if (!link.value) await resume();
render(<App />, document.getElementById("app")!);
prefetch();
