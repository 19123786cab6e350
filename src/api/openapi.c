// SPDX-License-Identifier: Apache-2.0
/* OpenAPI 3.1 from the catalogue and the route table: for {plural} one path a type, so that clients
 * and testers see each type's own schema. */
#include "api/api_internal.h"

struct gen {
	struct api *api;
	struct json_out o;
	struct arena *arena;
};

/* A source as it is sent and shown (api/sources.c). */
#define SOURCE_URL "\"url\":{\"type\":\"string\",\"maxLength\":1000},"
#define SOURCE_GIVEN                                                                               \
	"\"auth\":{\"enum\":[\"none\",\"basic\",\"bearer\"]},\"user\":{\"type\":\"string\"},"      \
	"\"secret\":{\"type\":\"string\"},\"certificate\":{\"type\":[\"string\",\"null\"]},"       \
	"\"private_key\":{\"type\":[\"string\",\"null\"]},\"pin\":{\"type\":[\"string\",\"null\"]" \
	"},\"collections\":{\"type\":\"array\","                                                   \
	"\"items\":{\"type\":\"string\"}},\"tlp\":{\"type\":[\"string\",\"null\"]},\"circle\":{"   \
	"\"type\":[\"string\",\"null\"]},\"internal\":{\"type\":\"boolean\"},\"every_s\":{"        \
	"\"type\":"                                                                                \
	"\"integer\",\"minimum\":0,\"maximum\":31536000},\"paused\":{\"type\":\"boolean\"}"
#define SOURCE_SHOWN                                                                               \
	"{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"url\":{\"type\":"     \
	"\"string\"},\"paused\":{\"type\":\"boolean\"},\"error\":{\"type\":[\"string\",\"null\"]}" \
	","                                                                                        \
	"\"last_run\":{\"type\":[\"string\",\"null\"]},\"next_run\":{\"type\":[\"string\","        \
	"\"null\"]},"                                                                              \
	"\"read\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}},\"required\":[\"id\","     \
	"\"url\",\"paused\",\"error\",\"last_run\",\"next_run\",\"read\"]}"

/* An entry of the journal (team/journal.c), and what proofs have in common. */
#define JOURNAL_ENTRY                                                                              \
	"{\"type\":\"object\",\"properties\":{\"seq\":{\"type\":\"integer\"},\"epoch\":{\"type\":" \
	"\"string\"},\"at\":{\"type\":\"string\",\"format\":\"date-time\"},\"actor\":{\"type\":["  \
	"\"string\",\"null\"]},\"person\":{\"type\":[\"string\",\"null\"]},\"account\":{\"type\":" \
	"\"integer\"},\"team\":{\"type\":[\"string\",\"null\"]},\"kind\":{\"type\":\"string\"},"   \
	"\"record\":{\"type\":[\"object\",\"null\"],\"properties\":{\"id\":{\"type\":\"string\"}," \
	"\"type\":{\"type\":\"string\"},\"number\":{\"type\":\"string\"},\"title\":{\"type\":"     \
	"\"string\"}},\"required\":[\"id\",\"type\",\"number\",\"title\"]},\"version\":{\"type\":" \
	"\"integer\"},\"objects\":{\"type\":\"integer\"},\"erased\":{\"type\":\"boolean\"},"       \
	"\"opens\":{\"type\":\"boolean\"},\"why\":{\"type\":\"string\"},\"fields\":{\"type\":"     \
	"\"array\",\"items\":{\"type\":\"string\"}},\"patch\":{},\"note\":{},\"links\":{\"type\":" \
	"\"array\",\"items\":{\"type\":\"object\"}}},\"required\":[\"seq\",\"epoch\",\"at\","      \
	"\"actor\",\"account\",\"team\",\"kind\",\"record\",\"version\",\"objects\",\"erased\","   \
	"\"opens\",\"why\",\"fields\"]}"
#define PROVEN                                                                                     \
	"\"path\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"checkpoint\":{\"type\":"  \
	"\"string\"},\"keys\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"               \
	"\"consistency\":{"                                                                        \
	"\"type\":[\"object\",\"null\"],\"properties\":{\"size\":{\"type\":\"integer\"},\"path\":" \
	"{"                                                                                        \
	"\"type\":\"array\",\"items\":{\"type\":\"string\"}}},\"required\":[\"size\",\"path\"]}"
/* An account as it is shown (api/accounts.c). */
#define ROLES                                                                                      \
	"{\"enum\":[\"reader\",\"analyst\",\"lead\",\"manager\",\"secretariat\","                  \
	"\"administrator\"]}"
#define TEXT_OR_NULL "{\"type\":[\"string\",\"null\"]}"
#define ACCOUNT_SHOWN                                                                              \
	"\"id\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"},\"name\":{\"type\":"         \
	"\"string\"},\"role\":" ROLES ",\"language\":{\"type\":\"string\"},\"team\":" TEXT_OR_NULL \
	",\"disabled\":{\"type\":\"boolean\"},\"password\":{"                                      \
	"\"type\":\"boolean\"},\"totp\":{\"type\":\"boolean\"},\"created\":{\"type\":\"string\"}," \
	"\"last_sign_in\":" TEXT_OR_NULL                                                           \
	",\"own\":{\"type\":\"boolean\"},\"kept\":{\"type\":\"boolean\"}"
#define ACCOUNT_REQUIRED                                                                           \
	"\"id\",\"email\",\"name\",\"role\",\"language\",\"team\",\"disabled\",\"password\","      \
	"\"totp\",\"created\",\"last_sign_in\",\"own\",\"kept\""
#define ACCOUNT_OBJECT                                                                             \
	"{\"type\":\"object\",\"properties\":{" ACCOUNT_SHOWN "},\"required\":[" ACCOUNT_REQUIRED  \
	"]}"
