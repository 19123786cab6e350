// SPDX-License-Identifier: Apache-2.0
/* basics: the small parts every screen is made of, by one name. Everything written by others becomes text nodes. */
export * from "./buttons";
export * from "./cx";
export * from "./dialog";
export * from "./field";
export * from "./indicator";
export * from "./labels";
export * from "./notices";
export * from "./states";
export * from "./when";
