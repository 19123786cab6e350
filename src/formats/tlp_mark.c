// SPDX-License-Identifier: Apache-2.0
#include "formats/formats_internal.h"

/* TLP 2.0 in STIX 2.1: OASIS "TLP 2.0 marking definitions", an extension with fixed ids. */
#define TLP2(id, word)                                                                             \
	"{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"marking-definition-"   \
	"-" id "\",\"created\":\"2022-10-01T00:00:00.000Z\",\"name\":\"TLP:" word                  \
	"\",\"extensions\":{\"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d\":"       \
	"{\"extension_type\":\"property-extension\",\"tlp_2_0\":"
#define CLEAR_ID "94868c89-83c2-464b-929b-a1a8aa3c8487"
#define GREEN_ID "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
#define AMBER_ID "55d920b0-5e8b-4f79-9ee9-91f868d9b421"
#define STRICT_ID "939a9414-2ddd-4d32-a0cd-375ea402b003"
#define RED_ID "e828b379-4e03-4974-9ac4-e53a884c97c1"

/* One row per enum tlp, in its order. */
static const struct {
	str tag, id, definition;
} levels[] = {
    [TLP_CLEAR] = {STR_INIT("tlp:clear"), STR_INIT("marking-definition--" CLEAR_ID),
		   STR_INIT(TLP2(CLEAR_ID, "CLEAR") "\"clear\"}}}")},
    [TLP_GREEN] = {STR_INIT("tlp:green"), STR_INIT("marking-definition--" GREEN_ID),
		   STR_INIT(TLP2(GREEN_ID, "GREEN") "\"green\"}}}")},
    [TLP_AMBER] = {STR_INIT("tlp:amber"), STR_INIT("marking-definition--" AMBER_ID),
		   STR_INIT(TLP2(AMBER_ID, "AMBER") "\"amber\"}}}")},
    [TLP_AMBER_STRICT] = {STR_INIT("tlp:amber+strict"), STR_INIT("marking-definition--" STRICT_ID),
			  STR_INIT(TLP2(STRICT_ID, "AMBER+STRICT") "\"amber+strict\"}}}")},
    [TLP_RED] = {STR_INIT("tlp:red"), STR_INIT("marking-definition--" RED_ID),
		 STR_INIT(TLP2(RED_ID, "RED") "\"red\"}}}")},
};

/* TLP 1.0, STIX 2.1 section 7.2.1.4. */
static const struct {
	str id;
	enum tlp level;
} first_edition[] = {
    {STR_INIT("613f2e26-407d-48c7-9eca-b8e91df99dc9"), TLP_CLEAR},
    {STR_INIT("34098fce-860f-48ae-8e50-ebd3cc5e41da"), TLP_GREEN},
    {STR_INIT("f88d31f6-486f-44da-b317-01333bde0b82"), TLP_AMBER},
    {STR_INIT("5e57c739-391a-4eb3-b6be-7d15ca92d5ed"), TLP_RED},
};

int tlp_word(str word)
{
	word = str_trim(word);
	if (!str_skip_iprefix(&word, STR("tlp:")))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (str_ieq(word, str_from(levels[i].tag, 4)))
			return (int)i;
	return str_ieq(word, STR("white")) ? TLP_CLEAR : -2;
}

int tlp_marking(struct uuid id)
{
	char text[UUID_TEXT];
	str t = {text, UUID_TEXT};

	uuid_text(id, text);
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (str_ends(levels[i].id, t))
			return (int)i;
	for (size_t i = 0; i < ARRAY_LEN(first_edition); i++)
		if (str_eq(first_edition[i].id, t))
			return (int)first_edition[i].level;
	return -1;
}

str tlp_marking_id(enum tlp t)
{
	return levels[t].id;
}

str tlp_marking_definition(enum tlp t)
{
	return levels[t].definition;
}

str tlp_tag(enum tlp t)
{
	return levels[t].tag;
}