#define LINK_SHOWN "\"sign_in\":{\"type\":\"string\"},\"expires\":{\"type\":\"string\"}"
#define PAGED(ITEM, MORE, REQUIRED)                                                                \
	"{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":" ITEM       \
	"}" MORE ",\"next\":" TEXT_OR_NULL "},\"required\":[\"items\",\"next\"" REQUIRED "]}"

static const char *method_name(enum http_method m)
{
	static const char *const names[] = {"get",   "head",   "post",    "put",
					    "patch", "delete", "options", "other"};

	return names[m];
}

/* ---- schemas ---- */

static void schema_ref(struct gen *g, const char *name)
{
	jo_object(&g->o);
	jo_kstr(&g->o, "$ref", arena_printf(g->arena, "#/components/schemas/%s", name));
	jo_end(&g->o);
}

/* Our annotations are left out; what remains is plain JSON Schema. */
static void schema_copy(struct gen *g, const struct json *s, bool required)
{
	static const char *const kept[] = {"type",      "enum",     "const",      "minLength",
					   "maxLength", "pattern",  "minimum",    "maximum",
					   "minItems",  "maxItems", "uniqueItems"};
	str format = json_get_str(s, "format");

	jo_object(&g->o);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (json_get_c(s, kept[i])) {
			jo_key(&g->o, kept[i]);
			jo_json(&g->o, json_get_c(s, kept[i]));
		}
	if (str_eq(format, STR("date-time")) || str_eq(format, STR("uri")) ||
	    str_eq(format, STR("email")))
		jo_kstr(&g->o, "format", format);
	if (json_get_c(s, "items")) {
		jo_key(&g->o, "items");
		schema_copy(g, json_get_c(s, "items"), required);
	}
	const struct json *props = json_get_c(s, "properties");

	if (props) {
		jo_key(&g->o, "properties");
		jo_object(&g->o);
		for (size_t i = 0; i < json_count(props); i++) {
			if (json_bool(json_get_c(&props->members[i].value, "readOnly"), false))
				continue;
			jo_key_str(&g->o, props->members[i].key);
			schema_copy(g, &props->members[i].value, required);
		}
		jo_end(&g->o);
		jo_kbool(&g->o, "additionalProperties",
			 json_bool(json_get_c(s, "additionalProperties"), false));
		if (required && json_count(json_get_c(s, "required"))) {
			jo_key(&g->o, "required");
			jo_json(&g->o, json_get_c(s, "required"));
		}
	}
	jo_end(&g->o);
}

static void type_schema(struct gen *g, const struct catalog_type *t)
{
	const struct json *props = json_get_c(t->schema, "properties");

	jo_key_str(&g->o, t->plural);
	jo_object(&g->o);
	jo_kc(&g->o, "type", "object");
	jo_kstr(&g->o, "title", t->label.en);
	jo_key(&g->o, "properties");
	jo_object(&g->o);
	jo_key(&g->o, "tlp");
	jo_raw(&g->o, STR("{\"type\":\"string\",\"enum\":[\"TLP:CLEAR\",\"TLP:GREEN\",\"TLP:"
			  "AMBER\",\"TLP:AMBER+STRICT\",\"TLP:RED\"]}"));
	jo_key(&g->o, "circles");
	jo_raw(&g->o, STR("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"));
	jo_key(&g->o, "exercise");
	jo_raw(&g->o, STR("{\"type\":\"boolean\"}"));
	for (size_t i = 0; t->form == FORM_OWN && i < json_count(props); i++) {
		if (json_bool(json_get_c(&props->members[i].value, "readOnly"), false))
			continue;
		jo_key_str(&g->o, props->members[i].key);
		schema_copy(g, &props->members[i].value, true);
	}
	if (t->form == FORM_STIX) {
		jo_key(&g->o, "object");
		jo_raw(&g->o, STR("{\"type\":\"object\"}"));
		jo_key(&g->o, "value");
		jo_raw(&g->o, STR("{\"type\":\"string\",\"maxLength\":2048}"));
	}
	jo_end(&g->o);
	jo_kbool(&g->o, "additionalProperties", t->form == FORM_STIX);
	if (t->form == FORM_OWN && json_count(json_get_c(t->schema, "required"))) {
		jo_key(&g->o, "required");
		jo_json(&g->o, json_get_c(t->schema, "required"));
	}
	jo_end(&g->o);
}

static void schemas(struct gen *g)
{
	static const struct {
		const char *name;
		str schema;
	} fixed[] = {
	    {"Any", STR_INIT("{\"type\":\"object\"}")},
	    {"Bytes", STR_INIT("{\"description\":\"whatever the format is\"}")},
	    {"List", STR_INIT("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\","
			      "\"items\":{\"type\":\"object\"}},\"next\":{\"type\":[\"string\","
			      "\"null\"]}},\"required\":[\"items\"]}")},
	    {"Record",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},"
		      "\"type\":{\"type\":\"string\"},\"number\":{\"type\":[\"string\","
		      "\"null\"]},\"version\":{\"type\":\"integer\"},"
		      "\"team\":{\"type\":[\"string\",\"null\"]},"
		      "\"title\":{\"type\":\"string\"},\"state\":{\"type\":[\"string\","
		      "\"null\"]},\"tlp\":{\"type\":\"string\"},"
		      "\"circles\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
		      "\"created\":{\"type\":\"string\"},"
		      "\"created_by\":{\"type\":[\"string\",\"null\"]},"
		      "\"modified\":{\"type\":\"string\"},"
		      "\"modified_by\":{\"type\":[\"string\",\"null\"]},"
		      "\"language\":{\"type\":[\"string\",\"null\"]},"
		      "\"exercise\":{\"type\":\"boolean\"},\"object\":{\"type\":\"object\"}},"
		      "\"required\":[\"id\",\"type\",\"version\",\"tlp\"]}")},
	    {"Problem",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},"
		      "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
		      "\"detail\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},"
		      "\"instance\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\","
		      "\"items\":{\"type\":\"object\","
		      "\"properties\":{\"pointer\":{\"type\":\"string\"},"
		      "\"code\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"}},"
		      "\"required\":[\"code\"]}}},\"required\":[\"type\",\"title\","
		      "\"status\",\"code\"]}")},
	    {"Me", STR_INIT("{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
			    "\"name\":{\"type\":\"string\"},\"language\":{\"type\":\"string\"},"
			    "\"role\":{\"type\":\"string\"},\"own_role\":{\"type\":[\"string\","
			    "\"null\"]},\"see_as\":{\"type\":\"array\",\"items\":{\"type\":"
			    "\"string\"}},\"person\":{\"type\":[\"string\","
			    "\"null\"]},\"team\":{\"type\":[\"object\",\"null\"],"
			    "\"properties\":{\"id\":{\"type\":\"string\"},"
			    "\"name\":{\"type\":\"string\"},\"name_ja\":{\"type\":[\"string\","
			    "\"null\"]},\"short_name\":{\"type\":[\"string\",\"null\"]}},"
			    "\"required\":[\"id\",\"name\"]},\"rights\":{\"type\":\"array\","
			    "\"items\":{\"type\":\"string\"}},\"node\":{\"type\":\"object\","
			    "\"properties\":{\"name\":{\"type\":\"string\"},"
			    "\"build\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"}},"
			    "\"required\":[\"name\",\"build\"]}},\"required\":[\"email\",\"name\","
			    "\"language\",\"role\",\"person\",\"team\",\"rights\",\"node\"]}")},
	    {"MePatch", STR_INIT("{\"type\":\"object\",\"properties\":{\"language\":{\"enum\":["
				 "\"ja\",\"en\"]},\"name\":{\"type\":\"string\",\"minLength\":1,"
				 "\"maxLength\":200}},\"additionalProperties\":false}")},
	    {"SignIn",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
		      "\"password\":{\"type\":\"string\"},\"otp\":{\"type\":\"string\"},\"token\":{"
		      "\"type\":\"string\"}},\"additionalProperties\":false}")},
	    {"DeskFigures",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"weeks\":{\"type\":\"array\","
		      "\"items\":{\"type\":\"string\"}},\"exact\":{\"type\":\"boolean\"},"
		      "\"types\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
		      "\"properties\":{\"type\":{\"type\":\"string\"},\"total\":{\"type\":"
		      "\"array\",\"items\":{\"type\":\"integer\"}},\"categories\":{\"type\":"
		      "\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"category\":{"
		      "\"type\":\"string\"},\"counts\":{\"type\":\"array\",\"items\":{\"type\":"
		      "\"integer\"}}},\"required\":[\"category\",\"counts\"]}}},\"required\":["
		      "\"type\",\"total\",\"categories\"]}}},\"required\":[\"weeks\",\"exact\","
		      "\"types\"]}")},
	    {"MemberAdded",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"team\":{\"type\":\"string\","
		      "\"minLength\":1,\"maxLength\":200}},\"required\":[\"team\"],"
		      "\"additionalProperties\":false}")},
	    {"Members",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\","
		      "\"items\":{\"type\":\"object\",\"properties\":{"
		      "\"team\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"
		      "\"name_ja\":{\"type\":\"string\"},\"short_name\":{\"type\":\"string\"},"
		      "\"hosted\":{\"type\":\"boolean\"},\"owner\":{\"type\":\"boolean\"},"
		      "\"own\":{\"type\":\"boolean\"}},\"required\":[\"team\",\"name\","
		      "\"hosted\",\"owner\",\"own\"]}},\"next\":{\"type\":[\"string\","
		      "\"null\"]},\"complete\":{\"type\":\"boolean\"},\"count\":{\"type\":["
		      "\"integer\",\"null\"]},\"owner\":{\"type\":[\"string\",\"null\"]},"
		      "\"kept_here\":{\"type\":\"boolean\"},\"rights\":{\"type\":\"object\","
		      "\"properties\":{\"invite\":{\"type\":\"boolean\"},\"remove\":{\"type\":"
		      "\"boolean\"},\"leave\":{\"type\":\"boolean\"}},\"required\":["
		      "\"invite\",\"remove\",\"leave\"]}},\"required\":[\"items\",\"complete\","
		      "\"count\",\"owner\",\"kept_here\",\"rights\"]}")},
	    {"SeeAs", STR_INIT("{\"type\":\"object\",\"properties\":{\"role\":{\"enum\":["
			       "\"reader\",\"analyst\",\"lead\",\"manager\","
			       "\"secretariat\"]}},\"required\":[\"role\"],"
			       "\"additionalProperties\":false}")},
	    {"Confirm",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"password\":{\"type\":\"string\"},"
		      "\"otp\":{\"type\":\"string\"}},\"required\":[\"password\"],"
		      "\"additionalProperties\":false}")},
	    {"Presence",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"state\":{\"enum\":[\"viewing\","
		      "\"writing\",\"gone\"]}},\"required\":[\"state\"],"
		      "\"additionalProperties\":false}")},
	    {"TokenRequest",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
		      "\"maxLength\":200},\"scopes\":{\"type\":\"array\",\"items\":{\"enum\":["
		      "\"read\",\"write\",\"import\",\"export\",\"admin\"]}},\"expires\":{\"type\":"
		      "\"string\",\"format\":\"date-time\"}},\"additionalProperties\":false}")},
	    {"Methods",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"password\":{\"type\":\"boolean\"},"
		      "\"totp\":{\"type\":\"boolean\"},\"created\":{\"type\":\"string\"},\"last_"
		      "sign_in\":" TEXT_OR_NULL
		      "},\"required\":[\"password\",\"totp\",\"created\",\"last_sign_in\"]}")},
	    {"PasswordChange",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"old\":{\"type\":\"string\"},"
		      "\"password\":{\"type\":\"string\"}},\"required\":[\"password\"],"
		      "\"additionalProperties\":false}")},
	    {"TotpOffer", STR_INIT("{\"type\":\"object\",\"properties\":{\"enrolment\":{\"type\":"
				   "\"string\"},\"secret\":{\"type\":\"string\"},\"uri\":{\"type\":"
				   "\"string\"},\"expires\":{\"type\":\"string\"}},\"required\":["
				   "\"enrolment\",\"secret\",\"uri\",\"expires\"]}")},
	    {"TotpConfirm", STR_INIT("{\"type\":\"object\",\"properties\":{\"enrolment\":{\"type\":"
				     "\"string\"},\"code\":{\"type\":\"string\"}},\"required\":["
				     "\"enrolment\",\"code\"],\"additionalProperties\":false}")},
	    {"Sessions",
	     STR_INIT(
		 PAGED("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"this\":"
		       "{\"type\":\"boolean\"},\"agent\":{\"type\":\"string\"},\"from\":{\"type\":"
		       "\"string\"},\"created\":{\"type\":\"string\"},\"seen\":{\"type\":"
		       "\"string\"},\"expires\":{\"type\":\"string\"}},\"required\":[\"id\","
		       "\"this\",\"agent\",\"from\",\"created\",\"seen\",\"expires\"]}",
		       "", ""))},
	    {"Account", STR_INIT(ACCOUNT_OBJECT)},
	    {"Accounts",
	     STR_INIT(PAGED(ACCOUNT_OBJECT,
			    ",\"roles\":{\"type\":\"array\",\"items\":" ROLES
			    "},\"teams\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",
			    ",\"roles\",\"teams\""))},
	    {"AccountAdded",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\","
		      "\"maxLength\":254},\"name\":{\"type\":\"string\",\"maxLength\":200},"
		      "\"role\":" ROLES
		      ",\"language\":{\"enum\":[\"ja\",\"en\"]},\"team\":{\"type\":\"string\"}},"
		      "\"required\":[\"email\",\"role\"],\"additionalProperties\":false}")},
	    {"AccountChange",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"role\":" ROLES
		      ",\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
		      "\"language\":{\"enum\":[\"ja\",\"en\"]},\"disabled\":{\"type\":\"boolean\"}}"
		      ",\"additionalProperties\":false}")},
	    {"AccountLink",
	     STR_INIT("{\"type\":\"object\",\"properties\":{" ACCOUNT_SHOWN "," LINK_SHOWN
		      "},\"required\":[" ACCOUNT_REQUIRED ",\"sign_in\",\"expires\"]}")},
	    {"SignInLink", STR_INIT("{\"type\":\"object\",\"properties\":{" LINK_SHOWN
				    "},\"required\":[\"sign_in\",\"expires\"]}")},
	    {"Settings",
	     STR_INIT(PAGED("{\"type\":\"object\",\"properties\":{\"key\":{\"type\":\"string\"},"
			    "\"value\":{},\"default\":{},\"changed\":{\"type\":\"boolean\"},"
			    "\"secret\":{\"type\":\"boolean\"}},\"required\":[\"key\",\"value\","
			    "\"default\",\"changed\",\"secret\"]}",
			    "", ""))},
	    {"Tokens",
	     STR_INIT(PAGED("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\"},"
			    "\"name\":{\"type\":\"string\"},\"scopes\":{\"type\":\"string\"},"
			    "\"purpose\":{\"enum\":[\"api\",\"sign-in\",\"certificate\"]},"
			    "\"created\":{\"type\":\"string\"},\"expires\":" TEXT_OR_NULL
			    ",\"used\":" TEXT_OR_NULL
			    "},\"required\":[\"id\",\"name\",\"scopes\",\"purpose\",\"created\","
			    "\"expires\",\"used\"]}",
			    "", ""))},
	    {"TokenMade",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\"},"
		      "\"token\":{\"type\":\"string\"}},\"required\":[\"id\",\"token\"]}")},
	    {"Lookup", STR_INIT("{\"type\":\"object\",\"properties\":{\"values\":{\"type\":"
				"\"array\",\"maxItems\":10000,\"items\":{\"type\":\"string\"}}},"
				"\"required\":[\"values\"],\"additionalProperties\":false}")},
	    {"LookupAnswer",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\","
		      "\"items\":{\"type\":\"object\",\"required\":[\"value\",\"count\","
		      "\"records\",\"sightings\",\"warninglists\"]}}},\"required\":[\"items\"]}")},
	    {"Value", STR_INIT("{\"type\":\"object\",\"properties\":{\"value\":{\"type\":\"s"
			       "tring\"},\"kind\":{\"type\":[\"string\",\"null\"]},\"canonic"
			       "al\":{\"type\":[\"string\",\"null\"]},\"count\":{\"type\":\""
			       "integer\"},\"exact\":{\"type\":\"boolean\"},\"types\":{\"typ"
			       "e\":\"array\",\"items\":{\"type\":\"object\",\"properties\":"
			       "{\"type\":{\"type\":\"string\"},\"count\":{\"type\":\"intege"
			       "r\"}},\"required\":[\"type\",\"count\"]}},\"teams\":{\"type\""
			       ":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\""
			       "team\":{\"type\":[\"string\",\"null\"]},\"records\":{\"type\""
			       ":\"integer\"},\"sightings\":{\"type\":\"integer\"},\"first\""
			       ":{\"type\":\"string\"},\"last\":{\"type\":\"string\"}},\"req"
			       "uired\":[\"team\",\"records\",\"sightings\",\"first\",\"last"
			       "\"]}},\"teams_more\":{\"type\":\"integer\"},\"circles\":{\"t"
			       "ype\":\"array\",\"items\":{\"type\":\"string\"}},\"sightings"
			       "\":{\"type\":\"object\",\"properties\":{\"count\":{\"type\":"
			       "\"integer\"},\"exact\":{\"type\":\"boolean\"},\"first\":{\"t"
			       "ype\":[\"string\",\"null\"]},\"last\":{\"type\":[\"string\","
			       "\"null\"]}},\"required\":[\"count\",\"exact\",\"first\",\"la"
			       "st\"]},\"verdicts\":{\"type\":\"array\",\"items\":{\"type\":"
			       "\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"ty"
			       "pe\":{\"type\":\"string\"},\"number\":{\"type\":[\"string\","
			       "\"null\"]},\"title\":{\"type\":[\"string\",\"null\"]},\"team"
			       "\":{\"type\":[\"string\",\"null\"]},\"tlp\":{\"type\":\"stri"
			       "ng\"},\"confidence\":{\"type\":\"integer\"},\"indicator_type"
			       "s\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"v"
			       "alid_from\":{\"type\":\"string\"},\"valid_until\":{\"type\":"
			       "\"string\"},\"description\":{\"type\":\"string\"}},\"require"
			       "d\":[\"id\",\"type\",\"tlp\"]}},\"own\":{\"enum\":[\"range\""
			       ",\"domain\",null]},\"warninglists\":{\"type\":\"array\",\"it"
			       "ems\":{\"type\":\"string\"}}},\"required\":[\"value\",\"kind"
			       "\",\"canonical\",\"count\",\"exact\",\"types\",\"teams\",\"t"
			       "eams_more\",\"circles\",\"sightings\",\"verdicts\",\"own\",\""
			       "warninglists\"]}")},
	    {"ValueTimes", STR_INIT("{\"type\":\"object\",\"properties\":{\"kind\":{\"type\":[\"s"
				    "tring\",\"null\"]},\"canonical\":{\"type\":[\"string\",\"nul"
				    "l\"]},\"count\":{\"type\":\"integer\"},\"exact\":{\"type\":\""
				    "boolean\"},\"times_read\":{\"type\":\"integer\"},\"by\":{\"e"
				    "num\":[\"day\",\"week\",\"month\"]},\"zone\":{\"type\":\"str"
				    "ing\"},\"items\":{\"type\":\"array\",\"items\":{\"type\":\"o"
				    "bject\",\"properties\":{\"from\":{\"type\":\"string\"},\"sig"
				    "htings\":{\"type\":\"integer\"},\"seen\":{\"type\":\"integer"
				    "\"},\"records\":{\"type\":\"integer\"}},\"required\":[\"from"
				    "\",\"sightings\",\"seen\",\"records\"]}},\"before\":{\"type\""
				    ":\"object\",\"properties\":{\"sightings\":{\"type\":\"intege"
				    "r\"},\"seen\":{\"type\":\"integer\"},\"records\":{\"type\":\""
				    "integer\"}},\"required\":[\"sightings\",\"seen\",\"records\""
				    "]},\"after\":{\"type\":\"object\",\"properties\":{\"sighting"
				    "s\":{\"type\":\"integer\"},\"seen\":{\"type\":\"integer\"},\""
				    "records\":{\"type\":\"integer\"}},\"required\":[\"sightings\""
				    ",\"seen\",\"records\"]}},\"required\":[\"kind\",\"canonical\""
				    ",\"count\",\"exact\",\"times_read\",\"by\",\"zone\",\"items\""
				    ",\"before\",\"after\"]}")},
	    {"ValueGraph", STR_INIT("{\"type\":\"object\",\"properties\":{\"kind\":{\"type\":[\"s"
				    "tring\",\"null\"]},\"canonical\":{\"type\":[\"string\",\"nul"
				    "l\"]},\"count\":{\"type\":\"integer\"},\"exact\":{\"type\":\""
				    "boolean\"},\"nodes\":{\"type\":\"array\",\"items\":{\"type\""
				    ":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"t"
				    "ype\":{\"type\":\"string\"},\"number\":{\"type\":[\"string\""
				    ",\"null\"]},\"title\":{\"type\":[\"string\",\"null\"]},\"tea"
				    "m\":{\"type\":[\"string\",\"null\"]},\"tlp\":{\"type\":\"str"
				    "ing\"},\"kind\":{\"type\":\"string\"},\"ring\":{\"type\":\"i"
				    "nteger\"}},\"required\":[\"id\",\"type\",\"ring\"]}},\"edges"
				    "\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"prop"
				    "erties\":{\"from\":{\"type\":\"string\"},\"to\":{\"type\":\""
				    "string\"},\"relation\":{\"type\":\"string\"}},\"required\":["
				    "\"from\",\"to\",\"relation\"]}},\"further\":{\"type\":\"inte"
				    "ger\"}},\"required\":[\"kind\",\"canonical\",\"count\",\"exa"
				    "ct\",\"nodes\",\"edges\",\"further\"]}")},
	    {"Assessment",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"state\":{\"enum\":[\"acknowledged\","
		      "\"assessing\",\"not_affected\",\"affected\",\"compromised\",\"mitigating\","
		      "\"done\",\"accepted\"]},\"count\":{\"type\":\"integer\",\"minimum\":0},"
		      "\"comment\":{\"type\":\"string\"}},\"required\":[\"state\"]}")},
	    {"Stix", STR_INIT("{\"type\":\"object\",\"properties\":{\"object\":{\"type\":"
			      "\"object\"}},\"required\":[\"object\"]}")},
	    {"Link",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"target\":{\"type\":\"string\"},"
		      "\"relation\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{1,64}$\"}},"
		      "\"required\":[\"target\",\"relation\"],\"additionalProperties\":false}")},
	    {"Comment", STR_INIT("{\"type\":\"object\",\"properties\":{\"text\":{\"type\":"
				 "\"string\",\"minLength\":1}},\"required\":[\"text\"]}")},
	    {"Paste", STR_INIT("{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\","
			       "\"minLength\":1}},\"required\":[\"text\"]}")},
	    {"PeerLink", STR_INIT("{\"type\":\"object\",\"properties\":{\"link\":{\"type\":"
				  "\"string\",\"maxLength\":2048}},\"required\":[\"link\"],"
				  "\"additionalProperties\":false}")},
	    {"PeerInvitation",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"expires\":{\"type\":\"string\","
		      "\"format\":\"date-time\"},\"confirm\":{\"type\":\"boolean\"}},"
		      "\"additionalProperties\":false}")},
	    {"PeerState", STR_INIT("{\"type\":\"object\",\"properties\":{\"state\":{\"enum\":["
				   "\"active\",\"stopped\"]}},\"required\":[\"state\"],"
				   "\"additionalProperties\":false}")},
	    {"Peer",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},"
		      "\"team\":{\"type\":\"string\"},\"url\":{\"type\":\"string\"},"
		      "\"fingerprint\":{\"type\":\"string\"},\"state\":{\"enum\":[\"confirm\","
		      "\"active\",\"stopped\",\"key_changed\"]},\"last_contact\":{\"type\":["
		      "\"string\",\"null\"]},\"last_error\":{\"type\":[\"string\",\"null\"]},"
		      "\"behind\":{\"type\":[\"integer\",\"null\"]}},"
		      "\"required\":[\"id\",\"team\",\"url\",\"state\"]}")},
	    {"SourceAdded", STR_INIT("{\"type\":\"object\",\"properties\":{" SOURCE_URL SOURCE_GIVEN
				     "},\"required\":[\"url\"],"
				     "\"additionalProperties\":false}")},
	    {"SourceChange", STR_INIT("{\"type\":\"object\",\"properties\":{" SOURCE_GIVEN
				      "},\"additionalProperties\":false}")},
	    {"Source", STR_INIT(SOURCE_SHOWN)},
	    {"Sources", STR_INIT("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":"
				 "\"array\",\"items\":" SOURCE_SHOWN "},\"next\":{\"type\":"
				 "\"null\"}},\"required\":[\"items\",\"next\"]}")},
	    {"PeerItems",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\","
		      "\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":"
		      "\"string\"},\"direction\":{\"enum\":[\"out\",\"in\"]},\"state\":{"
		      "\"enum\":[\"refused\",\"waits\",\"again\"]},\"code\":{\"type\":"
		      "\"string\"},\"reason\":{\"type\":\"string\"},\"rev\":{\"type\":"
		      "\"integer\"},\"at\":{\"type\":\"string\",\"format\":\"date-time\"}},"
		      "\"required\":[\"id\",\"direction\",\"state\",\"code\",\"reason\","
		      "\"rev\",\"at\"]}},\"next\":{\"type\":[\"string\",\"null\"]}},"
		      "\"required\":[\"items\",\"next\"]}")},
	    {"JournalEntry", STR_INIT(JOURNAL_ENTRY)},
	    {"Journal",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\","
		      "\"items\":" JOURNAL_ENTRY "},\"next\":{\"type\":[\"string\","
		      "\"null\"]}},\"required\":[\"items\",\"next\"]}")},
	    {"EntryProof",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"type\":{\"const\":"
		      "\"x-hikeshi-entry-proof\"},\"id\":{\"type\":\"string\"},\"v\":{\"const\":1},"
		      "\"team\":{\"type\":\"string\"},\"entry\":{\"type\":\"object\"},\"salt\":{"
		      "\"type\":\"string\"},\"content\":{\"type\":[\"string\",\"null\"]},"
		      "\"content_salt\":{\"type\":[\"string\",\"null\"]},\"erased\":{\"type\":"
		      "\"boolean\"}," PROVEN "},\"required\":[\"type\",\"id\",\"v\",\"team\","
		      "\"entry\",\"salt\",\"content\",\"content_salt\",\"erased\",\"consistency\","
		      "\"checkpoint\",\"path\",\"keys\"]}")},
	    {"Checkpoint",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"epoch\":{\"type\":\"string\"},"
		      "\"size\":{\"type\":\"integer\"},\"team\":{\"type\":\"string\"}," PROVEN
		      "},\"required\":[\"epoch\",\"size\",\"team\",\"checkpoint\",\"keys\","
		      "\"consistency\"]}")},
	    {"Extract", STR_INIT("{\"type\":\"object\",\"properties\":{\"text\":{\"type\":"
				 "\"string\",\"minLength\":1,\"maxLength\":1000000}},"
				 "\"required\":[\"text\"],\"additionalProperties\":false}")},
	    {"Bulk",
	     STR_INIT(
		 "{\"type\":\"object\",\"properties\":{\"select\":{\"type\":\"object\","
		 "\"properties\":{\"ids\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":500,"
		 "\"uniqueItems\":true,\"items\":{\"type\":\"string\"}}},\"required\":[\"ids\"],"
		 "\"additionalProperties\":false},\"set\":{\"type\":\"object\"},\"step\":{"
		 "\"type\":\"string\",\"minLength\":1},\"if\":{\"type\":\"object\","
		 "\"properties\":{\"rev\":{\"type\":\"object\",\"additionalProperties\":{"
		 "\"type\":\"integer\",\"minimum\":1}}},\"additionalProperties\":false}},"
		 "\"required\":[\"select\"],\"additionalProperties\":false}")},
	    {"BulkAnswer",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"integer\"},"
		      "\"failed\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
		      "\"properties\":{\"id\":{\"type\":\"string\"},\"problem\":{\"$ref\":"
		      "\"#/components/schemas/Problem\"}},\"required\":[\"id\",\"problem\"]}},"
		      "\"undo\":{\"type\":[\"string\",\"null\"]},\"said\":{\"type\":\"string\"}},"
		      "\"required\":[\"ok\",\"failed\",\"undo\"]}")},
	    {"Erase", STR_INIT("{\"type\":\"object\",\"properties\":{\"fields\":{\"type\":"
			       "\"array\",\"minItems\":1,\"maxItems\":64,\"items\":{\"type\":"
			       "\"string\"}},\"reason\":{\"type\":\"string\"}},\"required\":["
			       "\"fields\"],\"additionalProperties\":false}")},
	    {"Split",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\","
		      "\"minLength\":1},\"comments\":{\"type\":\"array\",\"maxItems\":200,"
		      "\"items\":{\"type\":\"string\"}},\"report\":{\"type\":\"array\","
		      "\"items\":{\"type\":\"string\"}}},\"required\":[\"title\"],"
		      "\"additionalProperties\":false}")},
	    {"Step",
	     STR_INIT("{\"type\":\"object\",\"properties\":{\"reason\":{\"type\":\"string\"}}}")},
	};
	size_t n;
	const struct catalog_type *t = catalog_types(g->api->o.node->catalog, &n);

	jo_key(&g->o, "schemas");
	jo_object(&g->o);
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		jo_key(&g->o, fixed[i].name);
		jo_raw(&g->o, fixed[i].schema);
	}
	for (size_t i = 0; i < n; i++)
		if (t[i].own_plural)
			type_schema(g, &t[i]);
	jo_end(&g->o);
}

/* ---- operations ---- */

static void parameters(struct gen *g, const char *pattern, const char *query)
{
	str rest = str_c(pattern), part;

	jo_key(&g->o, "parameters");
	jo_array(&g->o);
	while (str_split(&rest, '/', &part)) {
		ptrdiff_t close = str_find_char(part, '}');

		if (close < 2 || part.p[0] != '{')
			continue;
		jo_object(&g->o);
		jo_kstr(&g->o, "name", str_slice(part, 1, (size_t)close - 1));
		jo_kc(&g->o, "in", "path");
		jo_kbool(&g->o, "required", true);
		jo_key(&g->o, "schema");
		jo_raw(&g->o, STR("{\"type\":\"string\",\"minLength\":1}"));
		jo_end(&g->o);
	}
	rest = str_c(query);
	while (query[0] && str_split(&rest, ' ', &part)) {
		bool number = str_eq(part, STR("limit")) || str_eq(part, STR("from")) ||
			      str_eq(part, STR("to"));

		jo_object(&g->o);
		jo_kstr(&g->o, "name", part);
		jo_kc(&g->o, "in", "query");
		jo_key(&g->o, "schema");
		jo_raw(&g->o, number ? STR("{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}")
				     : STR("{\"type\":\"string\"}"));
		jo_end(&g->o);
	}
	jo_end(&g->o);
}

static void content(struct gen *g, const char *media, const char *schema)
{
	jo_key(&g->o, "content");
	jo_object(&g->o);
	jo_key(&g->o, media);
	jo_object(&g->o);
	jo_key(&g->o, "schema");
	if (schema)
		schema_ref(g, schema);
	else
		jo_raw(&g->o, STR("{\"type\":\"string\"}"));
	jo_end(&g->o);
	jo_end(&g->o);
}

static void media(struct gen *g, const char *type, const char *schema)
{
	jo_key_str(&g->o, str_c(type));
	jo_object(&g->o);
	jo_key(&g->o, "schema");
	jo_raw(&g->o, str_c(schema));
	jo_end(&g->o);
}

static void request_body_doc(struct gen *g, const struct route *r, const struct route_doc *d,
			     const char *plural)
{
	bool form = strcmp(d->body, "form") == 0, bytes = strcmp(d->body, "bytes") == 0;

	if (strcmp(d->body, "none") == 0)
		return;
	jo_key(&g->o, "requestBody");
	jo_object(&g->o);
	jo_kbool(&g->o, "required", strcmp(d->body, "Step") != 0);
	if (form)
		content(g,
			strncmp(r->pattern, "/report", 7) == 0 ? "application/x-www-form-urlencoded"
							       : "multipart/form-data",
			"Any");
	else if (bytes)
		content(g, "application/octet-stream", NULL);
	else
		content(g,
			r->method == HTTP_PATCH ? "application/merge-patch+json"
						: "application/json",
			strcmp(d->body, "plural") == 0 ? plural : d->body);
	jo_end(&g->o);
}

static void answer_doc(struct gen *g, const struct route_doc *d)
{
	jo_key_str(&g->o, arena_printf(g->arena, "%d", d->status));
	jo_object(&g->o);
	jo_kc(&g->o, "description", d->summary);
	if (strcmp(d->answer, "stream") == 0)
		content(g, "text/event-stream", NULL);
	else if (strcmp(d->answer, "html") == 0)
		content(g, "text/html", NULL);
	else if (strcmp(d->answer, "bytes") == 0)
		content(g, "*/*", "Bytes");
	else if (strcmp(d->answer, "none") != 0)
		content(g, "application/json", d->answer);
	jo_end(&g->o);
}

/* Statuses that a route can answer with besides its own; each has a problem as its body. */
static void problems_doc(struct gen *g, const struct route *r, const struct route_doc *d)
{
	static const struct {
		int status;
		const char *what;
		int only; /* 0 always, 1 with a body, 2 signed in, 3 PATCH and steps, 4 with path
			     variables or types, 5 GET of one record */
	} rows[] = {
	    {400, "cannot be read", 0},     {401, "not signed in", 2},
	    {403, "not permitted", 2},      {404, "not found", 4},
	    {405, "method not allowed", 0}, {409, "not possible now", 1},
	    {412, "changed meanwhile", 1},  {413, "too large", 1},
	    {414, "address too long", 0},   {422, "breaks a rule", 0},
	    {428, "If-Match is needed", 3}, {429, "too many attempts", 1},
	    {431, "head too large", 0},     {503, "busy", 0},
	    {507, "disk full", 1},
	};
	bool body = r->method != HTTP_GET, open = r->flags & ROUTE_BARE;
	bool node = strncmp(r->pattern, "/exchange/", 10) == 0; /* asks for a token of its own */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int o = rows[i].only;

		if ((o == 1 && !body) ||
		    (o == 2 && open && !node && strcmp(d->id, "signIn") != 0) ||
		    (o == 3 && r->method != HTTP_PATCH) ||
		    (o == 4 && !node && !strchr(r->pattern, '{') &&
		     strncmp(r->pattern, "/report", 7) != 0 &&
		     strncmp(r->pattern, "/rfc2350", 8) != 0))
			continue;
		jo_key_str(&g->o, arena_printf(g->arena, "%d", rows[i].status));
		jo_object(&g->o);
		jo_kc(&g->o, "description", rows[i].what);
		/* the form's own pages say what is wrong with a form; what is no form gets a
		 * problem */
		jo_key(&g->o, "content");
		jo_object(&g->o);
		if (strcmp(d->answer, "html") == 0)
			media(g, "text/html", "{\"type\":\"string\"}");
		media(g, "application/problem+json", "{\"$ref\":\"#/components/schemas/Problem\"}");
		jo_end(&g->o);
		jo_end(&g->o);
	}
	if (strcmp(d->id, "readyz") == 0 || strcmp(d->id, "get") == 0) {
		jo_key(&g->o, "304");
		jo_raw(&g->o, STR("{\"description\":\"not modified\"}"));
	}
}

static void operation(struct gen *g, const struct route *r, const char *pattern, const char *plural)
{
	const struct route_doc *d = r->doc;

	jo_key(&g->o, method_name(r->method));
	jo_object(&g->o);
	jo_kstr(&g->o, "operationId",
		plural ? arena_printf(g->arena, "%s_%s", d->id, plural) : str_c(d->id));
	jo_kc(&g->o, "summary", d->summary);
	if (r->flags & ROUTE_BARE) {
		jo_key(&g->o, "security");
		jo_raw(&g->o, STR("[]"));
	}
	parameters(g, pattern, d->params);
	request_body_doc(g, r, d, plural ? plural : "Any");
	jo_key(&g->o, "responses");
	jo_object(&g->o);
	answer_doc(g, d);
	problems_doc(g, r, d);
	jo_end(&g->o);
	jo_end(&g->o);
}

/* All methods of one pattern under one path; rows of one pattern need not be neighbours. */
static void path_item(struct gen *g, const struct route *routes, size_t n, size_t i,
		      const char *plural)
{
	const char *pattern = routes[i].pattern;
	str shown = str_c(pattern);

	for (size_t k = 0; k < i; k++)
		if (strcmp(routes[k].pattern, pattern) == 0)
			return;
	if (plural) {
		str rest = shown;

		(void)str_skip_prefix(&rest, STR("/api/v1/{plural}"));
		shown = arena_printf(g->arena, "/api/v1/%s%.*s", plural, STR_ARG(rest));
	}
	jo_key_str(&g->o, shown);
	jo_object(&g->o);
	for (size_t k = i; k < n; k++)
		if (strcmp(routes[k].pattern, pattern) == 0)
			operation(g, &routes[k], arena_cstr(g->arena, shown), plural);
	jo_end(&g->o);
}

static void paths(struct gen *g)
{
	size_t n, n_types;
	const struct route *routes = api_route_table(&n);
	const struct catalog_type *t = catalog_types(g->api->o.node->catalog, &n_types);

	jo_key(&g->o, "paths");
	jo_object(&g->o);
	for (size_t i = 0; i < n; i++) {
		if (strncmp(routes[i].pattern, "/api/v1/{plural}", 16) != 0) {
			path_item(g, routes, n, i, NULL);
			continue;
		}
		for (size_t k = 0; k < n_types; k++)
			if (t[k].own_plural)
				path_item(g, routes, n, i, arena_cstr(g->arena, t[k].plural));
	}
	jo_end(&g->o);
}

void openapi_write(struct api *a, struct buf *out)
{
	ARENA(arena, 0);
	struct gen g = {.api = a, .arena = &arena};

	json_out_init(&g.o, out);
	jo_object(&g.o);
	jo_kc(&g.o, "openapi", "3.1.0");
	jo_key(&g.o, "info");
	jo_object(&g.o);
	jo_kc(&g.o, "title", "hikeshi");
	jo_kc(&g.o, "version", a->o.version);
	jo_kc(&g.o, "description",
	      "The collaboration server of computer security incident response teams.");
	jo_end(&g.o);
	jo_key(&g.o, "security");
	jo_raw(&g.o, STR("[{\"bearer\":[]},{\"session\":[]}]"));
	paths(&g);
	jo_key(&g.o, "components");
	jo_object(&g.o);
	schemas(&g);
	jo_key(&g.o, "securitySchemes");
	jo_raw(&g.o, STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},\"session\":{"
			 "\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-sid\"}}"));
	jo_end(&g.o);
	jo_end(&g.o);
}
